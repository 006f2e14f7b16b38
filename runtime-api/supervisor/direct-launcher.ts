/**
 * Starts a process as a child in a process group of its own. For the emulator and the `process` backend: nothing limits it, and a
 * descendant that makes a session of its own is out of reach.
 */
import { spawn } from 'node:child_process';
import type { ExitReport } from '../protocol/invocation.ts';
import { killGroup, killGroupAndWait, signalGroup } from './process-group.ts';
import type { Launcher, LaunchRequest, RunningProcess } from './launcher.ts';
import type { OutputDescriptors } from './process-output.ts';

export function directLauncher(options: { outputs: OutputDescriptors }): Launcher {
  const groups = new Set<number>();
  const starting = new Set<Promise<RunningProcess>>();
  return {
    async launch(request) {
      const start = startProcess(request, options.outputs, groups);
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

async function startProcess(request: LaunchRequest, outputs: OutputDescriptors, groups: Set<number>): Promise<RunningProcess> {
  const [file, ...args] = request.argv;
  if (file === undefined) throw new Error('a launch needs a program');
  const output = outputs[request.output];
  const child = spawn(file, args, {
    cwd: request.workingDirectory,
    env: { ...request.variables },
    stdio: ['ignore', output, output, ...(request.hasLogFrames === true ? [outputs.frames] : [])],
    detached: true,
  });
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
