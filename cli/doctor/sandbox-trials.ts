/**
 * Namespaces and the system-call filter, tried with the programs that rik uses them through. Version numbers and
 * switches below /proc/sys say little: containers and security modules refuse what the kernel could do.
 */

import { missing, ok, type Finding, type Host } from './finding.ts';
import { findProgram, lastLine, runProgram, type ProgramEnd } from './run-program.ts';

/** What `unshare` calls each kind; all of them are made below a user namespace, as bubblewrap does. */
const NAMESPACE_FLAGS = { user: [], pid: ['--pid', '--fork'], mount: ['--mount'], net: ['--net'], ipc: ['--ipc'], uts: ['--uts'], cgroup: ['--cgroup'] } as const;

/** Sandboxes are made by an ordinary user in either case: root leaves its rights behind first. `nobody` stands for that user. */
const ORDINARY_USER_ID = 65_534;

export async function examineSandboxes(host: Host): Promise<Finding[]> {
  const namespaces = await examineNamespaces(host);
  return [...namespaces, await trySandbox(host), await trySeccomp(host)];
}

async function examineNamespaces(host: Host): Promise<Finding[]> {
  const unshare = findProgram('unshare', host.environment);
  const success = findProgram('true', host.environment);
  return Promise.all(
    Object.entries(NAMESPACE_FLAGS).map(async ([kind, flags]) => {
      const name = `namespace ${kind}`;
      if (unshare === undefined || success === undefined) return missing(name, 'required', 'cannot be tried: `unshare` or `true` is not on PATH', { debianPackage: 'util-linux' });
      const end = await runProgram(unshare, ['--user', '--map-root-user', ...flags, success], asOrdinaryUser(host));
      if (end.exitCode === 0) return ok(name, 'required', 'tried');
      return missing(name, 'required', `refused: ${reasonOf(end)}`, { fix: 'see the switches user.max_user_namespaces, kernel.unprivileged_userns_clone and kernel.apparmor_restrict_unprivileged_userns of sysctl' });
    }),
  );
}

/** All of it together, as an environment has it. */
async function trySandbox(host: Host): Promise<Finding> {
  const bubblewrap = findProgram('bwrap', host.environment);
  const success = findProgram('true', host.environment);
  if (bubblewrap === undefined || success === undefined) return missing('sandbox', 'required', 'cannot be tried: `bwrap` is not on PATH', { debianPackage: 'bubblewrap' });
  const end = await runProgram(bubblewrap, [...SANDBOX_WORDS, success], asOrdinaryUser(host));
  if (end.exitCode === 0) return ok('sandbox', 'required', 'tried with all namespaces');
  return missing('sandbox', 'required', `refused: ${reasonOf(end)}`, { fix: 'inside a container, one that may make namespaces and mount /proc' });
}

const SANDBOX_WORDS = [
  ...['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc', '--tmpfs', '/tmp'],
  ...['--unshare-user', '--unshare-pid', '--unshare-net', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup'],
  ...['--uid', '993', '--gid', '990', '--cap-drop', 'ALL', '--new-session', '--die-with-parent'],
];

/** A filter that denies one harmless call, and a program that makes it: it must fail, or the filter was not in force. */
async function trySeccomp(host: Host): Promise<Finding> {
  const bubblewrap = findProgram('bwrap', host.environment);
  const program = findProgram('uname', host.environment);
  const filter = denyUnameFilter(host.architecture);
  if (bubblewrap === undefined || program === undefined) return missing('seccomp', 'required', 'cannot be tried: `bwrap` or `uname` is not on PATH', { debianPackage: 'bubblewrap' });
  if (filter === undefined) return missing('seccomp', 'required', `no filter is known for ${host.architecture}`, { fix: 'a machine with x86_64 or arm64' });
  const end = await runProgram(bubblewrap, ['--ro-bind', '/', '/', '--unshare-user', '--seccomp', '3', program], { ...asOrdinaryUser(host), descriptor3: filter });
  if (end.exitCode !== 0 && end.stderr.includes('not permitted') && !end.stderr.includes('bwrap:')) return ok('seccomp', 'required', 'a filter was loaded and denied a call');
  const reason = end.exitCode === 0 ? 'a filter was loaded and denied nothing' : `refused: ${reasonOf(end)}`;
  return missing('seccomp', 'required', reason, { fix: 'a kernel with CONFIG_SECCOMP_FILTER' });
}

/** AUDIT_ARCH_* (linux/audit.h) and the number of uname(2) (asm/unistd.h). */
const UNAME_CALLS: Readonly<Record<string, { audit: number; call: number }>> = { x64: { audit: 0xc000003e, call: 63 }, arm64: { audit: 0xc00000b7, call: 160 } };

/** Records of classic BPF: u16 code, u8 jump if true, u8 jump if false, u32 operand (linux/filter.h). */
function denyUnameFilter(architecture: string): Buffer | undefined {
  const numbers = UNAME_CALLS[architecture];
  if (numbers === undefined) return undefined;
  const records: readonly (readonly [number, number, number, number])[] = [
    [0x20, 0, 0, 4], // load the architecture
    [0x15, 0, 3, numbers.audit], // another one: allow
    [0x20, 0, 0, 0], // load the call's number
    [0x15, 0, 1, numbers.call], // another one: allow
    [0x06, 0, 0, 0x0005_0001], // fail with EPERM
    [0x06, 0, 0, 0x7fff_0000], // allow
  ];
  return Buffer.concat(
    records.map(([code, whenTrue, whenFalse, operand]) => {
      const record = Buffer.alloc(8);
      record.writeUInt16LE(code, 0);
      record.writeUInt8(whenTrue, 2);
      record.writeUInt8(whenFalse, 3);
      record.writeUInt32LE(operand, 4);
      return record;
    }),
  );
}

function asOrdinaryUser(host: Host): { environment: Host['environment']; userId?: number } {
  return host.isRoot ? { environment: host.environment, userId: ORDINARY_USER_ID } : { environment: host.environment };
}

function reasonOf(end: ProgramEnd): string {
  return lastLine(end.stderr) || `exit ${end.exitCode ?? 'by a signal'}`;
}
