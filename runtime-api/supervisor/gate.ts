/**
 * Starts a process through a gate: a shell that already runs, in its own session, and waits. Before it is let go the worker
 * moves it into the function's limited group, so no instruction of the function ever runs outside its limits. The gate is
 * made ahead of time, while the environment is blank; what it is to run is told to it through a FIFO that only it reads.
 *
 * The shell is a static busybox of ours and is replaced by the program (`exec`), so the process id and the group stay.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, constants, openSync, unlinkSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { ExitReport } from '../protocol/invocation.ts';
import type { Launcher, LaunchRequest, RunningProcess } from './launcher.ts';

export type GateOptions = {
  /** Static busybox inside the environment. */
  busyboxPath: string;
  /** Gives a fresh FIFO, private to this environment. */
  makeFifo(): string;
  logDescriptor: number;
  /** Asks the worker to put the process into the function's group; rejects when it cannot. */
  admit(processId: number): Promise<void>;
  /** Asks the worker to end every process of the function's group. */
  endAll(): Promise<void>;
};

/** Soft and hard limits of the function's processes as recorded on AWS: descriptors, processes, locked KiB, core blocks. */
const LIMITS = ['ulimit -n 1024', 'ulimit -p 742', 'ulimit -l 64', 'ulimit -c 0'];

export function gatedLauncher(options: GateOptions): Launcher & { prepare(): void } {
  let ready: Gate | undefined;
  return {
    prepare() {
      ready ??= makeGate(options);
    },
    async launch(request) {
      const gate = ready ?? makeGate(options);
      ready = undefined;
      await gate.admitted;
      return gate.open(request);
    },
    async endAll() {
      // A gate that was prepared ahead sits in the function's group and dies with it.
      ready = undefined;
      killEveryProcess();
      await options.endAll();
    },
  };
}

type Gate = { admitted: Promise<void>; open(request: LaunchRequest): Promise<RunningProcess> };

function makeGate(options: GateOptions): Gate {
  const fifo = options.makeFifo();
  const child = spawn(options.busyboxPath, ['sh', '-c', '. "$1"', 'gate', fifo], {
    cwd: '/',
    env: {},
    stdio: ['ignore', options.logDescriptor, options.logDescriptor],
    detached: true,
  });
  const exited = exitOf(child);
  // Opening for writing waits until the shell has opened the other side, so nothing is written to nobody.
  const writer = open(fifo, 'w');
  void exited.then(() => releaseWaitingWriter(fifo));
  const admitted = child.pid === undefined ? spawnFailure(child) : options.admit(child.pid);
  // Whoever launches sees the failure; until then it must not end the server.
  admitted.catch(() => {});
  return {
    admitted,
    async open(request) {
      await tell(await writer, launchScript(request));
      return { processId: child.pid, exited, kill: killEveryProcess };
    },
  };
}

function exitOf(child: ChildProcess): Promise<ExitReport> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(signal === null ? { code: code ?? 0 } : { signal }));
    child.once('error', () => resolve({ signal: 'SIGKILL' }));
  });
}

function spawnFailure(child: ChildProcess): Promise<void> {
  return new Promise((_, reject) => child.once('error', reject));
}

async function tell(writer: FileHandle, script: string): Promise<void> {
  try {
    await writer.writeFile(script);
  } finally {
    await writer.close();
  }
}

/** A gate that died before it opened its FIFO would leave the opening for writing waiting for ever. */
function releaseWaitingWriter(fifo: string): void {
  try {
    closeSync(openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK));
    unlinkSync(fifo);
  } catch {
    // ENOENT: the shell had it open and removed it.
  }
}

/**
 * The only text of ours that a shell reads. Values stand in single quotes, in which a shell sees nothing special but the
 * quote itself. Names have been checked by the platform; one that is no shell name would be a syntax error and is left out.
 */
export function launchScript(request: LaunchRequest): string {
  const lines = ['rm -f "$1"', ...LIMITS, `cd ${quote(request.workingDirectory)} || exit 126`, 'unset PWD OLDPWD SHLVL'];
  for (const [name, value] of Object.entries(request.variables)) {
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) lines.push(`export ${name}=${quote(value)}`);
  }
  lines.push(`exec ${request.argv.map(quote).join(' ')}`, '');
  return lines.join('\n');
}

function quote(value: string): string {
  return `'${value.replaceAll('\0', '').replaceAll("'", `'\\''`)}'`;
}

/** In a process namespace of our own, everything that can be signalled is the function's, except this server and pid 1. */
function killEveryProcess(): void {
  try {
    process.kill(-1, 'SIGKILL');
  } catch {
    // ESRCH: nothing else is left.
  }
}
