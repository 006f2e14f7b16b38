/** `rik up` as people run it, a child process with a state folder of its own, on the images that this machine has. */
import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { machineImages, machineStateFolder, REPOSITORY } from './runtime-images.ts';

export type RikUp = {
  url: string;
  pid: number;
  child: ChildProcess;
  stdout(): string;
  /** Warnings and the log of functions. */
  stderr(): string;
  ended: Promise<{ exitCode: number | null; signal: NodeJS.Signals | null }>;
};

export type RikUpOptions = {
  home: string;
  words?: readonly string[];
  /** Put before `node`, for instance to become another user. */
  prefix?: readonly string[];
  /** Leaves its stderr unread, as a terminal that was stopped does; whoever wants it resumes `child.stderr`. */
  isLogStopped?: boolean;
};

/** A new state folder whose images and roots are the machine's; or the reason why there is none. */
export async function temporaryHome(identifiers: readonly string[]): Promise<{ home: string; remove(): void } | { home: undefined; reason: string }> {
  if (process.platform !== 'linux') return { home: undefined, reason: 'needs Linux' };
  const found = await machineImages(identifiers);
  if (found.images === undefined) return { home: undefined, reason: found.reason };
  const home = mkdtempSync(join(tmpdir(), 'rik-home-'));
  chmodSync(home, 0o711);
  for (const name of ['images', 'roots']) symlinkSync(join(machineStateFolder(), name), join(home, name));
  return { home, remove: () => rmSync(home, { recursive: true, force: true }) };
}

/** Resolves when it listens; rejects with what it printed when it ends before. */
export async function startRikUp(options: RikUpOptions): Promise<RikUp> {
  const words = [...(options.prefix ?? []), process.execPath, join(REPOSITORY, 'cli', 'main.ts'), 'up', '--port', '0', ...(options.words ?? [])];
  const [program = '', ...rest] = words;
  const child = spawn(program, rest, {
    cwd: '/',
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', RIK_HOME: options.home, NODE_DISABLE_COMPILE_CACHE: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  if (options.isLogStopped === true) child.stderr.pause();
  const ended = new Promise<{ exitCode: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.on('close', (exitCode, signal) => resolve({ exitCode, signal }));
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.on('error', reject);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      const found = /^listening on (\S+)$/m.exec(stdout)?.[1];
      if (found !== undefined) resolve(found);
    });
    void ended.then(() => reject(new Error(`rik up ended: ${stdout}${stderr}`)));
  });
  return { url, pid: child.pid ?? 0, child, stdout: () => stdout, stderr: () => stderr, ended };
}

/** Ends it as Ctrl-C does. */
export async function stopRikUp(up: RikUp): Promise<number | null> {
  up.child.kill('SIGINT');
  return (await up.ended).exitCode;
}

/** Everything of one `rik up` that the host can still see, but for its state folder's records. */
export function tracesOf({ pid, home }: { pid: number; home: string }): string[] {
  const groups = ['/sys/fs/cgroup', ...listed('/sys/fs/cgroup').map((name) => join('/sys/fs/cgroup', name))];
  return [
    ...processesOf(pid),
    ...groups.flatMap((base) => listed(join(base, 'rik')).filter((name) => name.startsWith(`${pid}-`)).map((name) => `control group ${join(base, 'rik', name)}`)),
    ...listed('/run').filter((name) => name.startsWith(`rik-${pid}-`)).map((name) => `/run/${name}`),
    ...['isolation', 'process'].flatMap((folder) => listed(join(home, folder)).filter((name) => name.startsWith(`${pid}-`)).map((name) => join(home, folder, name))),
    ...listed('/sys/block').map((name) => readOr(join('/sys/block', name, 'loop/backing_file')).trim()).filter((path) => path.startsWith(home)).map((path) => `loop device of ${path}`),
    ...readOr('/proc/self/mountinfo').split('\n').filter((line) => line.includes(home) || line.includes(`/rik-${pid}-`)).map((line) => `mount ${line}`),
  ];
}

/** What sits in its control groups or names its folders on the command line. */
function processesOf(owner: number): string[] {
  return listed('/proc').filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
    const commandLine = readOr(`/proc/${pid}/cmdline`);
    const isOurs = readOr(`/proc/${pid}/cgroup`).includes(`/rik/${owner}-`) || commandLine.includes(`rik-${owner}-`) || commandLine.includes(`/isolation/${owner}-`);
    return isOurs && !/^State:\s*Z/m.test(readOr(`/proc/${pid}/status`)) ? [`process ${pid}: ${commandLine.replaceAll('\0', ' ').slice(0, 100)}`] : [];
  });
}

/** Looks again for as long as there is something, ten seconds at most. */
export async function untilNoTraces(of: { pid: number; home: string }): Promise<string[]> {
  let found = tracesOf(of);
  for (let round = 0; found.length > 0 && round < 200; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    found = tracesOf(of);
  }
  return found;
}

/** Environments that run now, by their control groups. */
export function environmentsOf(pid: number): number {
  const hierarchies = ['/sys/fs/cgroup', ...listed('/sys/fs/cgroup').map((name) => join('/sys/fs/cgroup', name))].map((base) => join(base, 'rik'));
  const counts = hierarchies.flatMap((rik) => listed(rik).filter((name) => name.startsWith(`${pid}-`)).map((name) => listed(join(rik, name)).filter((inner) => inner.endsWith('-server')).length));
  return Math.max(0, ...counts);
}

function listed(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

