/**
 * Starts one sandbox: a chain of programs that each replace the one before, so that only bubblewrap and the command stay.
 *
 *   sh        joins the server's control group and sets resource limits; needs root's view of the cgroup files
 *   nsenter   into the helper's mount namespace, then to the sandbox's own user id: before bubblewrap, or 993 inside
 *             would be root outside (it drops all groups; inheritable capabilities are dropped by bubblewrap)
 *   bwrap     namespaces, mounts, filter; its arguments come through a descriptor
 *
 * Spawned only from the main thread: the parent-death signal fires when the spawning thread ends.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { Duplex, Readable, Writable } from 'node:stream';
import { isolationError } from '../errors.ts';
import { LAUNCH_TIMEOUT_MS, LOCKED_MEMORY_KIB, OPEN_FILES_MAX, PROCESSES_MAX } from '../limits.ts';
import type { OutputTail } from '../output-tail.ts';
import { TOOL_PATH, type ToolPaths } from '../tools.ts';

/** Descriptors of the chain; 0–3 reach the command, the others are closed by bubblewrap. */
export const CHANNEL_DESCRIPTOR = 3;
const ARGUMENTS_DESCRIPTOR = 4;
export const SECCOMP_DESCRIPTOR = 5;
export const INFO_DESCRIPTOR = 6;

/**
 * $1 whose limits, $2 how many files to write the own id into, then these files, then the next program. Root's limit on
 * processes counts per user id, which each sandbox has for itself; an ordinary user's would count the whole login.
 * Descriptors that somebody above the worker left open end here, whether or not the worker closed its own.
 */
const JOIN_SCRIPT = `
limits=$1 files=$2
shift 2
while [ "$files" -gt 0 ]; do
  echo $$ >"$1" || exit 71
  shift
  files=$((files - 1))
done
for open in /proc/self/fd/*; do
  open=\${open##*/}
  [ "$open" -le ${INFO_DESCRIPTOR} ] || eval "exec $open>&-"
done
ulimit -c 0 && ulimit -n ${OPEN_FILES_MAX} && ulimit -l ${LOCKED_MEMORY_KIB} || exit 72
[ "$limits" = user ] || ulimit -u ${PROCESSES_MAX} || exit 72
exec "$@"
`;

export type LaunchOptions = {
  tools: ToolPaths;
  groupProcessFiles: readonly string[];
  enterArguments: readonly string[];
  /** Absent for an ordinary user: the sandbox then runs as that user. */
  outerUid: number | undefined;
  /** bubblewrap waits for them, so the chain comes up while the mounts are made; a rejection ends it. */
  bubblewrapArguments: Promise<string>;
  seccompPath: string;
  command: readonly string[];
  output: OutputTail;
};

export type Launched = {
  process: ChildProcess;
  channel: Duplex;
  /** Process id, on the host, of the sandbox's first process. */
  firstPid: number;
  /** Of bubblewrap outside; settles once. */
  exited: Promise<{ exitCode: number | undefined; signal: string | undefined }>;
};

export async function launch(options: LaunchOptions): Promise<Launched> {
  const { tools } = options;
  const asUser = options.outerUid === undefined ? [] : ['--setuid', String(options.outerUid), '--setgid', String(options.outerUid)];
  const chain = [tools.nsenter, ...options.enterArguments, ...asUser, '--', tools.bwrap, '--args', String(ARGUMENTS_DESCRIPTOR), '--', ...options.command];
  // Opened anew for every launch: a descriptor that was read already stands at the end, and the filter would be empty.
  const seccomp = openSync(options.seccompPath, 'r');
  let child: ChildProcess;
  try {
    child = spawn(
      tools.busybox,
      ['sh', '-c', JOIN_SCRIPT, 'join', options.outerUid === undefined ? 'user' : 'own', String(options.groupProcessFiles.length), ...options.groupProcessFiles, ...chain],
      { stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', seccomp, 'pipe'], detached: true, cwd: '/', env: { PATH: TOOL_PATH } },
    );
  } finally {
    closeSync(seccomp);
  }
  const exited = exitOf(child, options.output);
  child.stdout?.on('data', (chunk: Buffer) => options.output.append(chunk));
  child.stderr?.on('data', (chunk: Buffer) => options.output.append(chunk));
  const stdio: readonly unknown[] = child.stdio;
  const [channel, argumentPipe, infoPipe] = [stdio[CHANNEL_DESCRIPTOR], stdio[ARGUMENTS_DESCRIPTOR], stdio[INFO_DESCRIPTOR]];
  if (!(channel instanceof Duplex) || !(argumentPipe instanceof Writable) || !(infoPipe instanceof Readable)) {
    throw isolationError('isolation/start-failed', 'the launch chain could not be started: no descriptors were made', { detail: { output: options.output.text() } });
  }
  channel.on('error', () => undefined);
  argumentPipe.on('error', () => undefined);
  const known = readFirstPid(infoPipe);
  const firstPid = await options.bubblewrapArguments.then(
    (text) => {
      argumentPipe.end(text);
      return known;
    },
    async (error: unknown) => {
      child.kill('SIGKILL');
      await exited;
      throw error;
    },
  );
  if (firstPid === undefined) {
    child.kill('SIGKILL');
    await exited;
    throw startError(options.output.text());
  }
  return { process: child, channel, firstPid, exited };
}

function exitOf(child: ChildProcess, output: OutputTail): Launched['exited'] {
  return new Promise((resolve) => {
    child.on('error', (error) => {
      output.append(Buffer.from(error.message));
      resolve({ exitCode: undefined, signal: undefined });
    });
    child.on('exit', (code, signal) => resolve({ exitCode: code ?? undefined, signal: signal ?? undefined }));
  });
}

/**
 * bubblewrap writes one JSON object in several pieces as soon as the namespaces exist. It is read to its end: a closed
 * pipe would end bubblewrap by SIGPIPE.
 */
function readFirstPid(info: Readable): Promise<number | undefined> {
  return new Promise((resolve) => {
    let text = '';
    const timer = setTimeout(() => resolve(undefined), LAUNCH_TIMEOUT_MS);
    info.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      const found = /"child-pid"\s*:\s*(\d+)\D/.exec(text)?.[1];
      if (found !== undefined) resolve(Number(found));
    });
    info.on('error', () => undefined);
    info.on('close', () => {
      clearTimeout(timer);
      resolve(undefined);
    });
  });
}

export function startError(text: string): Error {
  const said = text === '' ? 'nothing was printed' : text.split('\n').slice(-3).join(' / ');
  if (/No permissions to create new namespace|Creating new namespace failed|setting up uid map|user namespace/i.test(text)) {
    return isolationError('isolation/no-userns', `unprivileged user namespaces are refused by this kernel (bubblewrap said: ${said})`, {
      hint: 'check user.max_user_namespaces and the distribution switches (kernel.unprivileged_userns_clone, the AppArmor restriction)',
    });
  }
  if (/seccomp/i.test(text)) return isolationError('isolation/seccomp-rejected', `the kernel rejected the system-call filter (${said}); nothing was started`);
  return isolationError('isolation/start-failed', `the sandbox did not start: ${said}`);
}
