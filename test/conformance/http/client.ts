/** A client connection that a case drives step by step. What it sends and gets is recorded for the report. */
import { nowMs } from '../kit/now.ts';
import { ANSWER_LIMIT_MS, NothingHappened } from '../kit/nothing-happened.ts';
import type { Recorder } from '../kit/recorder.ts';
import { MessageReader } from './message-reader.ts';
import type { Message } from './message-reader.ts';
import { writeRequest } from './request.ts';
import type { HttpRequest } from './request.ts';
import type { Wire } from './wire.ts';

export type Reply = Message & { status: number; text: string };

/** One request under way. */
export class Exchange {
  readonly startedAtMs = nowMs();
  readonly label: string;
  readonly reader: MessageReader;
  readonly #settled = Promise.withResolvers<Reply>();
  #isSettled = false;
  #changed = Promise.withResolvers<void>();

  constructor(label: string, reader: MessageReader) {
    this.label = label;
    this.reader = reader;
  }

  get isPending(): boolean {
    return !this.#isSettled;
  }

  /** The reply; `NothingHappened` when it does not come in time. */
  async reply(limitMs = ANSWER_LIMIT_MS): Promise<Reply> {
    return within(this.#settled.promise, limitMs, `a reply to ${this.label}`);
  }

  /** Resolves with the body so far once it satisfies the condition. */
  async bodyUntil(condition: (body: Buffer) => boolean, limitMs = ANSWER_LIMIT_MS): Promise<{ body: Buffer; atMs: number }> {
    const deadlineMs = nowMs() + limitMs;
    for (;;) {
      const body = this.reader.bodySoFar;
      if (condition(body)) return { body, atMs: this.reader.pieces.at(-1)?.atMs ?? nowMs() };
      if (this.#isSettled) throw new NothingHappened(`the awaited part of the body of ${this.label}; it ended before`);
      await within(this.#changed.promise, deadlineMs - nowMs(), `the awaited part of the body of ${this.label}`);
    }
  }

  /** True when no reply has come after so long. */
  async isPendingAfter(durationMs: number): Promise<boolean> {
    try {
      await this.reply(durationMs);
      return false;
    } catch (error) {
      if (error instanceof NothingHappened) return true;
      throw error;
    }
  }

  progressed(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  settle(message: Message): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    const status = Number(message.startLine.split(' ')[1] ?? Number.NaN);
    let text: string | undefined;
    this.#settled.resolve({
      ...message,
      status: Number.isNaN(status) ? 0 : status,
      get text() {
        return (text ??= message.body.toString('utf8'));
      },
    });
    this.progressed();
  }
}

export async function within<Value>(promise: Promise<Value>, limitMs: number, what: string): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NothingHappened(`${what} within ${Math.round(limitMs)} ms`)), Math.max(limitMs, 0));
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}

export class HttpClient {
  readonly #wire: Wire;
  readonly #host: string;
  readonly #who: string;
  readonly #recorder: Recorder;
  readonly #waiting: Exchange[] = [];
  #isOpen = true;

  constructor(options: { wire: Wire; host: string; who: string; recorder: Recorder }) {
    this.#wire = options.wire;
    this.#host = options.host;
    this.#who = options.who;
    this.#recorder = options.recorder;
    this.#wire.listen({
      data: (bytes, atMs) => this.#read(bytes, atMs),
      ended: (atMs) => this.#ended(atMs),
    });
  }

  get host(): string {
    return this.#host;
  }

  /** Open and nothing under way: the next request may use it. */
  get isFree(): boolean {
    return this.#isOpen && this.#waiting.length === 0;
  }

  start(request: HttpRequest): Exchange {
    const exchange = this.expectReply(request);
    this.#wire.write(writeRequest(request, this.#host));
    return exchange;
  }

  async request(request: HttpRequest, limitMs?: number): Promise<Reply> {
    return this.start(request).reply(limitMs);
  }

  /** For requests that a case writes itself with `write`. */
  expectReply(request: HttpRequest): Exchange {
    const label = `${request.method} ${request.path}`;
    const exchange = new Exchange(label, new MessageReader({ kind: 'reply', hasNoBody: request.method === 'HEAD' }));
    this.#recorder.sent(this.#who, exchange, request);
    this.#waiting.push(exchange);
    if (!this.#isOpen) this.#ended(nowMs());
    return exchange;
  }

  write(bytes: Buffer): void {
    this.#wire.write(bytes);
  }

  end(): void {
    this.#wire.end();
  }

  destroy(): void {
    this.#isOpen = false;
    this.#wire.destroy();
  }

  #read(bytes: Buffer, atMs: number): void {
    let rest = bytes;
    while (rest.length > 0) {
      const exchange = this.#waiting[0];
      if (exchange === undefined) return;
      exchange.reader.push(rest, atMs);
      const { message } = exchange.reader;
      if (message === undefined) {
        exchange.progressed();
        return;
      }
      this.#waiting.shift();
      rest = exchange.reader.takeRest();
      exchange.settle(message);
      this.#recorder.received(exchange, message);
    }
  }

  #ended(atMs: number): void {
    this.#isOpen = false;
    for (const exchange of this.#waiting.splice(0)) {
      exchange.reader.end(atMs);
      const { message } = exchange.reader;
      if (message === undefined) continue;
      exchange.settle(message);
      this.#recorder.received(exchange, message);
    }
  }
}
