/**
 * Runs one bundled test file in a process group of its own, within a time limit, and gives back what it wrote and how
 * it ended. Whatever it started and left behind in its group is killed, so that a leak in one file harms no other.
 */

import { spawn } from 'node:child_process';

export type ProcessEnd = { exitCode: number | null; signal: NodeJS.Signals | null; timedOut: boolean; stdout: string; stderr: string; durationMs: number };

/** Enough for every failure text; a flood keeps its end, where the summary stands. */
const OUTPUT_MAX_CHARACTERS = 4 * 1024 * 1024;
/** A grandchild that left the group may hold the pipes open; the file is not waited for longer than this. */
const DRAIN_MAX_MS = 1000;

const runningGroups = new Set<number>();

export function runInProcess(options: { script: string; workingFolder: string; timeLimitSeconds: number }): Promise<ProcessEnd> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, ['--enable-source-maps', options.script], {
    cwd: options.workingFolder,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: childEnvironment(),
  });
  const output = { stdout: '', stderr: '' };
  let timedOut = false;
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8');
    child[name].on('data', (text: string) => {
      output[name] = (output[name] + text).slice(-OUTPUT_MAX_CHARACTERS);
    });
  }
  const group = child.pid;
  if (group !== undefined) runningGroups.add(group);
  const killGroup = (): void => {
    if (group !== undefined) killProcessGroup(group);
  };
  const timer = setTimeout(() => {
    timedOut = true;
    killGroup();
  }, options.timeLimitSeconds * 1000);

  return new Promise((settle) => {
    let settled = false;
    const end = (exitCode: number | null, signal: NodeJS.Signals | null): void => {
      if (settled) return;
      settled = true;
      if (group !== undefined) runningGroups.delete(group);
      child.stdout.destroy();
      child.stderr.destroy();
      settle({ exitCode, signal, timedOut, ...output, durationMs: performance.now() - startedMs });
    };
    child.on('error', (error) => {
      clearTimeout(timer);
      output.stderr += `the test process could not be started: ${error.message}\n`;
      end(null, null);
    });
    child.on('exit', (exitCode, signal) => {
      clearTimeout(timer);
      killGroup();
      setTimeout(end, DRAIN_MAX_MS, exitCode, signal).unref();
      child.on('close', () => end(exitCode, signal));
    });
  });
}

/** For the runner's own end by a signal: the groups would outlive it, since no terminal signal reaches them. */
export function killAllRunning(): void {
  for (const group of runningGroups) killProcessGroup(group);
}

function killProcessGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // The group is gone already, which is what was wanted.
  }
}

function childEnvironment(): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: '1' };
  // Node warns on stderr when both are set, and uvu's reporter would colour the lines that are read here.
  delete environment['FORCE_COLOR'];
  return environment;
}
