/** What a case acts through: one instance of the target, its invoker's side and the processes that it started. */
import type { Profile } from '../case.ts';
import { HttpClient, within } from '../http/client.ts';
import type { Exchange, Reply } from '../http/client.ts';
import type { HeaderFields, HttpRequest } from '../http/request.ts';
import { openWire } from '../http/wire.ts';
import type { StartOverrides } from './command-line.ts';
import { TargetInstance } from './instance.ts';
import { NothingHappened } from './nothing-happened.ts';
import { nowMs } from './now.ts';
import type { Probe } from './probe.ts';
import type { ProbeLink } from './probe-link.ts';
import { Recorder } from './recorder.ts';
import { ExtensionClient, RuntimeClient } from './runtime-client.ts';
import type { RuntimeEvent } from './runtime-client.ts';
import type { Setup } from './setup.ts';
import type { Target } from './target.ts';

export type InvokeOptions = {
  payload?: string | Buffer;
  headers?: HeaderFields;
  functionName?: string;
  qualifier?: string;
  method?: string;
  /** InvokeWithResponseStream. */
  isStreaming?: boolean;
};

export type Invocation = { exchange: Exchange; client: HttpClient; startedAtMs: number };

export type Accepted = { invocation: Invocation; runtime: RuntimeClient; event: RuntimeEvent };

/** What a served runtime does with an event: the body to respond with, or nothing when it has dealt with it itself. */
export type Behaviour = (event: RuntimeEvent, runtime: RuntimeClient) => Promise<string | Buffer | undefined> | string | Buffer | undefined;

export class Trial {
  readonly target: Target;
  readonly setup: Setup;
  recorder = new Recorder(nowMs());
  readonly #link: ProbeLink;
  readonly #clients = new WeakMap<Probe, RuntimeClient>();
  #invokers: Invocation[] = [];
  readonly #instances: TargetInstance[] = [];
  #instance: TargetInstance | undefined;
  #stray: unknown;

  constructor(options: { target: Target; setup: Setup; link: ProbeLink }) {
    this.target = options.target;
    this.setup = options.setup;
    this.#link = options.link;
  }

  get profile(): Profile {
    return this.target.profile;
  }

  get instance(): TargetInstance {
    if (this.#instance === undefined) throw new Error('the case has not started its target');
    return this.#instance;
  }

  get isUnstarted(): boolean {
    return this.#instance === undefined;
  }

  /** A failure in something that a case started and does not wait for. */
  get strayFailure(): unknown {
    return this.#stray;
  }

  /** Starts the target and returns at once. The kit calls it, and cases about starting do. */
  async launch(overrides?: StartOverrides): Promise<TargetInstance> {
    const instance = await TargetInstance.launch({ target: this.target, setup: this.setup, link: this.#link, ...(overrides === undefined ? {} : { overrides }) });
    this.#instances.push(instance);
    this.#instance = instance;
    return instance;
  }

  /** A new case on an instance that another one has left in order. */
  beginCase(): void {
    this.recorder = new Recorder(nowMs());
    this.#invokers = [];
  }

  async close(): Promise<void> {
    for (const { client } of this.#invokers) client.destroy();
    await Promise.all(this.#instances.map((instance) => instance.close()));
  }

  /** A connection to the front door, or to another address of the target. */
  async connect(port = this.instance.ports.frontDoor): Promise<HttpClient> {
    const host = `${this.instance.host}:${port}`;
    return new HttpClient({ wire: await openWire({ host: this.instance.host, port }), host, who: 'invoker', recorder: this.recorder });
  }

  async callFrontDoor(request: HttpRequest, limitMs?: number): Promise<Reply> {
    const client = await this.connect();
    try {
      return await client.request(request, limitMs);
    } finally {
      client.destroy();
    }
  }

  invokeRequest(options: InvokeOptions = {}): HttpRequest {
    const name = options.functionName ?? this.target.functionName;
    const query = options.qualifier === undefined ? '' : `?Qualifier=${encodeURIComponent(options.qualifier)}`;
    const path = options.isStreaming === true ? `/2021-11-15/functions/${name}/response-streaming-invocations` : `/2015-03-31/functions/${name}/invocations`;
    return { method: options.method ?? 'POST', path: `${path}${query}`, headers: { 'Content-Type': 'application/json', ...options.headers }, body: options.payload ?? '{}' };
  }

  async invoke(options: InvokeOptions = {}): Promise<Invocation> {
    const client = await this.connect();
    const exchange = client.start(this.invokeRequest(options));
    const invocation = { exchange, client, startedAtMs: exchange.startedAtMs };
    this.#invokers.push(invocation);
    return invocation;
  }

  /** The runtime process that is alive, now or soon. */
  async runtime(limitMs?: number): Promise<RuntimeClient> {
    const probe = await this.instance.waitForProbe((candidate) => isRuntime(candidate) && candidate.isAlive, 'a runtime process', limitMs);
    return this.clientOf(probe);
  }

  /** The n-th runtime process that the target started, whether alive or not; the first is 0. */
  async runtimeNumber(index: number, limitMs?: number): Promise<RuntimeClient> {
    const probe = await this.instance.waitForProbe((candidate) => isRuntime(candidate) && this.runtimeProbes.indexOf(candidate) === index, `runtime process number ${index + 1}`, limitMs);
    return this.clientOf(probe);
  }

  get runtimeProbes(): readonly Probe[] {
    return this.instance.probes.filter(isRuntime);
  }

  /** The process of an extension; `index` counts its starts. */
  async extensionProcess(name: string, options: { index?: number; limitMs?: number } = {}): Promise<RuntimeClient> {
    const { index = 0, limitMs } = options;
    const ofName = (candidate: Probe): boolean => candidate.hello.place === `opt/extensions/${name}`;
    const probe = await this.instance.waitForProbe((candidate) => ofName(candidate) && this.instance.probes.filter(ofName).indexOf(candidate) === index, `a process of extension ${name}`, limitMs);
    return this.clientOf(probe);
  }

  clientOf(probe: Probe): RuntimeClient {
    const client = this.#clients.get(probe) ?? new RuntimeClient(probe, () => this.recorder);
    this.#clients.set(probe, client);
    return client;
  }

  /** Invokes, and has the runtime take the event. */
  async accept(options: InvokeOptions = {}): Promise<Accepted> {
    const invocation = await this.invoke(options);
    const runtime = await this.runtime();
    const event = await runtime.next();
    return { invocation, runtime, event };
  }

  /** The invoker's answer. Some targets give it only when the runtime asks for the next event, so it does. */
  async answerOf(invocation: Invocation, limitMs?: number): Promise<Reply> {
    const waiting = this.runtimeProbes.findLast((probe) => probe.isAlive);
    if (waiting !== undefined) await this.clientOf(waiting).startNext().catch(ignoreGone);
    return invocation.exchange.reply(limitMs);
  }

  /** One invocation from end to end; afterwards the runtime waits in next. */
  async exchange(options: InvokeOptions = {}, body: string | Buffer = '{}'): Promise<{ event: RuntimeEvent; runtime: RuntimeClient; posted: Reply; answer: Reply }> {
    const { invocation, runtime, event } = await this.accept(options);
    const posted = await runtime.respond(event.requestId, body);
    return { event, runtime, posted, answer: await this.answerOf(invocation) };
  }

  /** Has every runtime process, now and later, do the same. */
  everyRuntime(act: (runtime: RuntimeClient, index: number) => Promise<void>): void {
    this.instance.onProbe((probe) => {
      if (isRuntime(probe)) this.inBackground(probe, act(this.clientOf(probe), this.runtimeProbes.indexOf(probe)));
    });
  }

  /** Every runtime process takes one event after the other. */
  serve(behave: Behaviour = () => '{}'): void {
    this.everyRuntime((runtime) => this.serveOne(runtime, behave));
  }

  async serveOne(runtime: RuntimeClient, behave: Behaviour): Promise<void> {
    while (runtime.probe.isAlive) {
      const event = await runtime.next(60_000);
      if (event.status !== 200) throw new NothingHappened(`an event; next was answered with ${event.status}`);
      const body = await behave(event, runtime);
      if (body !== undefined && runtime.probe.isAlive) await runtime.respond(event.requestId, body);
    }
  }

  /** Has every process of an extension do the same. */
  everyExtension(name: string, act: (process: RuntimeClient, index: number) => Promise<void>): void {
    let count = 0;
    this.instance.onProbe((probe) => {
      if (probe.hello.place === `opt/extensions/${name}`) this.inBackground(probe, act(this.clientOf(probe), count++));
    });
  }

  /** Registers a process under the name of its file. */
  async registerExternal(name: string, events: readonly string[], process?: RuntimeClient): Promise<ExtensionClient> {
    const runtime = process ?? (await this.extensionProcess(name));
    const reply = await runtime.register(name, JSON.stringify({ events }));
    return registered(runtime, reply);
  }

  /** Registers under a name that is no file's. */
  async registerInternal(runtime: RuntimeClient, name: string, events: readonly string[]): Promise<ExtensionClient> {
    return registered(runtime, await runtime.register(name, JSON.stringify({ events })));
  }

  /** True when the instance is as the next case expects it: one living runtime that waits in next, and no invoker. */
  async isInOrder(): Promise<boolean> {
    const alive = this.runtimeProbes.filter((probe) => probe.isAlive);
    const [probe] = alive;
    if (this.instance.hasExited || this.#stray !== undefined || alive.length > 1) return false;
    if (this.#invokers.some(({ exchange }) => exchange.isPending)) return false;
    for (const { client } of this.#invokers) client.destroy();
    if (probe === undefined) return this.runtimeProbes.length === 0;
    const pending = await this.clientOf(probe).startNext();
    return pending.isPending;
  }

  /** A dead process answers nothing; any other failure is kept for the result. */
  inBackground(probe: Probe, action: Promise<unknown>): void {
    action.catch((error: unknown) => {
      if (probe.isAlive && !(error instanceof NothingHappened)) this.#stray ??= error;
    });
  }
}

export function isRuntime(probe: Probe): boolean {
  return !probe.hello.place.startsWith('opt/extensions/');
}

export async function settlesWithin(promise: Promise<unknown>, limitMs: number): Promise<boolean> {
  try {
    await within(promise, limitMs, 'it');
    return true;
  } catch (error) {
    if (error instanceof NothingHappened) return false;
    throw error;
  }
}

function registered(runtime: RuntimeClient, reply: Reply): ExtensionClient {
  const identifier = reply.headers.get('lambda-extension-identifier');
  if (reply.status !== 200 || identifier === undefined) throw new NothingHappened(`a registration; the answer was ${reply.status} ${reply.text}`);
  return new ExtensionClient(runtime, identifier);
}

function ignoreGone(error: unknown): void {
  if (!(error instanceof NothingHappened)) throw error;
}
