/** Finding and running the small programs that checks are made with. Nothing goes through a shell. */

import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/** A check that hangs (a stuck file system, a tool that waits for input) must not hang the doctor. */
const PROGRAM_TIMEOUT_MS = 15_000;
const OUTPUT_BYTES_MAX = 65_536;

export type ProgramEnd = { exitCode: number | undefined; stdout: string; stderr: string };

/**
 * The first executable of this name on PATH, or in the `sbin` beside a `bin` of PATH: ordinary users have those not on
 * it. Empty and relative members are skipped: they mean the current folder.
 */
export function findProgram(name: string, environment: Readonly<Record<string, string | undefined>>): string | undefined {
  const folders = (environment.PATH ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  for (const folder of [...folders, ...folders.map((path) => path.replace(/\/bin\/?$/, '/sbin'))]) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      if (statSync(path).isFile()) return path;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

export type ProgramOptions = {
  environment: Readonly<Record<string, string | undefined>>;
  /** Written to descriptor 3 of the program. */
  descriptor3?: Uint8Array;
  /** Runs as this user; root only. */
  userId?: number;
  timeoutMs?: number;
};

/** Never fails: a program that cannot be started has ended without an exit code, with the reason on stderr. */
export function runProgram(path: string, words: readonly string[], options: ProgramOptions): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    const identity = options.userId === undefined ? {} : { uid: options.userId, gid: options.userId };
    const child = spawn(path, words, {
      cwd: '/',
      env: { PATH: options.environment.PATH, HOME: options.environment.HOME, LC_ALL: 'C.UTF-8' },
      stdio: ['ignore', 'pipe', 'pipe', options.descriptor3 === undefined ? 'ignore' : 'pipe'],
      ...identity,
    });
    const collected = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.setEncoding('utf8').on('data', (text: string) => {
        collected[name] = (collected[name] + text).slice(0, OUTPUT_BYTES_MAX);
      });
    }
    // Not spawn's own time limit: its timer outlives a program that could not be started.
    const expiry = setTimeout(() => {
      child.kill('SIGKILL');
      // What it started may live on and hold its pipes open; nobody waits for that.
      for (const stream of child.stdio) stream?.destroy();
      end({ exitCode: undefined, stdout: '', stderr: `it did not end within ${options.timeoutMs ?? PROGRAM_TIMEOUT_MS} ms` });
    }, options.timeoutMs ?? PROGRAM_TIMEOUT_MS);
    const end = (result: ProgramEnd): void => {
      clearTimeout(expiry);
      resolve(result);
    };
    child.on('error', (error) => end({ exitCode: undefined, stdout: '', stderr: error.message }));
    child.on('close', (code) => end({ exitCode: code ?? undefined, ...collected }));
    const descriptor3 = child.stdio[3];
    if (options.descriptor3 !== undefined && descriptor3 !== null && descriptor3 !== undefined && 'end' in descriptor3) {
      // A program that refuses to read ends by itself; its exit code tells.
      descriptor3.on('error', () => undefined);
      descriptor3.end(options.descriptor3);
    }
  });
}

/** The last line that a program complained with, for a report of one line. */
export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}
