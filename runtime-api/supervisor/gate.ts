/**
 * Starts a process through a gate: a shell that already runs, in its own session, and waits. Before it is let go the worker
 * moves it into the function's limited group, so no instruction of the function ever runs outside its limits. The gate is
 * made ahead of time, while the environment is blank; what it is to run is told to it on its standard input.
 *
 * The shell is a static busybox of ours and is replaced by the program (`exec`), so the process id and the group stay.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { Writable } from 'node:stream';
import type { ExitReport } from '../protocol/invocation.ts';
import { launchScript } from './launch-script.ts';
import type { Launcher, LaunchRequest, RunningProcess } from './launcher.ts';
import type { OutputDescriptors } from './log-pipes.ts';

export type GateOptions = {
  /** Static busybox inside the environment. */
  busyboxPath: string;
  outputs: OutputDescriptors;
  /** Asks the worker to put the process into the function's group; rejects when it cannot. */
  admit(processId: number): Promise<void>;
  /** Asks the worker to end every process of the function's group. */
  endAll(): Promise<void>;
};

export function gatedLauncher(options: GateOptions): Launcher & { prepare(): void } {
  const living = new Set<Gate>();
  let ready: Gate | undefined;
  const make = (): Gate => {
    const gate = makeGate(options);
    living.add(gate);
    void gate.exited.then(() => living.delete(gate));
    return gate;
  };
  return {
    prepare() {
      ready ??= make();
    },
    async launch(request) {
      // One that was prepared may have been killed while it waited.
      const gate = ready !== undefined && living.has(ready) ? ready : make();
      ready = undefined;
      await gate.admitted;
      return gate.open(request);
    },
    async endAll() {
      ready = undefined;
      // The worker reaches only what it has admitted; a gate on its way there is ended here.
      for (const gate of living) gate.kill();
      await options.endAll();
    },
  };
}

type Gate = { admitted: Promise<void>; exited: Promise<ExitReport>; open(request: LaunchRequest): Promise<RunningProcess>; kill(): void };

function makeGate(options: GateOptions): Gate {
  const { outputs } = options;
  const child = spawn(options.busyboxPath, ['sh', '-s'], {
    cwd: '/',
    env: {},
    // What it is to become is not known yet: `launchScript` closes what that does not get.
    stdio: ['pipe', outputs.function, outputs.function, outputs.frames, outputs.extension],
    detached: true,
  });
  const input: Writable | null = child.stdin;
  input?.on('error', () => {
    // It died before it had read everything: `tell` and `exited` say so to whoever waits.
  });
  const exited = exitOf(child);
  const admitted = child.pid === undefined ? spawnFailure(child) : options.admit(child.pid);
  // Whoever launches sees the failure; until then it must not end the server.
  admitted.catch(() => {});
  const kill = (): void => signalSession(child, 'SIGKILL');
  return {
    admitted,
    exited,
    kill,
    async open(request) {
      await tell(input, launchScript(request));
      return { processId: child.pid, exited, kill, terminate: () => signalSession(child, 'SIGTERM') };
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

function tell(input: Writable | null, script: string): Promise<void> {
  return new Promise((resolve, reject) => {
    if (input === null || input.destroyed) {
      reject(new Error('the gate is gone'));
      return;
    }
    input.once('error', reject);
    input.end(script, 'utf8', () => resolve());
  });
}

/** The gate, or what it has become, and what that has started in the same group. The rest is the worker's to end. */
function signalSession(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // ESRCH: it has just ended.
  }
}
