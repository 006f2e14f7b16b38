/** Runs every check of `rik doctor`. Nothing it does outlives it. */

import { examineCgroups } from './cgroups.ts';
import { concludeFrom, isReady } from './conclusions.ts';
import type { Finding, Host } from './finding.ts';
import { examineMachine } from './machine.ts';
import { examineSandboxes } from './sandbox-trials.ts';
import { examineTools } from './tools.ts';
import { examineKvm } from './virtualisation.ts';

export type Examination = { isReady: boolean; findings: readonly Finding[] };

export function thisHost(environment: Host['environment']): Host {
  return { environment, isRoot: process.getuid?.() === 0, platform: process.platform, architecture: process.arch };
}

export async function examineHost(host: Host): Promise<Examination> {
  const isLinux = host.platform === 'linux';
  const [tools, sandboxes] = await Promise.all([examineTools(host), isLinux ? examineSandboxes(host) : []]);
  const findings = [...examineMachine(host), ...tools, ...(isLinux ? [...examineCgroups(host), ...sandboxes, examineKvm()] : [])];
  const all = [...findings, ...concludeFrom(findings, host)];
  return { isReady: isReady(all), findings: all };
}
