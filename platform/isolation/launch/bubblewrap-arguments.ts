/** The arguments of bubblewrap for one sandbox; why each is there is in isolation.md §4.2. Pure. */
import { CONTROL_FOLDER_BYTES, INNER_GID, INNER_UID } from '../limits.ts';

/**
 * Files of /proc that tell about the host or act on it. `/dev/null` bound over one turns reads into EACCES. Those that a
 * kernel does not have are left out by the caller.
 */
export const MASKED_PROC_FILES = ['kcore', 'keys', 'key-users', 'timer_list', 'sysrq-trigger', 'cmdline', 'kallsyms', 'config.gz', 'interrupts', 'sched_debug', 'latency_stats'] as const;

/** Folders that a root must have, as real folders all the way: bubblewrap 0.8 follows a symbolic link out of the root. */
export const ROOT_FOLDERS = ['proc', 'dev', 'tmp', 'opt', 'var/task', 'var/runtime', 'var/rapid', 'run/ctl', 'etc'] as const;

/** Paths as the mount namespace of the helper shows them. */
export type BubblewrapPlan = {
  rootPath: string;
  platformPath: string;
  boxPath: string;
  maskedProcFiles: readonly string[];
  hasBootId: boolean;
  hostName: string;
  environment: Record<string, string>;
  seccompDescriptor: number;
  infoDescriptor: number;
};

/** The NUL-separated text for `--args`: this way no path and no variable shows up in /proc/1/cmdline inside. */
export function bubblewrapArguments(plan: BubblewrapPlan): string {
  const masks = plan.maskedProcFiles.flatMap((name) => ['--ro-bind', '/dev/null', `/proc/${name}`]);
  const bootId = plan.hasBootId ? ['--ro-bind', `${plan.boxPath}/boot_id`, '/proc/sys/kernel/random/boot_id'] : [];
  return [
    ...['--ro-bind', plan.rootPath, '/'],
    // Without the remount /dev is a writable tmpfs without a limit.
    ...['--dev', '/dev', '--remount-ro', '/dev'],
    ...['--proc', '/proc', ...masks, ...bootId, '--remount-ro', '/proc'],
    ...['--bind', `${plan.boxPath}/tmp`, '/tmp'],
    ...['--ro-bind', `${plan.boxPath}/opt`, '/opt'],
    ...['--ro-bind', `${plan.boxPath}/task`, '/var/task'],
    ...['--ro-bind', plan.platformPath, '/var/rapid'],
    ...['--perms', '0755', '--size', String(CONTROL_FOLDER_BYTES), '--tmpfs', '/run/ctl'],
    // Named one by one: `--unshare-all` goes on without a namespace that it cannot have.
    ...['--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup', '--unshare-net', '--disable-userns'],
    ...['--uid', String(INNER_UID), '--gid', String(INNER_GID), '--hostname', plan.hostName, '--chdir', '/'],
    '--clearenv',
    ...Object.entries(plan.environment).flatMap(([name, value]) => ['--setenv', name, value]),
    ...['--cap-drop', 'ALL', '--new-session', '--die-with-parent'],
    ...['--seccomp', String(plan.seccompDescriptor), '--info-fd', String(plan.infoDescriptor)],
  ]
    .map((argument) => `${argument}\0`)
    .join('');
}
