/**
 * The Runtime API over one raw keep-alive connection (`node:net`): no agents, no stream objects per request, one write
 * per message, no timers. `next` has no time-out, because the environment may be frozen while the call is pending.
 *
 * A small response and the following `next` go out in one write. That is lawful HTTP/1.1 (RFC 9112 §9.3.2) once the
 * server has shown that it keeps connections open; the state machine sees the two calls in order, as it would anyway.
 */
import { connect, type Socket } from 'node:net';
import {
  ERROR_PATH_SUFFIX,
  INIT_ERROR_PATH,
  INVOCATION_PATH_PREFIX,
  NEXT_PATH,
  RESPONSE_PATH_SUFFIX,
} from '../../runtime-api/protocol/paths.ts';
import {
  FUNCTION_ERROR_BODY_TRAILER,
  FUNCTION_ERROR_TYPE_HEADER,
  RESPONSE_MODE_HEADER,
  XRAY_ERROR_CAUSE_HEADER,
} from '../../runtime-api/protocol/headers.ts';
import { type Reply, ReplyReader } from './reply-reader.ts';

/** Above this a response is sent alone: nothing is gained any more, and its refusal (413) is seen before the next event is asked for. */
const PIPELINED_BODY_BYTES_MAX = 65_536;

export type ErrorReport = {
  body: string;
  errorType?: string | undefined;
  xrayCause?: string | undefined;
};

/** A response that is sent while it is made. */
export type StreamCall = {
  /** The platform's answer, which comes after `end`. */
  readonly reply: Promise<Reply>;
  /** Sends the pieces as one chunk; `onFlowing` is called, possibly at once, when more may be sent. Once the connection is gone that is always. */
  write(pieces: readonly Buffer[], onFlowing: () => void): void;
  /** With trailers the response has failed on the way. */
  end(trailers: { errorType: string; body: string } | undefined): void;
};

/** Head and body of one call. Bytes go out as they are, text as UTF-8. */
type Message = readonly (string | Uint8Array)[];

type Exchange = {
  message: Message;
  resolve: (reply: Reply) => void;
  reject: (reason: Error) => void;
  isRetried: boolean;
};

export class RuntimeClient {
  readonly #host: string;
  readonly #port: number;
  readonly #pathPrefix: string;
  readonly #headTail: string;
  readonly #nextMessage: Message;
  /** Sent and not yet answered, oldest first. */
  #pending: Exchange[] = [];
  #socket: Socket | undefined;
  #reader: ReplyReader | undefined;
  /** Replies seen on the present connection. */
  #replyCount = 0;
  #isPipeliningAllowed = false;
  #isInitialising = true;

  /** @param address `host:port` or `host:port/prefix`, as in `AWS_LAMBDA_RUNTIME_API`. */
  constructor(address: string, userAgent: string) {
    const slash = address.indexOf('/');
    const authority = slash === -1 ? address : address.slice(0, slash);
    const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+)):([0-9]{1,5})$/.exec(authority);
    if (match === null) throw new TypeError(`AWS_LAMBDA_RUNTIME_API is ${JSON.stringify(address)}, which is not host:port`);
    this.#host = match[1] ?? match[2] ?? '';
    this.#port = Number(match[3]);
    this.#pathPrefix = slash === -1 ? '' : address.slice(slash).replace(/\/+$/, '');
    this.#headTail = ` HTTP/1.1\r\nHost: ${authority}\r\n`;
    this.#nextMessage = [`GET ${this.#pathPrefix}${NEXT_PATH}${this.#headTail}User-Agent: ${userAgent}\r\n\r\n`];
  }

  /** True until the first `next`. */
  get isInitialising(): boolean {
    return this.#isInitialising;
  }

  /** Asks for the next invocation and waits as long as it takes. */
  next(): Promise<Reply> {
    this.#isInitialising = false;
    const reply = this.#enqueue(this.#nextMessage);
    this.#write(this.#nextMessage);
    return reply;
  }

  /**
   * Posts the response and asks for the next invocation. `onRefused` sees an answer other than 202 before the returned
   * promise settles; throwing in it ends the loop.
   */
  async respondThenNext(requestId: string, body: string, onRefused: (reply: Reply) => void): Promise<Reply> {
    const message = this.#responseMessage(requestId, body, 'application/json');
    if (!this.#isPipeliningAllowed || Buffer.byteLength(body) > PIPELINED_BODY_BYTES_MAX) {
      this.#checkAccepted(await this.#send(message), onRefused);
      return this.next();
    }
    const accepted = this.#enqueue(message);
    const next = this.#enqueue(this.#nextMessage);
    // Both fail together when the connection breaks; the second rejection must not count as unhandled meanwhile.
    next.catch(() => undefined);
    this.#write([...message, ...this.#nextMessage]);
    this.#checkAccepted(await accepted, onRefused);
    return next;
  }

  /** The response alone, for what still has work to do before it takes another invocation. */
  async postResponse(requestId: string, body: string | Uint8Array, onRefused: (reply: Reply) => void, contentType = 'application/json'): Promise<void> {
    this.#checkAccepted(await this.#send(this.#responseMessage(requestId, body, contentType)), onRefused);
  }

  async postInvocationError(requestId: string, report: ErrorReport, onRefused: (reply: Reply) => void): Promise<void> {
    const path = `${INVOCATION_PATH_PREFIX}${encodeURIComponent(requestId)}${ERROR_PATH_SUFFIX}`;
    this.#checkAccepted(await this.#send(this.#errorMessage(path, report)), onRefused);
  }

  /** Begins a streamed response. While it is open it does not keep the process alive: a handler that forgot to end it can be noticed. */
  beginStream(requestId: string, contentType: string): StreamCall {
    const reply = new Promise<Reply>((resolve, reject) => {
      // Never repeated: what was sent is not kept.
      this.#pending.push({ message: [], resolve, reject, isRetried: true });
    });
    // It is waited for only when the response has ended.
    reply.catch(() => undefined);
    const socket = (this.#socket ??= this.#open());
    socket.unref();
    let head =
      `POST ${this.#pathPrefix}${INVOCATION_PATH_PREFIX}${encodeURIComponent(requestId)}${RESPONSE_PATH_SUFFIX}${this.#headTail}` +
      `Content-Type: ${headerText(contentType)}\r\n${RESPONSE_MODE_HEADER}: streaming\r\nTransfer-Encoding: chunked\r\n` +
      `Trailer: ${FUNCTION_ERROR_TYPE_HEADER}\r\nTrailer: ${FUNCTION_ERROR_BODY_TRAILER}\r\n\r\n`;
    let waiting: (() => void) | undefined;
    const flow = (): void => {
      const flowing = waiting;
      waiting = undefined;
      flowing?.();
    };
    socket.on('drain', flow).on('close', flow);
    return {
      reply,
      write(pieces, onFlowing) {
        const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
        if (bytes === 0 || socket.destroyed) return onFlowing();
        socket.cork();
        socket.write(`${head}${bytes.toString(16)}\r\n`, 'latin1');
        head = '';
        for (const piece of pieces) socket.write(piece);
        socket.write('\r\n', 'latin1');
        socket.uncork();
        if (socket.writableNeedDrain) waiting = onFlowing;
        else onFlowing();
      },
      end(trailers) {
        socket.off('drain', flow).off('close', flow);
        flow();
        if (socket.destroyed) return;
        socket.ref();
        socket.write(`${head}0\r\n${trailerLines(trailers)}\r\n`, 'latin1');
      },
    };
  }

  /** Throws for an answer that ends the loop. */
  async acceptedOr(reply: Promise<Reply>, onRefused: (reply: Reply) => void): Promise<void> {
    this.#checkAccepted(await reply, onRefused);
  }

  /** Lawful only before the first `next`; the process must exit afterwards. */
  postInitError(report: ErrorReport): Promise<Reply> {
    return this.#send(this.#errorMessage(INIT_ERROR_PATH, report));
  }

  close(): void {
    this.#socket?.destroy();
  }

  #responseMessage(requestId: string, body: string | Uint8Array, contentType: string): Message {
    const head =
      `POST ${this.#pathPrefix}${INVOCATION_PATH_PREFIX}${encodeURIComponent(requestId)}${RESPONSE_PATH_SUFFIX}${this.#headTail}` +
      `Content-Type: ${headerText(contentType)}\r\nContent-Length: ${byteLengthOf(body)}\r\n\r\n`;
    return typeof body === 'string' ? [head + body] : [head, body];
  }

  #errorMessage(path: string, report: ErrorReport): Message {
    const errorType = report.errorType === undefined ? '' : `${FUNCTION_ERROR_TYPE_HEADER}: ${headerText(report.errorType)}\r\n`;
    const cause = report.xrayCause === undefined ? '' : `${XRAY_ERROR_CAUSE_HEADER}: ${headerText(report.xrayCause)}\r\n`;
    return [
      `POST ${this.#pathPrefix}${path}${this.#headTail}Content-Type: application/json\r\n${errorType}${cause}` +
        `Content-Length: ${Buffer.byteLength(report.body)}\r\n\r\n${report.body}`,
    ];
  }

  #checkAccepted(reply: Reply, onRefused: (reply: Reply) => void): void {
    if (reply.status !== 202) onRefused(reply);
  }

  #send(message: Message): Promise<Reply> {
    const reply = this.#enqueue(message);
    this.#write(message);
    return reply;
  }

  #enqueue(message: Message): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ message, resolve, reject, isRetried: false });
    });
  }

  #write(message: Message): void {
    const socket = (this.#socket ??= this.#open());
    // Only a pending call keeps the process alive: a handler that never settles lets the loop drain, as on the vendor's runtime.
    socket.ref();
    if (message.every((part) => typeof part === 'string')) {
      socket.write(message.join(''), 'utf8');
      return;
    }
    socket.cork();
    for (const part of message) socket.write(part);
    socket.uncork();
  }

  #open(): Socket {
    const reader = new ReplyReader((reply) => this.#onReply(reply));
    this.#reader = reader;
    this.#replyCount = 0;
    const socket: Socket = connect({
      host: this.#host,
      port: this.#port,
      noDelay: true,
      onread: {
        buffer: () => reader.target(),
        callback: (byteCount) => {
          try {
            reader.advance(byteCount);
          } catch (error) {
            socket.destroy(error instanceof Error ? error : new Error(String(error)));
          }
          return true;
        },
      },
    });
    let failure: Error | undefined;
    socket.on('error', (error) => {
      failure = error;
    });
    socket.on('end', () => socket.destroy());
    socket.on('close', () => {
      if (socket === this.#socket) this.#onClosed(failure);
    });
    return socket;
  }

  #onReply(reply: Reply): void {
    const exchange = this.#pending.shift();
    if (exchange === undefined) throw new Error('the Runtime API sent a reply that nobody asked for');
    this.#replyCount += 1;
    if (!reply.keepAlive) {
      this.#isPipeliningAllowed = false;
      this.#socket?.destroy();
    } else {
      this.#isPipeliningAllowed = true;
      if (this.#pending.length === 0) this.#socket?.unref();
    }
    exchange.resolve(reply);
  }

  /**
   * A kept-alive connection may be closed by the server between two replies; a call that was written into that gap is
   * sent once more on a new connection, as libcurl does. Everything else fails.
   */
  #onClosed(failure: Error | undefined): void {
    const pending = this.#pending;
    const isSafeToRepeat = this.#replyCount > 0 && (this.#reader?.isBetweenReplies ?? false) && pending.every((exchange) => !exchange.isRetried);
    this.#socket = undefined;
    if (pending.length === 0) return;
    if (!isSafeToRepeat) {
      this.#pending = [];
      const reason = failure ?? new Error('the Runtime API closed the connection before it answered');
      for (const exchange of pending) exchange.reject(reason);
      return;
    }
    for (const exchange of pending) exchange.isRetried = true;
    this.#write(pending.flatMap((exchange) => exchange.message));
  }
}

function byteLengthOf(body: string | Uint8Array): number {
  return typeof body === 'string' ? Buffer.byteLength(body) : body.length;
}

function trailerLines(trailers: { errorType: string; body: string } | undefined): string {
  if (trailers === undefined) return '';
  const body = Buffer.from(trailers.body, 'utf8').toString('base64');
  return `${FUNCTION_ERROR_TYPE_HEADER}: ${headerText(trailers.errorType)}\r\n${FUNCTION_ERROR_BODY_TRAILER}: ${body}\r\n`;
}

/** Header values stay printable ASCII: JSON keeps its meaning with `\u` escapes, other text loses nothing that matters. */
function headerText(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
