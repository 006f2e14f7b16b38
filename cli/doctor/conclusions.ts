/** From single findings to the questions people have: can functions run here, and can images be built? Pure. */

import { missing, ok, type Finding, type Host } from './finding.ts';

const SANDBOX_FINDINGS = ['kernel', 'architecture', 'bwrap', 'busybox', 'util-linux', 'sandbox', 'seccomp', 'namespace user', 'namespace pid', 'namespace mount', 'namespace net', 'namespace ipc', 'namespace uts', 'namespace cgroup', 'memory'];
const LIMIT_FINDINGS = ['cgroup layout', 'cgroup memory', 'cgroup cpu', 'cgroup pids'];
const IMAGE_FINDINGS = ['kernel', 'architecture', 'bwrap', 'buildah', 'mmdebstrap', 'javac', 'dpkg', 'util-linux', 'disk'];

export function concludeFrom(findings: readonly Finding[], host: Pick<Host, 'isRoot'>): Finding[] {
  const asRoot = lackOf(findings, [...SANDBOX_FINDINGS, ...LIMIT_FINDINGS]);
  const asOrdinaryUser = lackOf(findings, SANDBOX_FINDINGS);
  const images = lackOf(findings, host.isRoot ? IMAGE_FINDINGS : [...IMAGE_FINDINGS, 'newuidmap']);
  return [
    host.isRoot
      ? conclude('run functions as root', 'required', asRoot, 'with all limits in force')
      : missing('run functions as root', 'optional', 'not root', { fix: 'the same command as root' }),
    conclude('run functions unprivileged', host.isRoot ? 'optional' : 'required', asOrdinaryUser, 'with `rik up --unprivileged`; limits are best-effort'),
    conclude('build images', 'required', images, 'on the debian base'),
  ];
}

/** True when everything that the main job of this user needs is there. */
export function isReady(findings: readonly Finding[]): boolean {
  return findings.every((finding) => finding.status === 'ok' || finding.needed === 'optional');
}

function conclude(name: string, needed: Finding['needed'], lacking: readonly string[], how: string): Finding {
  if (lacking.length === 0) return ok(name, needed, how);
  return missing(name, needed, `no: ${lacking.join(', ')}`, { fix: 'what is marked missing above' });
}

function lackOf(findings: readonly Finding[], names: readonly string[]): string[] {
  return names.filter((name) => findings.find((finding) => finding.name === name)?.status !== 'ok');
}
