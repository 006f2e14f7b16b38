/**
 * Starts a process as a child in a process group of its own. For the emulator and the `process` backend: nothing limits it, and a
 * descendant that makes a session of its own is out of reach.
 */
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { ExitReport } from '../protocol/invocation.ts';
import { killGroup, killGroupAndWait, signalGroup } from './process-group.ts';
import type { Launcher, LaunchRequest, RunningProcess } from './launcher.ts';

/** Where processes print to: one descriptor for all of them, or a pair of pipes for each, which somebody reads. */
export type ChildOutput = { kind: 'descriptor'; descriptor: number } | { kind: 'pipes'; attach(stream: Readable): void };

export function directLauncher(options: { output: ChildOutput }): Launcher {
  const groups = new Set<number>();
  const starting = new Set<Promise<RunningProcess>>();
  return {
    async launch(request) {
      const start = startProcess(request, options.output, groups);
      starting.add(start);
      try {
        return await start;
      } finally {
        starting.delete(start);
      }
    },
    async endAll() {
      // A start that is under way would leave a process behind that nobody knows.
      await Promise.allSettled(starting);
      const ending = [...groups];
      groups.clear();
      for (const group of ending) killGroup(group);
      for (const group of ending) await killGroupAndWait(group);
    },
  };
}

async function startProcess(request: LaunchRequest, output: ChildOutput, groups: Set<number>): Promise<RunningProcess> {
  const [file, ...args] = request.argv;
  if (file === undefined) throw new Error('a launch needs a program');
  const target = output.kind === 'descriptor' ? output.descriptor : 'pipe';
  const child = spawn(file, args, {
    cwd: request.workingDirectory,
    env: { ...request.variables },
    stdio: ['ignore', target, target],
    // On Windows that would open a window and make no group.
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  if (output.kind === 'pipes') for (const stream of [child.stdout, child.stderr]) if (stream !== null) output.attach(stream);
  const exited = new Promise<ExitReport>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal === null ? { code: code ?? 0 } : { signal }));
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  const group = child.pid;
  if (group !== undefined) groups.add(group);
  return {
    processId: group,
    exited,
    terminate() {
      if (group !== undefined && groups.has(group)) signalGroup(group, 'SIGTERM');
    },
    kill() {
      // After `endAll` the number may be somebody else's.
      if (group !== undefined && groups.has(group)) killGroup(group);
    },
  };
}
