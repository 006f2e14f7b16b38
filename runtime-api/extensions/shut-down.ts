/**
 * How the processes of an environment are brought to their end, at a reset as at the very end: the runtime first, then the external
 * extensions together. Source: life-cycle guide, shutdown phase; RIE `rapid/shutdown.go`.
 *
 * Without any extension everything is killed at once: there is no SIGTERM then. Nothing that goes wrong here is anybody's error.
 */
import type { Clock } from '../../foundation/clock.ts';
import type { ServerProfile } from '../environment-contract.ts';
import { SHUTDOWN_REASONS_RIE } from '../protocol/extension-states.ts';
import type { ShutdownReason } from '../protocol/extension-states.ts';
import { SHUTDOWN_EXTERNAL_MS, SHUTDOWN_INTERNAL_MS, SHUTDOWN_RUNTIME_MS, SHUTDOWN_RUNTIME_RIE_MS } from '../protocol/limits.ts';
import type { RunningProcess } from '../supervisor/launcher.ts';
import { shutdownEvent } from './events.ts';
import type { Extension } from './extension.ts';
import type { ExtensionProcesses } from './extension-processes.ts';
import type { ExtensionRegistry } from './registry.ts';

export type ShutDownOptions = {
  clock: Clock;
  profile: ServerProfile;
  reason: ShutdownReason;
  runtime: RunningProcess | undefined;
  registry: ExtensionRegistry;
  processes: ExtensionProcesses;
  /** What has to be done once the runtime is gone and before extensions are told; it takes part of their time. */
  beforeExtensions?(): Promise<void>;
};

export type ShutdownBudget = { totalMs: number; runtimeMs: number };

export function shutdownBudget(registry: Pick<ExtensionRegistry, 'isEmpty' | 'externals'> & Partial<Pick<ExtensionRegistry, 'isConcurrent'>>, profile: ServerProfile): ShutdownBudget {
  if (registry.isEmpty) return { totalMs: 0, runtimeMs: 0 };
  // Managed instances have the budget of RIE. Source: RIE `internal/lambda-managed-instances/rapid/shutdown.go`.
  if (profile === 'rie' || registry.isConcurrent === true) return { totalMs: SHUTDOWN_EXTERNAL_MS, runtimeMs: SHUTDOWN_RUNTIME_RIE_MS };
  if (registry.externals.length === 0) return { totalMs: SHUTDOWN_INTERNAL_MS, runtimeMs: SHUTDOWN_INTERNAL_MS };
  return { totalMs: SHUTDOWN_EXTERNAL_MS, runtimeMs: SHUTDOWN_RUNTIME_MS };
}

/** Resolves when the runtime and every external extension have ended or been killed; children of theirs may be left. */
export async function shutDownProcesses(options: ShutDownOptions): Promise<void> {
  const { clock, registry, processes, runtime, profile } = options;
  processes.beginEnding();
  const { totalMs, runtimeMs } = shutdownBudget(registry, profile);
  if (totalMs === 0) return runtime?.kill();
  const startedMs = clock.monotonicMs();
  const deadlineEpochMs = clock.nowEpochMs() + totalMs;
  if (runtime !== undefined) {
    runtime.terminate();
    await endedWithin(clock, runtime, runtimeMs);
  }
  await options.beforeExtensions?.();
  const event = { deadlineEpochMs, reason: reasonText(options) };
  const leftMs = Math.max(0, totalMs - (clock.monotonicMs() - startedMs));
  await Promise.all(registry.externals.map((extension) => endExtension(options, extension, { event, leftMs })));
}

/** One that did not ask for the event has no reason to be waited for. */
async function endExtension(
  { clock, processes }: ShutDownOptions,
  extension: Extension,
  { event, leftMs }: { event: { deadlineEpochMs: number; reason: string }; leftMs: number },
): Promise<void> {
  const process = processes.running.get(extension.name);
  if (process === undefined) return;
  if (extension.events.includes('SHUTDOWN')) {
    extension.deliver(shutdownEvent(event));
    const isEnded = await endedWithin(clock, process, leftMs);
    extension.step(isEnded ? 'processExited' : 'shutdownFailed');
    return;
  }
  process.kill();
  await process.exited;
}

/** True when it ended by itself; afterwards it is gone in any case. */
async function endedWithin(clock: Clock, process: RunningProcess, limitMs: number): Promise<boolean> {
  let isKilled = false;
  const cancel = clock.schedule(limitMs, () => {
    isKilled = true;
    process.kill();
  });
  await process.exited;
  cancel();
  return !isKilled;
}

function reasonText({ profile, reason }: ShutDownOptions): string {
  return profile === 'rie' ? SHUTDOWN_REASONS_RIE[reason] : reason;
}
