/** Runs the command line as people do: a child process, its two streams and its exit code. */

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const CLI_FOLDER: string = join(import.meta.dirname, '..', '..', '..', 'cli');
export const DOCS_FOLDER: string = join(CLI_FOLDER, '..', 'docs');

export type RikEnd = { exitCode: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string };

export type RikOptions = { environment?: Record<string, string>; program?: string; words?: readonly string[]; cwd?: string };

/** The environment is empty but for what a test gives: nothing of the machine's settings may decide a test. */
export function runRik(words: readonly string[], options: RikOptions = {}): Promise<RikEnd> {
  return new Promise((resolve, reject) => {
    const program = options.program ?? process.execPath;
    const child = spawn(program, [...(options.words ?? [join(CLI_FOLDER, 'main.ts')]), ...words], {
      cwd: options.cwd ?? tmpdir(),
      env: { NODE_DISABLE_COMPILE_CACHE: '1', ...options.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject);
    child.on('close', (exitCode, signal) => resolve({ exitCode, signal, stdout, stderr }));
  });
}

/** A folder that is removed with the test. */
export function temporaryFolder(): { path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), 'rik-test-cli-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
