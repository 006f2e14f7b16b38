/** Capability names, what a backend reports about them, and the rule that a missing one is refused and never run weaker. */
import type { CodedError } from '../../foundation/coded-error.ts';
import { isolationError } from './errors.ts';

/** What each promise means to the owner of a function; `rik doctor` prints these lines. */
export const CAPABILITIES = {
  processIsolation: 'own process, mount, ipc, host-name and control-group namespaces',
  distinctUid: 'every sandbox has a user id of its own on the host',
  readOnlyRoot: 'the root, the code and the layers cannot be written',
  systemCallFilter: 'dangerous and unknown system calls are refused',
  networkIsolation: 'no network but an own loopback',
  memoryLimit: 'memory is limited by the kernel',
  cpuLimit: 'processor time follows the memory size',
  pidsLimit: 'processes and threads are limited by the kernel',
  freeze: 'an idle function uses no processor time',
  killTree: 'every process of a function dies together, daemons too',
  diskQuota: '/tmp has a size of its own that is no memory',
  tmpEncrypted: '/tmp is encrypted at rest',
  integrityTree: 'the kernel verifies the root file by file',
  egress: 'outgoing network when a function asks for it',
  hardwareIsolation: 'a kernel of its own in a virtual machine',
} as const;

export type CapabilityName = keyof typeof CAPABILITIES;
/** `how` says which facility serves it, or why it is missing. */
export type Capability = { available: boolean; how: string };
/** `required`: without it nothing is prepared. `best-effort`: used where it exists and reported where it does not. */
export type Requirement = 'required' | 'best-effort';

export type Capabilities = {
  kind: 'namespace' | 'process';
  capabilities: Record<CapabilityName, Capability>;
  /** Why nothing can be prepared; empty when the backend is usable. */
  problems: CodedError[];
  /** Lines for a report: versions and layouts found. */
  facts: Record<string, string>;
};

/** Throws for the first capability in `needs` that is not available. */
export function refuseMissing(report: Capabilities, needs: readonly CapabilityName[]): void {
  for (const name of needs) {
    const capability = report.capabilities[name];
    if (capability.available) continue;
    throw isolationError('isolation/capability-refused', `the request needs ${name} (${CAPABILITIES[name]}), which this worker has not: ${capability.how}`, {
      hint: 'nothing is ever run weaker than asked; run it on a worker that has the capability, or make it best-effort',
      detail: { capability: name },
    });
  }
}
