/** Starts a process as a child in a process group of its own. For the emulator and the `process` backend: nothing limits it. */
import { spawn } from 'node:child_process';
import type { ExitReport } from '../protocol/invocation.ts';
import type { Launcher, LaunchRequest, RunningProcess } from './launcher.ts';

export function directLauncher(options: { logDescriptor: number }): Launcher {
  const groups = new Set<number>();
  return {
    launch: (request) => start(request, options.logDescriptor, groups),
    async endAll() {
      for (const group of groups) killGroup(group);
      groups.clear();
    },
  };
}

async function start(request: LaunchRequest, logDescriptor: number, groups: Set<number>): Promise<RunningProcess> {
  const [file, ...args] = request.argv;
  if (file === undefined) throw new Error('a launch needs a program');
  const child = spawn(file, args, {
    cwd: request.workingDirectory,
    env: { ...request.variables },
    stdio: ['ignore', logDescriptor, logDescriptor],
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
    kill() {
      if (group !== undefined) killGroup(group);
    },
  };
}

/** A group whose last process is gone cannot be signalled, which is what was wanted. */
export function killGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // ESRCH.
  }
}
