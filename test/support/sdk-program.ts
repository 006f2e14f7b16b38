/** A program that uses the SDK, bundled to one file as a user would, and run as a process of its own against the test kit's Runtime API. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { startFakeRuntimeApi, type FakeRuntimeApi } from '../../runtimes/sdk/test-kit/index.ts';
import { withTemporaryFolder } from './temporary-folder.ts';

/** The test runner bundles its tests elsewhere. */
const REPOSITORY = existsSync(join(process.cwd(), 'runtimes', 'sdk', 'index.ts')) ? process.cwd() : join(import.meta.dirname, '..', '..');

export type SdkProgramOptions = {
  /** What the program says after `import { … } from 'rik/sdk'` of everything. */
  source: string;
  environment?: Record<string, string>;
  /** Default: the Node that runs the test. */
  interpreter?: readonly string[];
  format?: 'esm' | 'cjs';
  words?: readonly string[];
  /** Without a Runtime API: the local mode. */
  isLocal?: boolean;
};

export type SdkProgram = {
  api: FakeRuntimeApi;
  folder: string;
  pid: number;
  stdout(): string;
  stderr(): string;
  /** Resolves to the output once it has a match; rejects when the program ends without one. */
  printed(pattern: RegExp): Promise<string>;
  write(text: string): void;
  signal(name: NodeJS.Signals): void;
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
};

export async function bundleSdkProgram(options: { source: string; folder: string; format?: 'esm' | 'cjs' }): Promise<string> {
  const { source, folder, format = 'esm' } = options;
  const outfile = join(folder, format === 'esm' ? 'index.mjs' : 'index.cjs');
  await build({
    stdin: { contents: source, resolveDir: REPOSITORY, loader: 'ts', sourcefile: 'program.ts' },
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format,
    alias: { 'rik/sdk/test-kit': join(REPOSITORY, 'runtimes', 'sdk', 'test-kit', 'index.ts'), 'rik/sdk': join(REPOSITORY, 'runtimes', 'sdk', 'index.ts') },
    logLevel: 'silent',
  });
  return outfile;
}

export async function withSdkProgram<Result>(options: SdkProgramOptions, use: (program: SdkProgram) => Promise<Result>): Promise<Result> {
  return withTemporaryFolder(async (folder) => {
    const file = await bundleSdkProgram({ source: options.source, folder, ...(options.format === undefined ? {} : { format: options.format }) });
    const api = await startFakeRuntimeApi();
    const [program = process.execPath, ...parameters] = options.interpreter ?? [process.execPath];
    const place: Record<string, string> = options.isLocal === true ? {} : { AWS_LAMBDA_RUNTIME_API: api.address };
    const child = spawn(program, [...parameters, file, ...(options.words ?? [])], {
      cwd: folder,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], HOME: folder, AWS_LAMBDA_FUNCTION_NAME: 'f', ...place, ...options.environment },
    });
    const output = { stdout: '', stderr: '' };
    const listeners = new Set<() => void>();
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] += text;
        for (const listener of listeners) listener();
      });
    }
    let hasEnded = false;
    const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => {
        hasEnded = true;
        resolve({ code, signal });
        for (const listener of listeners) listener();
      });
    });
    try {
      return await use({
        api,
        folder,
        pid: child.pid ?? 0,
        stdout: () => output.stdout,
        stderr: () => output.stderr,
        printed: (pattern) =>
          new Promise((resolve, reject) => {
            const check = (): void => {
              const text = output.stdout + output.stderr;
              if (!pattern.test(text) && !hasEnded) return;
              listeners.delete(check);
              if (pattern.test(text)) resolve(text);
              else reject(new Error(`the program has ended without printing ${pattern}: ${text}`));
            };
            listeners.add(check);
            check();
          }),
        write: (text) => void child.stdin.end(text),
        signal: (name) => void child.kill(name),
        exited,
      });
    } finally {
      child.kill('SIGKILL');
      await exited.catch(() => undefined);
      await api.close();
    }
  });
}
