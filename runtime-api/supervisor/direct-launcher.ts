/**
 * Starts a process as a child in a process group of its own. For the emulator and the `process` backend: nothing limits it, and a
 * descendant that makes a session of its own is out of reach.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess, StdioOptions } from 'node:child_process';
import { Readable } from 'node:stream';
import type { ExitReport } from '../protocol/invocation.ts';
import { killGroup, killGroupAndWait, signalGroup } from './process-group.ts';
import { LOG_FRAMES_DESCRIPTOR } from './launcher.ts';
import type { Launcher, LaunchRequest, RunningProcess } from './launcher.ts';
import type { OutputDescriptors } from './log-pipes.ts';
import type { OutputKind, OutputSource } from './output-router.ts';

/** Where processes print to: descriptors that all of them share, or pipes for each, which somebody reads. */
export type ChildOutput = { kind: 'descriptors'; descriptors: OutputDescriptors } | { kind: 'pipes'; attach(stream: Readable, source: OutputSource): void };

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
  const { output: source = 'function', hasLogFrames = false } = request;
  const target = output.kind === 'descriptors' ? output.descriptors[source] : ('pipe' as const);
  const frames = output.kind === 'descriptors' ? output.descriptors.frames : ('pipe' as const);
  const stdio: StdioOptions = ['ignore', target, target, ...(hasLogFrames ? [frames] : [])];
  const child = spawn(file, args, {
    cwd: request.workingDirectory,
    env: { ...request.variables },
    stdio,
    // On Windows that would open a window and make no group.
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  if (output.kind === 'pipes') attachPipes(child, source, output.attach);
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

function attachPipes(child: ChildProcess, kind: OutputKind, attach: (stream: Readable, source: OutputSource) => void): void {
  for (const stream of [child.stdout, child.stderr]) if (stream !== null) attach(stream, kind);
  const frames = child.stdio[LOG_FRAMES_DESCRIPTOR];
  if (frames instanceof Readable) attach(frames, 'frames');
}
