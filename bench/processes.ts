/** Every process that a bench starts is started, watched and ended here. None outlives the bench. */
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { benchError } from './errors.ts';
import { descendantsOf, startTicksOf } from './process-figures.ts';

const STOP_GRACE_MS = 2_000;
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;
const DIAGNOSTIC_BYTES = 2_048;

export type Started = {
  readonly pid: number;
  hasEnded(): boolean;
  /** The end of what the process printed on stderr. */
  diagnostics(): string;
  /** Ends the process, its group and all that descends from it; returns when they are gone. */
  stop(): Promise<void>;
};

const running = new Set<ChildProcess>();
const logFolders = new Set<string>();

/** Kills what is still running, at once: for the way out after a signal or a fault. */
export function killAllStarted(): void {
  for (const child of running) killGroup(child.pid, 'SIGKILL');
  for (const folder of logFolders) rmSync(folder, { recursive: true, force: true });
}

/** Starts a process in a group of its own that `killAllStarted` knows of until it has ended. */
export function spawnTracked(argv: readonly string[], stdio: StdioOptions, environment: Readonly<Record<string, string>> = {}): ChildProcess {
  const [program = '', ...parameters] = argv;
  const child = spawn(program, parameters, { detached: true, stdio, env: { ...cleanEnvironment(), ...environment } });
  running.add(child);
  for (const event of ['error', 'exit'] as const) child.once(event, () => running.delete(child));
  return child;
}

/** Starts a long-lived process in a group of its own. Its stdout is dropped, its stderr kept for diagnostics. */
export function startProcess(argv: readonly string[], environment: Readonly<Record<string, string>> = {}, stopGraceMs: number = STOP_GRACE_MS): Started {
  const folder = mkdtempSync(join(tmpdir(), 'rik-bench-'));
  logFolders.add(folder);
  const log = openSync(join(folder, 'stderr'), 'w');
  const child = spawnTracked(argv, ['ignore', 'ignore', log], environment);
  closeSync(log);
  let end: string | undefined;
  const ended = new Promise<void>((resolve) => {
    const finish = (how: string): void => {
      end = how;
      resolve();
    };
    child.once('error', (error) => finish(error.message));
    child.once('exit', (code, signal) => finish(`ended with ${signal ?? `status ${code}`}`));
  });
  const diagnostics = (): string => [end, readTail(join(folder, 'stderr'))].filter((part) => part !== undefined && part !== '').join('\n');
  return {
    pid: child.pid ?? 0,
    hasEnded: () => end !== undefined,
    diagnostics,
    async stop() {
      const family = child.pid === undefined ? [] : await identify(await descendantsOf(child.pid));
      killGroup(child.pid, 'SIGTERM');
      await Promise.race([ended, sleep(stopGraceMs, undefined, { ref: false })]);
      killGroup(child.pid, 'SIGKILL');
      await ended;
      await killRest(family);
      rmSync(folder, { recursive: true, force: true });
      logFolders.delete(folder);
    },
  };
}

export type Finished = { status: number | null; stdout: string; stderr: string };

/** Runs a process to its end and returns what it printed; killed when it takes longer than `timeLimitMs`. */
export async function runProcess(argv: readonly string[], options: { timeLimitMs: number; environment?: Record<string, string> }): Promise<Finished> {
  const child = spawnTracked(argv, ['ignore', 'pipe', 'pipe'], options.environment);
  const timer = setTimeout(() => killGroup(child.pid, 'SIGKILL'), options.timeLimitMs);
  try {
    const [stdout, stderr, status] = await Promise.all([
      collect(child.stdout),
      collect(child.stderr),
      new Promise<number | null>((resolve, reject) => {
        child.once('error', reject);
        child.once('close', resolve);
      }),
    ]);
    return { status, stdout, stderr };
  } finally {
    clearTimeout(timer);
  }
}

/** Free ports on loopback, different from each other. Another process can still take one: callers try again. */
export async function pickPorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listenAnywhere()));
  const ports = servers.map(portOf);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Waits until something accepts connections on the port; throws with the process's own words when it ends before. */
export async function waitUntilListening(started: Started, port: number, timeLimitMs: number): Promise<void> {
  for (const until = performance.now() + timeLimitMs; !(await accepts(port)); await sleep(2)) {
    if (started.hasEnded()) throw benchError('bench/not-ready', `the process ended before it listened: ${started.diagnostics()}`);
    if (performance.now() > until) throw benchError('bench/not-ready', `nothing listens after ${timeLimitMs} ms: ${started.diagnostics()}`);
  }
}

export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** Ours, less what would change how the contenders behave. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(AWS_|_HANDLER$|_X_AMZN_|NODE_OPTIONS$|LAMBDA_)/.test(name)));
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone already.
  }
}

type Identity = { pid: number; startTicks: string };

async function identify(pids: readonly number[]): Promise<Identity[]> {
  const each = await Promise.all(pids.map(async (pid) => ({ pid, startTicks: await startTicksOf(pid) })));
  return each.flatMap(({ pid, startTicks }) => (startTicks === undefined ? [] : [{ pid, startTicks }]));
}

/** Descendants that made groups of their own do not hear the group's signal. */
async function killRest(family: readonly Identity[]): Promise<void> {
  for (const { pid, startTicks } of family) {
    if ((await startTicksOf(pid)) !== startTicks) continue;
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended in between.
    }
  }
}

async function collect(stream: NodeJS.ReadableStream | null): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream ?? []) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes <= OUTPUT_BYTES_MAX) chunks.push(part);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function readTail(path: string): string {
  try {
    return readFileSync(path).subarray(-DIAGNOSTIC_BYTES).toString('utf8').trim();
  } catch {
    return '';
  }
}

function listenAnywhere(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw benchError('bench/not-ready', 'a listener has no port');
  return address.port;
}
