/**
 * One server-side connection: strict reading, one request at a time, answers in order. A pipelined request waits, unread,
 * until the one before it is answered, so a peer can never make this side hold more than one chunk beyond the running request.
 * No timer and no stream object per request: that is where plain `node:http` spends half of a small invocation.
 */
import type { Socket } from 'node:net';
import { LAST_CHUNK, writeChunk } from './answer-stream.ts';
import type { AnswerStream, StreamHead } from './answer-stream.ts';
import { CONTINUE, JOINED_BODY_BYTES_MAX, plainAnswer, renderHead, renderJoined, renderStreamHead } from './answer.ts';
import type { Answer, Persistence } from './answer.ts';
import { BodyCollector } from './body-collector.ts';
import type { CollectPlan, ReceivedBody } from './body-collector.ts';
import { BodyRelay } from './body-relay.ts';
import type { RelayPlan } from './body-relay.ts';
import { parseHead } from './head.ts';
import type { HeadRefusal, RequestHead } from './head.ts';
import { HEADER_BYTES_MAX } from '../protocol/limits.ts';
import { UnreadBytes } from './unread-bytes.ts';

/** What a handler wants of a request whose head it has seen. */
export type BodyPlan =
  | CollectPlan
  | RelayPlan
  /** Not for this reader: hand the socket over with everything from this head on unread. */
  | { kind: 'handOver'; to: (socket: Socket) => void };

/** `Context` is the handler's own: what it made of the head and wants to find again with the rest of the request. */
export type RequestHandler<Context = undefined> = {
  head(request: HttpRequest<Context>): BodyPlan;
  /** The whole request is here; the handler answers now or later through `request.answer`. */
  received(request: HttpRequest<Context>, body: ReceivedBody): void;
  /** The body broke off or its framing is bad: `request.answer` is of no use any more. The returned answer is sent if the peer can still hear it. */
  broken(request: HttpRequest<Context>): Answer | void;
  /** The peer closed its side while its request was waiting for an answer. Return false to drop the connection. */
  peerEnded(request: HttpRequest<Context>): boolean;
};

export type HttpRequest<Context = undefined> = {
  readonly head: RequestHead;
  readonly connection: HttpConnection<Context>;
  /** Written by the handler; undefined until then. */
  context: Context | undefined;
  answer(reply: Answer): void;
};

/** Heads that repeat to the letter (every `next`, every invocation of one client) are parsed once per connection. */
const REMEMBERED_HEADS_MAX = 16;
const REMEMBERED_HEAD_BYTES_MAX = 1_024;
/** A peer that asks and asks but does not read its answers is not read either once this much waits for it. */
const UNSENT_BYTES_MAX = 16_777_216;
/** After the last answer the peer may finish what it is sending, so that it gets to read the answer; then it is cut off. */
const LINGER_IDLE_MS = 2_000;
const LINGER_BYTES_MAX = 67_108_864;
const HEAD_END = Buffer.from('\r\n\r\n', 'latin1');

type State = 'head' | 'body' | 'answering' | 'closed';

/** What a stream does once there is nobody to read it. */
const NOBODY: AnswerStream = { write: () => true, end: () => {}, abort: () => {} };

export class HttpConnection<Context = undefined> {
  readonly socket: Socket;
  readonly #handler: RequestHandler<Context>;
  #state: State = 'head';
  readonly #unread = new UnreadBytes();
  #headSearchFrom = 0;
  readonly #rememberedHeads = new Map<string, RequestHead>();
  #request: HttpRequest<Context> | undefined;
  #body: BodyCollector | BodyRelay | undefined;
  /** Of an answer stream that is open: told when it flows again. */
  #onFlowing: (() => void) | undefined;
  #isReading = false;
  #peerHasEnded = false;
  #isHandedOver = false;
  #requestCount = 0;
  #lingerBytes = 0;
  readonly #onData = (chunk: Buffer): void => this.#accept(chunk);
  readonly #onEnd = (): void => this.#peerEnded();
  readonly #onClose = (): void => this.#closed();
  readonly #onDrain = (): void => this.#drained();
  readonly #onError = (): void => {
    // 'close' follows; a reset by the peer is not an event of ours.
  };

  /** The socket must allow being half open: a peer may end its side and still wait for its answer. */
  constructor(socket: Socket, handler: RequestHandler<Context>) {
    this.socket = socket;
    this.#handler = handler;
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('close', this.#onClose);
    socket.on('drain', this.#onDrain);
    socket.on('error', this.#onError);
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** See `WatchedConnection`. */
  get owed(): 'head' | 'body' | 'end' | undefined {
    if (this.#isHandedOver || this.#isHeldBack) return undefined;
    if (this.#state === 'head') return this.#unread.view.length > 0 ? 'head' : undefined;
    return this.#state === 'body' ? 'body' : this.#state === 'closed' ? 'end' : undefined;
  }

  get requestCount(): number {
    return this.#requestCount;
  }

  /** The peer has had its time for what it owes. */
  cutOff(): void {
    const request = this.#request;
    if (this.#state === 'closed') this.socket.destroy();
    else if (this.#state === 'head') this.#refuse({ refused: true, status: 408, reason: 'the request head took too long' });
    else if (this.#state === 'body' && request !== undefined) {
      this.#handler.broken(request);
      this.#finish(request, plainAnswer(408, 'the request body took too long\n'));
    }
  }

  /** A relayed body that was held back goes on. */
  resumeBody(request: HttpRequest<Context>): void {
    const body = this.#body;
    if (this.#request !== request || !(body instanceof BodyRelay) || !body.isHeldBack) return;
    body.isHeldBack = false;
    if (this.socket.isPaused()) this.socket.resume();
    this.#read();
  }

  /** In place of `request.answer`: an answer that is made while it is sent. See `OpenAnswerStream`. */
  answerStream(request: HttpRequest<Context>, streamHead: StreamHead, onFlowing: () => void): AnswerStream {
    if (!this.#isAnswering(request)) return NOBODY;
    const { isVersion11: isChunked, keepAlive } = request.head;
    const isLast = !isChunked || !keepAlive || this.#peerHasEnded;
    this.#onFlowing = onFlowing;
    this.socket.write(renderStreamHead(streamHead, { persistence: isLast ? 'closes' : 'stays', isChunked }), 'latin1');
    return {
      write: (pieces) => !this.#isAnswering(request) || writeChunk(this.socket, pieces, isChunked),
      end: () => {
        if (!this.#isAnswering(request)) return;
        this.#onFlowing = undefined;
        if (isChunked) this.socket.write(LAST_CHUNK);
        if (isLast || this.#peerHasEnded) this.#close();
        else this.#answered();
      },
      abort: () => {
        if (!this.#isAnswering(request)) return;
        this.#onFlowing = undefined;
        this.socket.resetAndDestroy();
      },
    };
  }

  #accept(chunk: Buffer): void {
    if (this.#state === 'closed') {
      this.#lingerBytes += chunk.length;
      if (this.#lingerBytes > LINGER_BYTES_MAX) this.socket.destroy();
      return;
    }
    this.#unread.append(chunk);
    if (this.#state === 'answering' || this.#isHeldBack) this.socket.pause();
    else this.#read();
  }

  /** Reads as many requests as can be answered at once; an answer given inside a handler must not recurse into here. */
  #read(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      while ((this.#state === 'head' && this.#readHead()) || (this.#state === 'body' && this.#readBody())) {
        // Each step reports whether there may be more to do.
      }
    } finally {
      this.#isReading = false;
    }
    // What was received before the end is read first, however slowly.
    if (this.#peerHasEnded && (this.#state === 'head' || this.#state === 'body') && !this.#isHeldBack) this.#abandon();
  }

  get #isHeldBack(): boolean {
    return this.#body instanceof BodyRelay && this.#body.isHeldBack;
  }

  #drained(): void {
    this.#onFlowing?.();
    if (this.#state === 'answering' || this.#state === 'closed' || this.#isHeldBack) return;
    if (this.socket.isPaused()) this.socket.resume();
    this.#read();
  }

  #readHead(): boolean {
    const unread = this.#unread.view;
    if (unread.length === 0) return false;
    if (this.socket.writableLength > UNSENT_BYTES_MAX) {
      this.socket.pause();
      return false;
    }
    // Source: RFC 9112 section 2.2: an empty line before a request line is to be ignored.
    if (unread[0] === 0x0d && unread[1] === 0x0a) {
      this.#unread.consume(2);
      this.#headSearchFrom = 0;
      return true;
    }
    const end = unread.indexOf(HEAD_END, this.#headSearchFrom);
    if (end === -1) {
      this.#headSearchFrom = Math.max(0, unread.length - HEAD_END.length + 1);
      // All of the end but its last byte may be here already.
      if (unread.length >= HEADER_BYTES_MAX + HEAD_END.length) this.#refuse({ refused: true, status: 431, reason: 'header fields too large' });
      return false;
    }
    this.#headSearchFrom = 0;
    const head = this.#parse(unread.toString('latin1', 0, end));
    if ('refused' in head) {
      this.#refuse(head);
      return false;
    }
    return this.#begin(head, end + HEAD_END.length);
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
    const request: HttpRequest<Context> = { head, connection: this, context: undefined, answer: (reply) => this.#answer(request, reply) };
    const plan = this.#handler.head(request);
    if (plan.kind === 'handOver') {
      this.#handOver(plan.to);
      return false;
    }
    // The handler may have ended this connection while it looked at the head.
    if (this.socket.destroyed) return false;
    this.#unread.consume(headBytes);
    this.#request = request;
    this.#requestCount += 1;
    if (head.expectsContinue && this.#unread.view.length === 0) {
      if (plan.kind === 'answer') {
        // The peer asked before sending, so it need not send at all; whether it will is unknown, hence the end.
        this.#finish(request, plan.answer);
        return false;
      }
      this.socket.write(CONTINUE);
    }
    this.#body = plan.kind === 'relay' ? new BodyRelay(head, plan) : new BodyCollector(head, plan);
    this.#state = 'body';
    return true;
  }

  #readBody(): boolean {
    const request = this.#request;
    const body = this.#body;
    if (request === undefined || body === undefined || this.#isHeldBack) return false;
    const progress = body.push(this.#unread.view);
    // The receiver of a piece may have ended this connection.
    if (this.#body !== body) return false;
    if (progress.kind === 'malformed') {
      const reply = this.#handler.broken(request);
      this.#finish(request, reply ?? plainAnswer(400, `${progress.reason}\n`));
      return false;
    }
    this.#unread.consume(progress.consumed);
    if (progress.kind === 'more') {
      if (this.#isHeldBack) this.socket.pause();
      return progress.consumed > 0 && this.#unread.view.length > 0;
    }
    this.#state = 'answering';
    this.#body = undefined;
    if (body.plan.kind === 'answer') request.answer(body.plan.answer);
    else this.#handler.received(request, body.result());
    return true;
  }

  #isAnswering(request: HttpRequest<Context>): boolean {
    return this.#state === 'answering' && this.#request === request && !this.socket.destroyed;
  }

  #answer(request: HttpRequest<Context>, reply: Answer): void {
    if (this.#state !== 'answering' || this.#request !== request) return;
    const { head } = request;
    if (!head.keepAlive || this.#peerHasEnded) {
      this.#finish(request, reply);
      return;
    }
    this.#write(head, reply, head.isVersion11 ? 'stays' : 'staysAnnounced');
    this.#answered();
  }

  /** Ready for the next request, which may be here already. */
  #answered(): void {
    this.#request = undefined;
    this.#state = 'head';
    if (this.socket.isPaused()) this.socket.resume();
    if (this.#unread.view.length > 0) this.#read();
  }

  #write(head: RequestHead, reply: Answer, persistence: Persistence): void {
    if (head.method === 'HEAD') {
      this.socket.write(renderHead(reply, persistence), 'latin1');
    } else if (reply.body.length <= JOINED_BODY_BYTES_MAX) {
      this.socket.write(renderJoined(reply, persistence));
    } else {
      this.socket.cork();
      this.socket.write(renderHead(reply, persistence), 'latin1');
      this.socket.write(reply.body);
      this.socket.uncork();
    }
  }

  /** The last answer on this connection. */
  #finish(request: HttpRequest<Context>, reply: Answer): void {
    this.#write(request.head, reply, 'closes');
    this.#close();
  }

  /** After bad framing nothing on this connection can be trusted to start where it seems to. */
  #refuse(refusal: HeadRefusal): void {
    this.socket.write(renderJoined(plainAnswer(refusal.status, `${refusal.reason}\n`), 'closes'));
    this.#close();
  }

  /** Destroying at once would throw away, at the peer, an answer that crosses with what it is still sending. */
  #close(): void {
    this.#state = 'closed';
    this.#request = undefined;
    this.#body = undefined;
    this.#onFlowing = undefined;
    this.#unread.clear();
    this.#rememberedHeads.clear();
    this.socket.end(() => this.socket.setTimeout(LINGER_IDLE_MS, () => this.socket.destroy()));
    if (this.socket.isPaused()) this.socket.resume();
  }

  #handOver(to: (socket: Socket) => void): void {
    const unread = this.#unread.view;
    this.#state = 'closed';
    this.#isHandedOver = true;
    this.#unread.clear();
    this.socket.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose);
    this.socket.off('drain', this.#onDrain).off('error', this.#onError);
    this.socket.pause();
    this.socket.unshift(unread);
    to(this.socket);
    // Paused, so that what was put back is not lost to nobody; the new owner listens by now.
    this.socket.resume();
  }

  #peerEnded(): void {
    this.#peerHasEnded = true;
    if (this.#state === 'closed') return;
    if (this.#isHeldBack) return;
    if (this.#state !== 'answering' || this.#request === undefined) this.#abandon();
    else if (!this.#handler.peerEnded(this.#request)) this.socket.destroy();
  }

  /** The peer sends no more. It may still hear what became of a body that it cut off. */
  #abandon(): void {
    const request = this.#request;
    if (this.#state === 'body' && request !== undefined) {
      const reply = this.#handler.broken(request);
      if (reply !== undefined) {
        this.#finish(request, reply);
        return;
      }
    }
    this.#close();
  }

  #closed(): void {
    const state = this.#state;
    const request = this.#request;
    const onFlowing = this.#onFlowing;
    this.#state = 'closed';
    this.#request = undefined;
    this.#body = undefined;
    this.#onFlowing = undefined;
    this.#unread.clear();
    onFlowing?.();
    if (state === 'closed' || request === undefined) return;
    if (state === 'body') this.#handler.broken(request);
    else this.#handler.peerEnded(request);
  }
}
