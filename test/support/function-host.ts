/**
 * Functions as folders, run by the real worker in real sandboxes and called over HTTP through the real front door; without a control
 * plane, so that a test says itself what a function is.
 */
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { systemClock } from '../../foundation/clock.ts';
import { ApiError } from '../../platform/api/index.ts';
import { openRunner } from '../../platform/index.ts';
import type { BackendChoice, FunctionVersion, Runner } from '../../platform/index.ts';
import { invokeOperation, invokeStreamOperation, openFrontDoor } from '../../platform/invoke/index.ts';
import { CLIENTS_FOLDER, FIXTURES, machineImages, SERVER_BUNDLE } from './runtime-images.ts';

export type HostedFunction = {
  /** A folder of test/fixtures/functions; `path` for any other; neither: an empty folder. */
  fixture?: string;
  path?: string;
  runtime: string;
  handler: string;
  timeoutMs?: number;
  memoryMiB?: number;
  tmpMiB?: number;
  variables?: Record<string, string>;
  /** Changes the copy that the function gets. */
  prepare?: (folder: string) => void;
};

export type Called = {
  status: number;
  /** Of the header `X-Amz-Function-Error`. */
  functionError: string | undefined;
  requestId: string;
  text: string;
  json(): unknown;
  /** One member of a JSON object. */
  member(name: string): unknown;
  /** The 4 KiB that the caller gets. */
  logTail: string;
  report: Report;
};

export type Report = {
  line: string;
  durationMs: number;
  billedMs: number;
  memorySizeMB: number;
  maxMemoryUsedMB: number;
  initMs: number | undefined;
  status: string | undefined;
  errorType: string | undefined;
};

export type FunctionHost = {
  runner: Runner;
  url: string;
  problems: unknown[];
  /** Everything functions and platform have logged, in order. */
  log(): string;
  /** Gives a function its code and a name. */
  define(name: string, hosted: HostedFunction): void;
  call(name: string, event: unknown): Promise<Called>;
  /** Ends everything and removes the folder. */
  close(): Promise<void>;
  folder: string;
};

export type HostOptions = { images: readonly string[]; backend?: BackendChoice; environmentsMax?: number; blankPerRoot?: number };

export async function openFunctionHost(options: HostOptions): Promise<{ host: FunctionHost } | { host: undefined; reason: string }> {
  if (process.platform !== 'linux') return { host: undefined, reason: 'needs Linux' };
  const found = await machineImages(options.images);
  if (found.images === undefined) return { host: undefined, reason: found.reason };
  const folder = mkdtempSync(join(tmpdir(), 'rik-host-'));
  chmodSync(folder, 0o755);
  const problems: unknown[] = [];
  const logged: Buffer[] = [];
  const runner = await openRunner({
    stateDir: join(folder, 'state'),
    backend: options.backend ?? { kind: 'namespace', unprivileged: process.getuid?.() !== 0 },
    images: found.images,
    clientsDir: CLIENTS_FOLDER,
    serverBundlePath: SERVER_BUNDLE,
    nodePath: process.execPath,
    bases: ['debian'],
    logSink: { write: ({ bytes }) => void logged.push(bytes) },
    onProblem: (error) => problems.push(error),
    onWarning: () => {},
    environmentsMax: options.environmentsMax,
    blankPerRoot: options.blankPerRoot ?? 0,
  });
  try {
    await runner.check();
  } catch (error) {
    await runner.close();
    rmSync(folder, { recursive: true, force: true });
    return { host: undefined, reason: error instanceof Error ? error.message : String(error) };
  }
  const versions = new Map<string, Omit<FunctionVersion, 'root'> & { runtime: string }>();
  const parts = {
    clock: systemClock,
    worker: runner.worker,
    onFault: (error: unknown) => problems.push(error),
    lookup: {
      async find(reference: string) {
        const known = versions.get(reference);
        if (known === undefined) throw new ApiError('ResourceNotFoundException', `Function not found: ${reference}`);
        const { runtime, ...version } = known;
        return { functionArn: version.functionArnUnqualified, version: { ...version, root: await runner.root(runtime) } };
      },
    },
  };
  const frontDoor = await openFrontDoor({
    host: '127.0.0.1',
    port: 0,
    handleOther: async (_request, response) => void response.end(),
    invoke: invokeOperation(parts),
    invokeStream: invokeStreamOperation(parts),
  });
  const host: FunctionHost = {
    runner,
    url: frontDoor.url,
    problems,
    folder,
    log: () => Buffer.concat(logged).toString('utf8'),
    define(name, hosted) {
      versions.set(name, { ...versionOf(name, hosted, placeCode(folder, name, hosted)), runtime: hosted.runtime });
    },
    call: (name, event) => call(frontDoor.url, name, event),
    async close() {
      await frontDoor.close(0);
      await runner.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return { host };
}

/** A copy that other users can read, whatever the checkout's rights are. */
function placeCode(folder: string, name: string, { fixture, path, prepare }: HostedFunction): string {
  const codePath = join(folder, 'code', `${name}-${Math.random().toString(36).slice(2)}`);
  mkdirSync(codePath, { recursive: true });
  const source = path ?? (fixture === undefined ? undefined : join(FIXTURES, fixture));
  if (source !== undefined) cpSync(source, codePath, { recursive: true });
  for (const at of [join(folder, 'code'), codePath]) chmodSync(at, 0o755);
  for (const entry of readdirSync(codePath, { recursive: true, encoding: 'utf8' })) {
    const at = join(codePath, entry);
    chmodSync(at, statSync(at).isDirectory() || (statSync(at).mode & 0o100) !== 0 ? 0o755 : 0o644);
  }
  prepare?.(codePath);
  return codePath;
}

function versionOf(functionName: string, hosted: HostedFunction, codePath: string): Omit<FunctionVersion, 'root'> {
  return {
    functionName,
    functionArnUnqualified: `arn:aws:lambda:us-east-1:000000000000:function:${functionName}`,
    version: '$LATEST',
    generation: codePath,
    handler: hosted.handler,
    timeoutMs: hosted.timeoutMs ?? 20_000,
    memoryMiB: hosted.memoryMiB ?? 512,
    tmpMiB: hosted.tmpMiB ?? 512,
    variables: hosted.variables ?? {},
    codePath,
    region: 'us-east-1',
  };
}

async function call(url: string, name: string, event: unknown): Promise<Called> {
  const response = await request(`${url}/2015-03-31/functions/${name}/invocations`, {
    method: 'POST',
    headers: { 'x-amz-log-type': 'Tail' },
    body: typeof event === 'string' ? event : JSON.stringify(event),
    headersTimeout: 0,
  });
  const text = await response.body.text();
  const header = (wanted: string): string | undefined => {
    const value = response.headers[wanted];
    return typeof value === 'string' ? value : undefined;
  };
  const logTail = Buffer.from(header('x-amz-log-result') ?? '', 'base64').toString('utf8');
  const json = (): unknown => JSON.parse(text);
  return {
    status: response.statusCode,
    functionError: header('x-amz-function-error'),
    requestId: header('x-amzn-requestid') ?? '',
    text,
    json,
    member(member) {
      const value = json();
      return typeof value === 'object' && value !== null ? Reflect.get(value, member) : undefined;
    },
    logTail,
    report: parseReport(logTail),
  };
}

const REPORT_LINE =
  /^REPORT RequestId: \S+\tDuration: ([\d.]+) ms\tBilled Duration: (\d+) ms\tMemory Size: (\d+) MB\tMax Memory Used: (\d+) MB\t(?:Init Duration: ([\d.]+) ms\t)?(?:Status: (\w+)(?:\tError Type: (.*))?)?$/m;

export function parseReport(log: string): Report {
  const line = log.split('\n').findLast((candidate) => candidate.startsWith('REPORT ')) ?? '';
  const parts = REPORT_LINE.exec(line);
  if (parts === null) throw new Error(`there is no REPORT line in: ${JSON.stringify(log)}`);
  return {
    line,
    durationMs: Number(parts[1]),
    billedMs: Number(parts[2]),
    memorySizeMB: Number(parts[3]),
    maxMemoryUsedMB: Number(parts[4]),
    initMs: parts[5] === undefined ? undefined : Number(parts[5]),
    status: parts[6],
    errorType: parts[7],
  };
}

/** What this process's sandboxes could leave on the host: control groups, mounts, disk images. */
export function leftOnHost(stateFolder: string): string[] {
  const owner = `${process.pid}-`;
  const groups = ['/sys/fs/cgroup', ...listed('/sys/fs/cgroup').map((name) => join('/sys/fs/cgroup', name))].flatMap((base) =>
    listed(join(base, 'rik')).flatMap((name) => (name.startsWith(owner) ? listed(join(base, 'rik', name)).filter((inner) => inner.endsWith('-function') || inner.endsWith('-server')) : [])),
  );
  const loops = listed('/sys/block').filter((name) => name.startsWith('loop') && readOr(join('/sys/block', name, 'loop/backing_file')).startsWith(stateFolder));
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n').filter((line) => line.includes(stateFolder) || line.includes(` /run/rik-${owner}`));
  return [...groups, ...loops, ...mounts];
}

function listed(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function readOr(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
}
