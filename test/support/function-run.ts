/**
 * Runs a function's files under one of our bootstraps, as a real process, against the fake Runtime API. Interpreters are
 * those of this machine: outside of an image the bootstraps take them from the PATH.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { buildRuntimeClients, type RuntimeFamily } from '../../runtimes/index.ts';
import { type FakeRuntimeApi, type OfferedInvocation, type Report, startFakeRuntimeApi } from './fake-runtime-api.ts';

export type FunctionRun = {
  handler: string;
  /** Path below the task root to content. */
  files?: Record<string, string>;
  /** A folder that is there already, in place of `files`. */
  taskRoot?: string;
  invocations?: OfferedInvocation[];
  environment?: Record<string, string | undefined>;
  /** What to wait for before the process is ended; default: a report for each invocation. */
  until?: 'reports' | 'exit';
  /** Changes the server before the process starts. */
  prepare?: (api: FakeRuntimeApi) => void;
  /** Program in place of the bootstrap, with its parameters. */
  command?: string[];
  /** Gives it a descriptor for framed records, whose bytes are `framedLog` of the result. */
  hasFramedLog?: boolean;
};

export type FunctionRunResult = {
  reports: Report[];
  stdout: string;
  stderr: string;
  framedLog: Buffer;
  /** Exit status, or null when the test ended the process. */
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  api: FakeRuntimeApi;
  taskRoot: string;
};

export type FunctionRunner = {
  /** Holds what would be /var/runtime. */
  runtimeDir: string;
  run(run: FunctionRun): Promise<FunctionRunResult>;
  close(): void;
};

/** Builds the client of one family into a folder of its own; `close` removes it. */
export async function openFunctionRunner(family: RuntimeFamily): Promise<FunctionRunner> {
  const folder = mkdtempSync(join(tmpdir(), 'rik-runtimes-'));
  await buildRuntimeClients({ outDir: folder, families: [family] });
  const runtimeDir = join(folder, family);
  let runCount = 0;
  return {
    runtimeDir,
    async run(run) {
      runCount += 1;
      const taskRoot = run.taskRoot ?? join(folder, `task-${runCount}`);
      await mkdir(taskRoot, { recursive: true });
      for (const [path, content] of Object.entries(run.files ?? {})) {
        await mkdir(dirname(join(taskRoot, path)), { recursive: true });
        await writeFile(join(taskRoot, path), content);
      }
      const api = await startFakeRuntimeApi();
      try {
        run.prepare?.(api);
        for (const invocation of run.invocations ?? []) api.offer(invocation);
        return await runProcess({ run, api, taskRoot, runtimeDir });
      } finally {
        await api.close();
      }
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function runProcess(options: { run: FunctionRun; api: FakeRuntimeApi; taskRoot: string; runtimeDir: string }): Promise<FunctionRunResult> {
  const { run, api, taskRoot, runtimeDir } = options;
  const [program, ...parameters] = run.command ?? [join(runtimeDir, 'bootstrap')];
  if (program === undefined) throw new Error('the command is empty');
  const child = spawn(program, parameters, {
    cwd: taskRoot,
    // A group of its own: a shell runtime has children, which would keep the pipes open.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', ...(run.hasFramedLog === true ? ['pipe' as const] : [])],
    env: {
      // The Node that runs the tests comes first, because the machine's own may be older.
      PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`,
      LANG: 'C.UTF-8',
      TMPDIR: dirname(runtimeDir),
      TZ: ':UTC',
      PYTHONDONTWRITEBYTECODE: '1',
      AWS_LAMBDA_RUNTIME_API: api.address,
      _HANDLER: run.handler,
      LAMBDA_TASK_ROOT: taskRoot,
      LAMBDA_RUNTIME_DIR: runtimeDir,
      ...(run.hasFramedLog === true ? { _LAMBDA_TELEMETRY_LOG_FD: '3' } : {}),
      ...run.environment,
    },
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const framed: Buffer[] = [];
  const framedPipe = child.stdio[3];
  if (framedPipe instanceof Readable) framedPipe.on('data', (piece: Buffer) => framed.push(piece));
  let isEndedByTest = false;
  const closed = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
  if (run.until !== 'exit') {
    await Promise.race([api.waitForReports(run.invocations?.length ?? 0), closed]);
    isEndedByTest = child.exitCode === null && child.signalCode === null;
    killGroup(child.pid);
  }
  const { code, signal } = await closed;
  return { reports: api.reports, stdout, stderr, framedLog: Buffer.concat(framed), exitCode: isEndedByTest ? null : code, signal: isEndedByTest ? null : signal, api, taskRoot };
}

function killGroup(processId: number | undefined): void {
  if (processId === undefined) return;
  try {
    process.kill(-processId, 'SIGKILL');
  } catch {
    // The whole group has ended by itself.
  }
}

/** The JSON of a report's body. */
export function bodyOf(report: Report | undefined): unknown {
  return report === undefined ? undefined : JSON.parse(report.body.toString('utf8'));
}

/** One member of the JSON of a report's body. */
export function memberOf(report: Report | undefined, name: string): unknown {
  const body = bodyOf(report);
  return typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
}
