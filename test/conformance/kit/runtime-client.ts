/** The Runtime API and the Extensions API as a process of the target calls them. Paths and headers are written out: the kit shares nothing with any server. */
import { HttpClient } from '../http/client.ts';
import type { Exchange, Reply } from '../http/client.ts';
import type { HeaderFields, HttpRequest } from '../http/request.ts';
import { readJson, textAt } from '../json.ts';
import { ANSWER_LIMIT_MS, NothingHappened } from './nothing-happened.ts';
import type { Probe } from './probe.ts';
import type { Recorder } from './recorder.ts';

export type RuntimeEvent = { status: number; requestId: string; body: Buffer; header: (name: string) => string | undefined; reply: Reply };

export type PostOptions = { headers?: HeaderFields; chunks?: HttpRequest['chunks']; trailers?: HeaderFields };

const NEXT: HttpRequest = { method: 'GET', path: '/2018-06-01/runtime/invocation/next' };

export class RuntimeClient {
  readonly probe: Probe;
  readonly #recorder: () => Recorder;
  readonly #clients: HttpClient[] = [];
  #pendingNext: Exchange | undefined;

  constructor(probe: Probe, recorder: () => Recorder) {
    this.probe = probe;
    this.#recorder = recorder;
  }

  get pid(): number {
    return this.probe.hello.pid;
  }

  get environment(): Readonly<Record<string, string>> {
    return this.probe.hello.environment;
  }

  get hasPendingNext(): boolean {
    return this.#pendingNext !== undefined;
  }

  /** A connection to the Runtime API that belongs to the case alone. */
  async connect(): Promise<HttpClient> {
    const host = this.environment['AWS_LAMBDA_RUNTIME_API'] ?? '';
    const colon = host.lastIndexOf(':');
    const wire = await this.probe.open({ host: host.slice(0, colon), port: Number(host.slice(colon + 1)) });
    return new HttpClient({ wire, host, who: this.probe.hello.place, recorder: this.#recorder() });
  }

  /** On a connection that is free, as a client with keep-alive would. */
  async start(request: HttpRequest): Promise<Exchange> {
    const free = this.#clients.find((client) => client.isFree);
    if (free !== undefined) return free.start(request);
    const client = await this.connect();
    this.#clients.push(client);
    return client.start(request);
  }

  async request(request: HttpRequest, limitMs?: number): Promise<Reply> {
    return (await this.start(request)).reply(limitMs);
  }

  /** Calls next unless a call is under way already. */
  async startNext(): Promise<Exchange> {
    this.#pendingNext ??= await this.start(NEXT);
    return this.#pendingNext;
  }

  async next(limitMs = ANSWER_LIMIT_MS): Promise<RuntimeEvent> {
    const reply = await (await this.startNext()).reply(limitMs);
    this.#pendingNext = undefined;
    return eventOf(reply);
  }

  /** The pending call is the case's own business from here on. */
  forgetNext(): void {
    this.#pendingNext = undefined;
  }

  async respond(requestId: string, body: string | Buffer = '{}', options: PostOptions = {}): Promise<Reply> {
    return this.request(responseRequest(requestId, body, options), 10_000);
  }

  async error(requestId: string, body: string | Buffer = '{"errorMessage":"m","errorType":"T"}', options: PostOptions = {}): Promise<Reply> {
    return this.request({ ...responseRequest(requestId, body, options), path: `/2018-06-01/runtime/invocation/${requestId}/error` });
  }

  async initError(body = '{"errorMessage":"m","errorType":"T"}', headers: HeaderFields = {}): Promise<Reply> {
    return this.request({ method: 'POST', path: '/2018-06-01/runtime/init/error', headers, body });
  }

  async register(name: string | undefined, body = '{"events":[]}', headers: HeaderFields = {}): Promise<Reply> {
    const named = name === undefined ? headers : { 'Lambda-Extension-Name': name, ...headers };
    return this.request({ method: 'POST', path: '/2020-01-01/extension/register', headers: named, body });
  }

  async print(text: string, options: { stream?: 'stdout' | 'stderr'; times?: number } = {}): Promise<void> {
    await this.probe.command('print', { text, ...options });
  }

  async exit(code: number): Promise<number> {
    void this.probe.command('exit', { code }).catch(() => {});
    return this.probe.waitForEnd();
  }
}

export function responseRequest(requestId: string, body: string | Buffer, options: PostOptions = {}): HttpRequest {
  const { headers, chunks, trailers } = options;
  return {
    method: 'POST',
    path: `/2018-06-01/runtime/invocation/${requestId}/response`,
    headers: headers ?? { 'Content-Type': 'application/json' },
    ...(chunks === undefined ? { body } : { chunks }),
    ...(trailers === undefined ? {} : { trailers }),
  };
}

function eventOf(reply: Reply): RuntimeEvent {
  if (reply.status === 0) throw new NothingHappened('an answer to next; the connection was closed');
  const header = (name: string): string | undefined => reply.headers.get(name.toLowerCase());
  return { status: reply.status, requestId: header('Lambda-Runtime-Aws-Request-Id') ?? '', body: reply.body, header, reply };
}

export type ExtensionEvent = { status: number; type: string; json: unknown; reply: Reply };

/** A registered extension, external or internal. */
export class ExtensionClient {
  readonly runtime: RuntimeClient;
  readonly identifier: string;
  #pendingNext: Exchange | undefined;

  constructor(process: RuntimeClient, identifier: string) {
    this.runtime = process;
    this.identifier = identifier;
  }

  get probe(): Probe {
    return this.runtime.probe;
  }

  async startNext(): Promise<Exchange> {
    this.#pendingNext ??= await this.runtime.start({
      method: 'GET',
      path: '/2020-01-01/extension/event/next',
      headers: { 'Lambda-Extension-Identifier': this.identifier },
    });
    return this.#pendingNext;
  }

  async next(limitMs = ANSWER_LIMIT_MS): Promise<ExtensionEvent> {
    const reply = await (await this.startNext()).reply(limitMs);
    this.#pendingNext = undefined;
    const json = readJson(reply.text);
    return { status: reply.status, type: textAt(json, 'eventType') ?? '', json, reply };
  }

  /** `init/error` or `exit/error`; without a type the header is left out. */
  async report(what: 'init' | 'exit', errorType?: string): Promise<Reply> {
    return this.runtime.request({
      method: 'POST',
      path: `/2020-01-01/extension/${what}/error`,
      headers: { 'Lambda-Extension-Identifier': this.identifier, ...(errorType === undefined ? {} : { 'Lambda-Extension-Function-Error-Type': errorType }) },
      body: '{"errorMessage":"m","errorType":"T"}',
    });
  }
}
