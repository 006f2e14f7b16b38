/** One request of the runtime, and the means to answer it. */
import type { Socket } from 'node:net';
import { within } from '../../http/client.ts';
import { writeHead } from '../../http/head.ts';
import type { BodyPiece, Message, MessageReader } from '../../http/message-reader.ts';
import { writeChunk, writeLastChunk } from '../../http/request.ts';
import type { HeaderFields } from '../../http/request.ts';
import { nowMs, sleep } from '../../kit/now.ts';
import { NothingHappened } from '../../kit/nothing-happened.ts';

export type ServerReply = {
  status: number;
  headers?: HeaderFields;
  body?: string | Buffer;
  /** Sent chunked, one chunk each, instead of `body`. */
  chunks?: readonly (string | Buffer)[];
  trailers?: HeaderFields;
  /** Every byte is a segment of its own. */
  isBytewise?: boolean;
  /** The connection is closed after the reply, without saying so in it. */
  closes?: boolean;
};

const REASONS: Readonly<Record<number, string>> = { 200: 'OK', 202: 'Accepted', 400: 'Bad Request', 403: 'Forbidden', 413: 'Payload Too Large', 500: 'Internal Server Error' };
/** How long the rest of a request may take once its head has come. */
const REST_LIMIT_MS = 15_000;

export class ServedCall {
  readonly atMs = nowMs();
  readonly connection: number;
  readonly method: string;
  readonly path: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly #socket: Socket;
  readonly #reader: MessageReader;
  readonly #whole = Promise.withResolvers<Message>();
  readonly #answered = Promise.withResolvers<void>();
  readonly #before: Promise<void>;
  #changed = Promise.withResolvers<void>();
  #isReplied = false;
  #isWhole = false;
  /** Who has waited for it, so that nobody else does. */
  isTaken = false;
  answeredAtMs: number | undefined;
  answer: ServerReply | undefined;

  constructor(options: { socket: Socket; connection: number; reader: MessageReader; before: ServedCall | undefined }) {
    this.#socket = options.socket;
    this.#reader = options.reader;
    this.connection = options.connection;
    this.headers = options.reader.headers;
    // Pipelined requests are answered in their order.
    this.#before = options.before?.answered ?? Promise.resolve();
    const [method = '', path = ''] = options.reader.startLine.split(' ');
    this.method = method;
    this.path = path;
    if (/^100-continue$/i.test(this.headers.get('expect') ?? '')) this.#socket.write('HTTP/1.1 100 Continue\r\n\r\n');
  }

  /** Resolves when its reply has been written. */
  get answered(): Promise<void> {
    return this.#answered.promise;
  }

  get isAnswered(): boolean {
    return this.#isReplied;
  }

  get isWhole(): boolean {
    return this.#isWhole;
  }

  get label(): string {
    return `${this.method} ${this.path}`;
  }

  get pieces(): readonly BodyPiece[] {
    return this.#reader.pieces;
  }

  get body(): Buffer {
    return this.#reader.bodySoFar;
  }

  whole(): Promise<Message> {
    return within(this.#whole.promise, REST_LIMIT_MS, `the rest of ${this.label}`);
  }

  /** Resolves once so much of the body has come. */
  async bodyUntil(condition: (body: Buffer) => boolean, limitMs = REST_LIMIT_MS): Promise<number> {
    const deadlineMs = nowMs() + limitMs;
    for (;;) {
      if (condition(this.body)) return this.pieces.at(-1)?.atMs ?? nowMs();
      if (this.#isWhole) throw new NothingHappened(`the awaited part of the body of ${this.label}; it ended before`);
      await within(this.#changed.promise, deadlineMs - nowMs(), `the awaited part of the body of ${this.label}`);
    }
  }

  progressed(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  completed(message: Message): void {
    this.#isWhole = true;
    this.#whole.resolve(message);
    this.progressed();
  }

  async reply(reply: ServerReply): Promise<void> {
    if (this.#isReplied) throw new Error(`${this.label} is answered already`);
    this.#isReplied = true;
    this.answer = reply;
    await this.#before;
    this.answeredAtMs = nowMs();
    const bytes = writeReply(reply);
    if (reply.isBytewise === true) await this.#writeBytewise(bytes);
    else if (!this.#socket.destroyed) this.#socket.write(bytes);
    if (reply.closes === true) this.#socket.end();
    this.#answered.resolve();
  }

  /** Breaks the connection instead of an answer. */
  drop(): void {
    this.#isReplied = true;
    this.#socket.destroy();
    this.#answered.resolve();
  }

  async #writeBytewise(bytes: Buffer): Promise<void> {
    for (const byte of bytes) {
      if (this.#socket.destroyed) return;
      this.#socket.write(Buffer.of(byte));
      // A turn between two writes makes them two segments.
      await sleep(0);
    }
  }
}

function writeReply(reply: ServerReply): Buffer {
  const given = Object.entries(reply.headers ?? {});
  const start = `HTTP/1.1 ${reply.status} ${REASONS[reply.status] ?? 'Status'}`;
  if (reply.chunks === undefined) {
    const body = Buffer.from(reply.body ?? '');
    return Buffer.concat([writeHead(start, [...given, ['Content-Length', String(body.length)]]), body]);
  }
  const trailer: [string, string][] = reply.trailers === undefined ? [] : [['Trailer', Object.keys(reply.trailers).join(', ')]];
  return Buffer.concat([writeHead(start, [...given, ...trailer, ['Transfer-Encoding', 'chunked']]), ...reply.chunks.map(writeChunk), writeLastChunk(reply.trailers)]);
}
