/**
 * One server-side connection: strict reading, one request at a time, answers in order. A pipelined request waits, unread,
 * until the one before it is answered, so a peer can never make this side hold more than one chunk beyond the running request.
 * No timer and no stream object per request: that is where plain `node:http` spends half of a small invocation.
 */
import type { Socket } from 'node:net';
import { CONTINUE, EMPTY_BODY, JOINED_BODY_BYTES_MAX, plainAnswer, renderHead, renderJoined } from './answer.ts';
import type { Answer } from './answer.ts';
import { ChunkedDecoder } from './chunked-decoder.ts';
import { parseHead } from './head.ts';
import type { HeadRefusal, RequestHead } from './head.ts';
import { HEADER_BYTES_MAX } from '../protocol/limits.ts';

/** What a handler wants of a request whose head it has seen. */
export type BodyPlan =
  /** Collect at most this many bytes; what is above is read, counted and thrown away. */
  | { kind: 'collect'; bytesMax: number }
  /** Read the body, throw it away and give this answer. */
  | { kind: 'answer'; answer: Answer }
  /** Not for this reader: hand the socket over with everything from this head on unread. */
  | { kind: 'handOver'; to: (socket: Socket) => void };

export type ReceivedBody = {
  bytes: Buffer;
  /** True when the body was larger than planned; `bytes` is then empty and `totalBytes` the true size. */
  isOverLimit: boolean;
  totalBytes: number;
  trailers: ReadonlyMap<string, string>;
};

export type RequestHandler = {
  head(request: HttpRequest): BodyPlan;
  /** The whole request is here; the handler answers now or later through `request.answer`. */
  received(request: HttpRequest, body: ReceivedBody): void;
  /** The peer broke off, or sent bad framing, in the middle of the body. The request can no longer be answered. */
  broken(request: HttpRequest): void;
  /** The peer closed its side while its request was waiting for an answer. Return false to drop the connection. */
  peerEnded(request: HttpRequest): boolean;
};

export type HttpRequest = {
  readonly head: RequestHead;
  readonly connection: HttpConnection;
  answer(reply: Answer): void;
};

/** A peer that must be told "too large" may finish sending first; beyond this it is cut off. */
const DISCARDED_BYTES_MAX = 268_435_456;
/** Heads that repeat to the letter (every `next`, every invocation of one client) are parsed once per connection. */
const REMEMBERED_HEADS_MAX = 16;
const REMEMBERED_HEAD_BYTES_MAX = 1_024;
const NO_TRAILERS: ReadonlyMap<string, string> = new Map();
const HEAD_END = Buffer.from('\r\n\r\n', 'latin1');

type State = 'head' | 'body' | 'answering' | 'closed';

export class HttpConnection {
  readonly socket: Socket;
  readonly #handler: RequestHandler;
  #state: State = 'head';
  #unread: Buffer = EMPTY_BODY;
  #headSearchFrom = 0;
  readonly #rememberedHeads = new Map<string, RequestHead>();
  #request: HttpRequest | undefined;
  #body: BodyCollector | undefined;
  #isReading = false;
  #peerHasEnded = false;
  #isHandedOver = false;
  readonly #onData = (chunk: Buffer): void => this.#accept(chunk);
  readonly #onEnd = (): void => this.#peerEnded();
  readonly #onClose = (): void => this.#closed();
  readonly #onError = (): void => {
    // 'close' follows; a reset by the peer is not an event of ours.
  };

  constructor(socket: Socket, handler: RequestHandler) {
    this.socket = socket;
    this.#handler = handler;
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('close', this.#onClose);
    socket.on('error', this.#onError);
  }

  destroy(): void {
    this.socket.destroy();
  }

  #accept(chunk: Buffer): void {
    if (this.#state === 'closed') return;
    this.#unread = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk]);
    if (this.#state === 'answering') this.socket.pause();
    else this.#read();
  }

  /** Reads as many requests as can be answered at once; an answer given inside a handler must not recurse into here. */
  #read(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    while ((this.#state === 'head' && this.#unread.length > 0 && this.#readHead()) || (this.#state === 'body' && this.#readBody())) {
      // Each step reports whether there may be more to do.
    }
    this.#isReading = false;
    if (this.#peerHasEnded && (this.#state === 'head' || this.#state === 'body')) this.#abandon();
  }

  #readHead(): boolean {
    // Source: RFC 9112 section 2.2: an empty line before a request line is to be ignored.
    if (this.#unread[0] === 0x0d && this.#unread[1] === 0x0a) {
      this.#unread = this.#unread.subarray(2);
      return true;
    }
    const end = this.#unread.indexOf(HEAD_END, this.#headSearchFrom);
    if (end === -1) {
      this.#headSearchFrom = Math.max(0, this.#unread.length - 3);
      if (this.#unread.length > HEADER_BYTES_MAX) this.#refuse({ refused: true, status: 431, reason: 'header fields too large' });
      return false;
    }
    this.#headSearchFrom = 0;
    const head = this.#parse(this.#unread.toString('latin1', 0, end));
    if ('refused' in head) {
      this.#refuse(head);
      return false;
    }
    return this.#begin(head, end + 4);
  }

  #parse(text: string): RequestHead | HeadRefusal {
    const remembered = this.#rememberedHeads.get(text);
    if (remembered !== undefined) return remembered;
    const head = parseHead(text);
    if (!('refused' in head) && text.length <= REMEMBERED_HEAD_BYTES_MAX) {
      if (this.#rememberedHeads.size >= REMEMBERED_HEADS_MAX) this.#rememberedHeads.clear();
      this.#rememberedHeads.set(text, head);
    }
    return head;
  }

  #begin(head: RequestHead, headBytes: number): boolean {
    const request: HttpRequest = { head, connection: this, answer: (reply) => this.#answer(request, reply) };
    const plan = this.#handler.head(request);
    if (plan.kind === 'handOver') {
      this.#handOver(plan.to);
      return false;
    }
    this.#unread = this.#unread.subarray(headBytes);
    this.#request = request;
    this.#body = new BodyCollector(head, plan);
    this.#state = 'body';
    if (head.expectsContinue && plan.kind === 'collect' && this.#unread.length === 0) this.socket.write(CONTINUE);
    return true;
  }

  #readBody(): boolean {
    const request = this.#request;
    const body = this.#body;
    if (request === undefined || body === undefined) return false;
    const progress = body.push(this.#unread);
    if (progress.kind === 'malformed') {
      this.#state = 'answering';
      this.#handler.broken(request);
      this.#refuse({ refused: true, status: 400, reason: progress.reason });
      return false;
    }
    this.#unread = this.#unread.subarray(progress.consumed);
    if (progress.kind === 'more') return false;
    this.#state = 'answering';
    this.#body = undefined;
    if (body.plan.kind === 'answer') request.answer(body.plan.answer);
    else this.#handler.received(request, body.result());
    return true;
  }

  #answer(request: HttpRequest, reply: Answer): void {
    if (this.#state !== 'answering' || this.#request !== request) return;
    this.#request = undefined;
    const keepAlive = request.head.keepAlive && !this.#peerHasEnded;
    this.#write(request.head.method === 'HEAD' ? { ...reply, body: EMPTY_BODY } : reply, keepAlive);
    if (!keepAlive) {
      this.#state = 'closed';
      this.socket.end();
      return;
    }
    this.#state = 'head';
    if (this.socket.isPaused()) this.socket.resume();
    if (this.#unread.length > 0) this.#read();
  }

  #write(reply: Answer, keepAlive: boolean): void {
    if (reply.body.length <= JOINED_BODY_BYTES_MAX) {
      this.socket.write(renderJoined(reply, keepAlive));
      return;
    }
    this.socket.cork();
    this.socket.write(renderHead(reply, keepAlive), 'latin1');
    this.socket.write(reply.body);
    this.socket.uncork();
  }

  /** After bad framing nothing on this connection can be trusted to start where it seems to. */
  #refuse(refusal: HeadRefusal): void {
    this.#state = 'closed';
    this.#request = undefined;
    this.#unread = EMPTY_BODY;
    this.socket.end(renderJoined(plainAnswer(refusal.status, `${refusal.reason}\n`), false));
  }

  #handOver(to: (socket: Socket) => void): void {
    this.#state = 'closed';
    this.#isHandedOver = true;
    this.socket.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose).off('error', this.#onError);
    const unread = this.#unread;
    this.#unread = EMPTY_BODY;
    this.socket.pause();
    this.socket.unshift(unread);
    to(this.socket);
  }

  #peerEnded(): void {
    this.#peerHasEnded = true;
    if (this.#state === 'answering' && this.#request !== undefined) {
      if (!this.#handler.peerEnded(this.#request)) this.socket.destroy();
      return;
    }
    if (this.#state !== 'closed') this.#abandon();
  }

  #abandon(): void {
    const request = this.#request;
    const wasInBody = this.#state === 'body';
    this.#state = 'closed';
    this.#request = undefined;
    if (wasInBody && request !== undefined) this.#handler.broken(request);
    this.socket.end();
  }

  #closed(): void {
    if (this.#isHandedOver || this.#state === 'closed') return;
    const request = this.#request;
    const wasInBody = this.#state === 'body';
    this.#state = 'closed';
    this.#request = undefined;
    if (request === undefined) return;
    if (wasInBody) this.#handler.broken(request);
    else this.#handler.peerEnded(request);
  }
}

type BodyProgress = { kind: 'more' | 'done'; consumed: number } | { kind: 'malformed'; reason: string };

/** Collects one body by its plan. A body that is all there is a slice, not a copy. */
class BodyCollector {
  readonly plan: Exclude<BodyPlan, { kind: 'handOver' }>;
  readonly #framing: RequestHead['body'];
  readonly #bytesMax: number;
  readonly #decoder: ChunkedDecoder | undefined;
  #slices: Buffer[] = [];
  #whole: Buffer | undefined;
  #totalBytes = 0;
  #trailers = NO_TRAILERS;

  constructor(head: RequestHead, plan: Exclude<BodyPlan, { kind: 'handOver' }>) {
    this.plan = plan;
    this.#framing = head.body;
    this.#bytesMax = plan.kind === 'collect' ? plan.bytesMax : -1;
    this.#decoder = head.body.kind === 'chunked' ? new ChunkedDecoder() : undefined;
  }

  push(unread: Buffer): BodyProgress {
    if (this.#framing.kind === 'none') return { kind: 'done', consumed: 0 };
    if (this.#framing.kind === 'length') return this.#pushLength(unread, this.#framing.bytes);
    return this.#pushChunked(unread);
  }

  #pushLength(unread: Buffer, lengthBytes: number): BodyProgress {
    const slice = unread.subarray(0, lengthBytes - this.#totalBytes);
    if (lengthBytes > DISCARDED_BYTES_MAX) return { kind: 'malformed', reason: 'body too large' };
    if (lengthBytes <= this.#bytesMax) {
      if (this.#totalBytes === 0 && slice.length === lengthBytes) this.#whole = slice;
      else if (slice.length > 0) {
        this.#whole ??= Buffer.allocUnsafe(lengthBytes);
        slice.copy(this.#whole, this.#totalBytes);
      }
    }
    this.#totalBytes += slice.length;
    return { kind: this.#totalBytes === lengthBytes ? 'done' : 'more', consumed: slice.length };
  }

  #pushChunked(unread: Buffer): BodyProgress {
    const progress = this.#decoder?.push(unread, (slice) => {
      this.#totalBytes += slice.length;
      if (this.#totalBytes <= this.#bytesMax) this.#slices.push(Buffer.from(slice));
      else this.#slices = [];
    });
    if (progress === undefined || progress.kind === 'malformed') return progress ?? { kind: 'malformed', reason: 'not chunked' };
    if (this.#totalBytes > DISCARDED_BYTES_MAX) return { kind: 'malformed', reason: 'body too large' };
    if (progress.kind === 'more') return { kind: 'more', consumed: unread.length };
    this.#trailers = progress.trailers;
    return { kind: 'done', consumed: progress.consumed };
  }

  result(): ReceivedBody {
    const isOverLimit = this.#totalBytes > this.#bytesMax;
    const bytes = isOverLimit ? EMPTY_BODY : (this.#whole ?? Buffer.concat(this.#slices));
    return { bytes, isOverLimit, totalBytes: this.#totalBytes, trailers: this.#trailers };
  }
}
