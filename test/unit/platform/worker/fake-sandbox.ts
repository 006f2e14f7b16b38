/** A sandbox without a sandbox: the test plays the server inside, frame by frame, and sees what the worker asks of the backend. */
import { duplexPair } from 'node:stream';
import type { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Sandbox, SandboxContent, SandboxEnd, SandboxStats } from '../../../../platform/isolation/index.ts';
import type { FunctionVersion, LogRecord } from '../../../../platform/worker/index.ts';
import { LogWriter } from '../../../../platform/worker/log-writer.ts';
import { WorkerEnvironment } from '../../../../platform/worker/worker-environment.ts';
import { FrameDecoder } from '../../../../runtime-api/index.ts';
import { fakeClock, type FakeClock } from '../../../support/fake-clock.ts';

/** Spelled here again on purpose: the channel's types are a protocol between two builds. */
const SERVER_TYPES = { hello: 65, admit: 66, endAll: 67, log: 68, initReported: 69, started: 70, answered: 71, completed: 72, extensionsFound: 75, shutDownEnded: 76 } as const;
const WORKER_KINDS: Record<number, string> = { 1: 'configure', 2: 'invoke', 3: 'admitted', 4: 'allEnded', 5: 'shutDown' };

export type ToldToServer = { kind: string; header: unknown; payload: string };

export function serverFrame(type: number, header: unknown, payload: Buffer | string = ''): Buffer {
  const headerBytes = Buffer.from(JSON.stringify(header), 'utf8');
  const payloadBytes = Buffer.from(payload);
  const head = Buffer.alloc(7);
  head.writeUInt32BE(3 + headerBytes.length + payloadBytes.length, 0);
  head.writeUInt8(type, 4);
  head.writeUInt16BE(headerBytes.length, 5);
  return Buffer.concat([head, headerBytes, payloadBytes]);
}

export class FakeServer {
  readonly #end: Duplex;
  /** Everything the worker said. */
  readonly told: ToldToServer[] = [];

  constructor(end: Duplex) {
    this.#end = end;
    const decoder = new FrameDecoder();
    end.on('data', (piece: Buffer) =>
      decoder.push(piece, (frame) => {
        this.told.push({ kind: WORKER_KINDS[frame.type] ?? String(frame.type), header: frame.header, payload: frame.payload.toString() });
      }),
    );
    end.on('error', () => {});
  }

  kinds(): string[] {
    return this.told.map(({ kind }) => kind);
  }

  raw(bytes: Buffer): void {
    this.#end.write(bytes);
  }

  hangUp(): void {
    this.#end.end();
  }

  say(kind: keyof typeof SERVER_TYPES, header: unknown = {}, payload: Buffer | string = ''): void {
    this.raw(serverFrame(SERVER_TYPES[kind], header, payload));
  }

  initReported(report: { phase?: string; status?: string; errorType?: string } = {}): void {
    this.say('initReported', { phase: 'init', status: 'success', ...report });
  }

  answered(requestId: string, body = '"done"'): void {
    this.say('answered', { requestId, isFunctionError: false, origin: 'reply' }, body);
  }

  /** A whole invocation that goes well. */
  serve(requestId: string, body?: string): void {
    this.say('started', { requestId });
    this.answered(requestId, body);
    this.say('completed', { requestId, status: 'success' });
  }
}

export class FakeSandbox implements Sandbox {
  readonly id: string;
  readonly channel: Duplex;
  readonly rootDigest = 'sha256:root';
  readonly paths = { task: '/var/task', layers: '/opt', tmp: '/tmp', control: '/run/ctl' };
  readonly died: Promise<SandboxEnd>;
  readonly server: FakeServer;
  /** What was asked of it, in order: `bind 128`, `admit 7`, `freeze`, … */
  readonly calls: string[] = [];
  figures: SandboxStats = { memoryPeakBytes: 10 * 1_048_576, memoryCurrentBytes: 0, cpuNs: 0, oomKills: 0, pidsCurrent: 1, tmpUsedBytes: 0 };
  /** Replaced by tests that want a step to take its time or to fail. */
  onBind: (content: SandboxContent) => Promise<void> = () => Promise.resolve();
  onFreeze: () => Promise<void> = () => Promise.resolve();
  onThaw: () => Promise<void> = () => Promise.resolve();
  onAdmit: () => Promise<void> = () => Promise.resolve();
  onReset: () => Promise<void> = () => Promise.resolve();
  onStats: () => Promise<void> = () => Promise.resolve();
  onDestroy: () => Promise<void> = () => Promise.resolve();
  #resolveDied: (end: SandboxEnd) => void = () => {};

  constructor(id: string) {
    this.id = id;
    const [inside, outside] = duplexPair();
    this.channel = outside;
    this.server = new FakeServer(inside);
    this.died = new Promise((resolve) => (this.#resolveDied = resolve));
  }

  /** The first process ends by itself, and its end of the channel with it. */
  die(end: SandboxEnd = { cause: 'exited', exitCode: 1 }): void {
    this.server.hangUp();
    this.#resolveDied(end);
  }

  async bind(content: SandboxContent): Promise<void> {
    this.calls.push(`bind ${content.limits.memoryMiB}`);
    await this.onBind(content);
  }
  async admit(innerPid: number): Promise<void> {
    this.calls.push(`admit ${innerPid}`);
    await this.onAdmit();
  }
  async freeze(): Promise<void> {
    this.calls.push('freeze');
    await this.onFreeze();
  }
  async thaw(): Promise<void> {
    this.calls.push('thaw');
    await this.onThaw();
  }
  async stats(): Promise<SandboxStats> {
    this.calls.push('stats');
    await this.onStats();
    return this.figures;
  }
  async reset(): Promise<void> {
    this.calls.push('reset');
    await this.onReset();
  }
  async kill(): Promise<void> {
    this.calls.push('kill');
    this.#resolveDied({ cause: 'killed' });
  }
  async destroy(): Promise<void> {
    this.calls.push('destroy');
    await this.onDestroy();
    this.#resolveDied({ cause: 'killed' });
  }
  diagnostics(): string {
    return 'what it printed';
  }
}

export type Bench = {
  clock: FakeClock;
  logs: LogWriter;
  records: LogRecord[];
  problems: unknown[];
  /** The log as one text. */
  text(): string;
  /** Its server has said hello. */
  open(sandbox: FakeSandbox): Promise<WorkerEnvironment>;
  /** The server is still to say something. */
  start(sandbox: FakeSandbox): WorkerEnvironment;
};

/** What environments are made of, with nothing real in it. */
export function workerBench(): Bench {
  const clock = fakeClock();
  const records: LogRecord[] = [];
  const problems: unknown[] = [];
  const onProblem = (error: unknown): void => void problems.push(error);
  const logs = new LogWriter({ clock, sink: { write: (record) => void records.push(record) }, gatherMs: 0, onProblem });
  const start = (sandbox: FakeSandbox): WorkerEnvironment => WorkerEnvironment.start({ sandbox, clock, logs, onProblem });
  return {
    clock,
    logs,
    records,
    problems,
    text: () => Buffer.concat(records.map(({ bytes }) => bytes)).toString(),
    start,
    async open(sandbox) {
      sandbox.server.say('hello', { protocol: 1 });
      const environment = start(sandbox);
      await environment.ready;
      return environment;
    },
  };
}

export function functionVersion(changes: Partial<FunctionVersion> = {}): FunctionVersion {
  return {
    functionName: 'fn',
    functionArnUnqualified: 'arn:aws:lambda:us-east-1:000000000000:function:fn',
    version: '$LATEST',
    generation: 'g1',
    handler: 'index.handler',
    timeoutMs: 3_000,
    memoryMiB: 128,
    tmpMiB: 512,
    variables: {},
    codePath: '/code',
    region: 'us-east-1',
    root: {
      reference: 'nodejs24.x@debian',
      identifier: 'nodejs24.x',
      family: 'nodejs',
      rootPath: '/root-of-image',
      clientPath: '/clients/nodejs',
      rootDigest: 'sha256:root',
      architecture: 'x86_64',
      environment: {},
      versionName: 'nodejs:24.v1',
      runtimeVersionArn: 'arn:aws:lambda:us-east-1::runtime:abc',
    },
    ...changes,
  };
}

export function invocationRequest(requestId: string, changes: { payload?: string; wantsLogTail?: boolean } = {}) {
  return {
    invocation: { requestId, functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:fn', payload: Buffer.from(changes.payload ?? '{}') },
    wantsLogTail: changes.wantsLogTail ?? false,
  };
}

/** Long enough for what was written to a stream to be read and acted upon. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 8; turn += 1) await nextTurn();
}

/** The value of a promise that has settled by now, or 'pending'. */
export async function stateOf<T>(promise: Promise<T>): Promise<T | 'pending' | { rejected: unknown }> {
  let state: T | 'pending' | { rejected: unknown } = 'pending';
  promise.then(
    (value) => (state = value),
    (error: unknown) => (state = { rejected: error }),
  );
  await settled();
  return state;
}
