/** What a case about a runtime acts through: the process under test, and the server that it talks to. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { within } from '../../http/client.ts';
import type { Message } from '../../http/message-reader.ts';
import type { HeaderFields } from '../../http/request.ts';
import { readJson } from '../../json.ts';
import { nowMs, sleep } from '../../kit/now.ts';
import { NothingHappened } from '../../kit/nothing-happened.ts';
import type { RecordedExchange } from '../../kit/recorder.ts';
import { TargetUnusable } from '../../kit/target.ts';
import { ReferenceServer } from './reference-server.ts';
import { recordCall } from './record-call.ts';
import { FRAMED_LOG_DESCRIPTOR, RuntimeProcess } from './runtime-process.ts';
import type { Exit } from './runtime-process.ts';
import type { RuntimeTarget } from './runtime-target.ts';
import type { ServedCall, ServerReply } from './served-call.ts';
import { FUNCTION_ARN, startEnvironment } from './setup.ts';
import type { RuntimeSetup } from './setup.ts';

export const PATHS = {
  next: '/2018-06-01/runtime/invocation/next',
  initError: '/2018-06-01/runtime/init/error',
  restoreNext: '/2018-06-01/runtime/restore/next',
  restoreError: '/2018-06-01/runtime/restore/error',
  register: '/2020-01-01/extension/register',
  extensionNext: '/2020-01-01/extension/event/next',
} as const;

/** Virtual machines start slowly, the more so when several do on a busy machine. */
const LIMIT_MS = 20_000;
/** Of the invocation: what a deadline header says when the case does not care. */
const DEADLINE_AFTER_MS = 30_000;
const ACCEPTED: ServerReply = { status: 202, headers: { 'Content-Type': 'application/json' }, body: '{"status":"OK"}\n' };

export type EventOptions = {
  requestId?: string;
  body?: string | Buffer;
  /** Merged over the usual ones; undefined leaves one out. */
  headers?: Readonly<Record<string, string | undefined>>;
  /** How the reply goes over the wire. */
  shape?: Pick<ServerReply, 'isBytewise' | 'trailers' | 'closes'> & { isChunked?: boolean };
};

/** What became of an invocation. */
export type Outcome = { kind: 'response' | 'error' | 'exit'; text: string; json: unknown; message: Message | undefined; call: ServedCall | undefined; exit: Exit | undefined };

export class RuntimeTrial {
  readonly target: RuntimeTarget;
  readonly setup: RuntimeSetup;
  /** How long a call that must wait is left waiting. */
  readonly patienceMs: number;
  readonly calls: ServedCall[] = [];
  /** What a POST of the runtime is answered; the usual 202 where it returns undefined. */
  answerPost: (call: ServedCall) => ServerReply | undefined | Promise<ServerReply | undefined> = () => undefined;
  readonly #startedAtMs = nowMs();
  readonly #listen: { host: string; port: number };
  readonly #attached: boolean;
  readonly #preparedFolder: string | undefined;
  #server: ReferenceServer | undefined;
  #process: RuntimeProcess | undefined;
  #folder: string | undefined;
  #changed = Promise.withResolvers<void>();

  constructor(options: { target: RuntimeTarget; setup: RuntimeSetup; preparedFolder?: string | undefined; patienceMs: number; attach?: { host: string; port: number } | undefined }) {
    this.target = options.target;
    this.setup = options.setup;
    this.patienceMs = options.patienceMs;
    this.#preparedFolder = options.preparedFolder;
    this.#attached = options.attach !== undefined;
    this.#listen = options.attach ?? { host: '127.0.0.1', port: 0 };
  }

  get process(): RuntimeProcess {
    if (this.#process === undefined) throw new Error('the case has not started its runtime');
    return this.#process;
  }

  /** False when somebody else has started it. */
  get isSpawned(): boolean {
    return this.#process !== undefined;
  }

  get output(): string {
    return this.#process?.output ?? '';
  }

  get hasFlooded(): boolean {
    return this.#process?.hasFlooded === true;
  }

  get records(): RecordedExchange[] {
    return this.calls.map((call) => recordCall(call, this.#startedAtMs));
  }

  /** The folder with the case's own function. */
  get taskRoot(): string {
    return this.#preparedFolder ?? this.#folder ?? this.target.taskRoot;
  }

  get runtimeApi(): string {
    return `${this.setup.host ?? '127.0.0.1'}:${this.#server?.port ?? 0}`;
  }

  async start(): Promise<void> {
    this.#server = await ReferenceServer.open(this.#listen, (call) => this.#receive(call));
    if (this.#attached) return;
    if (this.setup.files !== undefined && this.#preparedFolder === undefined) this.#folder = writeFiles(this.setup.files);
    const named = this.setup.handler ?? this.target.functions.get(this.setup.function ?? 'echo') ?? '';
    const handler = named.replaceAll('{task-root}', this.taskRoot);
    const framed = this.setup.framedLog === true;
    const places = { taskRoot: this.taskRoot, handler };
    const environment = {
      ...startEnvironment({ runtimeApi: this.runtimeApi, runtimeDir: this.target.runtimeDir, ...places }),
      ...fillAll(this.target.environment, places),
      ...(framed ? { _LAMBDA_TELEMETRY_LOG_FD: String(FRAMED_LOG_DESCRIPTOR) } : {}),
      ...fillAll(this.setup.variables ?? {}, places),
    };
    for (const name of this.setup.unset ?? []) Reflect.deleteProperty(environment, name);
    this.#process = new RuntimeProcess({
      command: this.target.command.map((word) => fill(word, places)),
      workingDirectory: this.taskRoot,
      environment,
      framedLog: framed,
    });
    void this.#process.exited.then(() => this.#wake());
  }

  async close(): Promise<void> {
    await this.#process?.close();
    this.#server?.close();
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
  }

  /** The first call, now or later, that nobody has taken and that satisfies the condition. */
  async call(condition: (call: ServedCall) => boolean, what: string, limitMs = LIMIT_MS): Promise<ServedCall> {
    return this.#await(() => taken(this.calls.find((call) => !call.isTaken && condition(call))), what, limitMs);
  }

  /** The runtime's next, which then waits for an answer. */
  poll(limitMs?: number): Promise<ServedCall> {
    return this.call((call) => isNext(call), 'GET invocation/next', limitMs);
  }

  /** The process has ended, or it asks for an event; what a case about failures waits for. */
  async pollOrExit(limitMs = LIMIT_MS): Promise<'next' | Exit> {
    const found = await this.#await(() => this.calls.find((call) => !call.isTaken && isNext(call)) ?? this.#exitNow(), 'the next call or the end of the process', limitMs);
    return 'code' in found ? found : 'next';
  }

  count(condition: (call: ServedCall) => boolean): number {
    return this.calls.filter(condition).length;
  }

  /** Answers a next with an event and returns the id. */
  async deliver(poll: ServedCall, options: EventOptions = {}): Promise<string> {
    const requestId = options.requestId ?? randomUUID();
    const fields: Record<string, string | undefined> = {
      'Content-Type': 'application/json',
      'Lambda-Runtime-Aws-Request-Id': requestId,
      'Lambda-Runtime-Deadline-Ms': String(Math.round(nowMs() + DEADLINE_AFTER_MS)),
      'Lambda-Runtime-Invoked-Function-Arn': FUNCTION_ARN,
      'Lambda-Runtime-Trace-Id': 'Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0',
      ...options.headers,
    };
    const headers = present(fields);
    const body = options.body ?? '{}';
    const { isChunked, ...shape } = options.shape ?? {};
    await poll.reply({ status: 200, headers, ...(isChunked === true ? { chunks: [...Buffer.from(body)].map((byte) => Buffer.of(byte)) } : { body }), ...shape });
    return requestId;
  }

  /** One invocation from next to its outcome. */
  async invoke(options: EventOptions = {}): Promise<Outcome> {
    const id = await this.deliver(await this.poll(), options);
    return this.outcome(id);
  }

  /** What the runtime posts for an id, or that it ended instead. */
  async outcome(id: string, limitMs = LIMIT_MS): Promise<Outcome> {
    const path = `/2018-06-01/runtime/invocation/${encodeURIComponent(id)}/`;
    const found = await this.#await(() => this.calls.find((call) => !call.isTaken && call.method === 'POST' && call.path.startsWith(path)) ?? this.#exitNow(), `the response or the error of ${id}`, limitMs);
    if ('code' in found) return { kind: 'exit', text: '', json: undefined, message: undefined, call: undefined, exit: found };
    found.isTaken = true;
    const message = await found.whole();
    const text = message.body.toString('utf8');
    const kind = found.path.endsWith('/error') ? 'error' : 'response';
    return { kind, text, json: readJson(text), message, call: found, exit: undefined };
  }

  /** POST init/error, with its body. */
  async initError(limitMs = LIMIT_MS): Promise<{ call: ServedCall; message: Message; json: unknown }> {
    const found = await this.#await(() => this.calls.find((call) => !call.isTaken && call.path === PATHS.initError) ?? this.#exitNow(), 'POST init/error', limitMs);
    if ('code' in found) throw new NothingHappened(`POST init/error; the process ended with ${found.signal ?? `status ${found.code}`}`);
    found.isTaken = true;
    const message = await found.whole();
    return { call: found, message, json: readJson(message.body) };
  }

  exit(limitMs = LIMIT_MS): Promise<Exit> {
    return this.process.exit(limitMs);
  }

  /** Nothing can be waited for but time: whether something does not happen. */
  pause(durationMs: number): Promise<void> {
    return sleep(durationMs);
  }

  #exitNow(): Exit | undefined {
    return this.#process?.ended;
  }

  async #await<Found>(find: () => Found | undefined, what: string, limitMs: number): Promise<Found> {
    const deadlineMs = nowMs() + limitMs;
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      await within(this.#changed.promise, deadlineMs - nowMs(), what);
    }
  }

  #receive(call: ServedCall): void {
    this.calls.push(call);
    if (call.method === 'POST') void this.#answer(call);
    this.#wake();
  }

  async #answer(call: ServedCall): Promise<void> {
    const message = await call.whole().catch(() => undefined);
    if (message?.isComplete !== true || call.isAnswered) return;
    if (call.path === PATHS.register) return call.reply({ status: 200, headers: { 'Lambda-Extension-Identifier': randomUUID(), 'Content-Type': 'application/json' }, body: '{"functionName":"conformance","functionVersion":"$LATEST","handler":"echo"}' });
    const reply = (await this.answerPost(call)) ?? ACCEPTED;
    if (!call.isAnswered) await call.reply(reply);
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}

/** At once, so that two who wait do not get the same. */
function taken(call: ServedCall | undefined): ServedCall | undefined {
  if (call !== undefined) call.isTaken = true;
  return call;
}

/** The most requests that waited for their answers at one time. */
export function mostInFlight(calls: readonly ServedCall[]): number {
  return Math.max(0, ...calls.map((call) => calls.filter((other) => other.atMs <= call.atMs && (other.answeredAtMs ?? Infinity) > call.atMs).length));
}

/** How many of the runtime's nexts came after this call and before its answer. */
export function nextsBeforeAnswer(calls: readonly ServedCall[], call: ServedCall | undefined): number | undefined {
  const answeredAtMs = call?.answeredAtMs;
  if (call === undefined || answeredAtMs === undefined) return undefined;
  return calls.slice(calls.indexOf(call) + 1).filter((other) => isNext(other) && other.atMs < answeredAtMs).length;
}

export function isNext(call: ServedCall): boolean {
  return call.method === 'GET' && call.path.endsWith(PATHS.next);
}

export function isResponse(call: ServedCall): boolean {
  return call.method === 'POST' && call.path.endsWith('/response');
}

export function isError(call: ServedCall): boolean {
  return call.method === 'POST' && /\/invocation\/[^/]+\/error$/.test(call.path);
}

function present(fields: Readonly<Record<string, string | undefined>>): HeaderFields {
  return Object.fromEntries(Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

function fill(word: string, places: { taskRoot: string; handler: string }): string {
  return word.replaceAll('{task-root}', places.taskRoot).replaceAll('{handler}', places.handler);
}

function fillAll(variables: Readonly<Record<string, string>>, places: { taskRoot: string; handler: string }): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, fill(value, places)]));
}

/** A folder of its own with the files of a case. */
export function writeFiles(files: Readonly<Record<string, string | Buffer>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-task-'));
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    if (!path.startsWith(folder)) throw new TargetUnusable(`a case's file ${name} is not below its folder`, 'mend the case');
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
  return folder;
}
