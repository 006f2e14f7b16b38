/**
 * The stream that a streaming handler writes its response to, and what marks such a handler. Source: managed-runtimes §2.9.
 *
 * The head goes out with the first write or with the end, whichever is first. Better than the vendor's, on purpose: the HTTP prelude is
 * sent when nothing else is, and a stream that is destroyed ends the response with an error instead of the process.
 */
import { Writable } from 'node:stream';
import { HTTP_INTEGRATION_CONTENT_TYPE, PRELUDE_SEPARATOR_BYTES } from '../../runtime-api/protocol/http-prelude.ts';
import { RuntimeFault } from './errors.ts';
import type { StreamCall } from './runtime-client.ts';

export const STREAMING_MARK = Symbol.for('aws.lambda.runtime.handler.streaming');
const HIGH_WATER_MARK = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark');
const PRELUDE_END = Buffer.alloc(PRELUDE_SEPARATOR_BYTES);

/** Marks a handler as streaming and returns it. */
export function streamifyResponse(handler: unknown, options?: { highWaterMark?: unknown }): unknown {
  if (typeof handler !== 'function') return handler;
  Reflect.set(handler, STREAMING_MARK, 'response');
  const bytes = Number.parseInt(String(options?.highWaterMark), 10);
  if (bytes > 0) Reflect.set(handler, HIGH_WATER_MARK, bytes);
  return handler;
}

export function highWaterMarkOf(handler: object): number | undefined {
  const bytes: unknown = Reflect.get(handler, HIGH_WATER_MARK);
  return typeof bytes === 'number' ? bytes : undefined;
}

export const HttpResponseStream = {
  /** Puts status, headers and cookies before the body, in the form that function URLs and API gateways read. */
  from(stream: ResponseStream, metadata: unknown): ResponseStream {
    const prelude = JSON.stringify(metadata);
    stream.setContentType(HTTP_INTEGRATION_CONTENT_TYPE);
    stream._onBeforeFirstWrite = (write) => {
      write(prelude);
      write(PRELUDE_END);
    };
    return stream;
  },
};

type WriteCallback = (error?: Error | null) => void;

export class ResponseStream extends Writable {
  /** The name under which libraries for the vendor's stream set it. */
  _onBeforeFirstWrite: ((write: (bytes: string | Uint8Array) => void) => void) | undefined;
  /** Settles when all has been handed to the connection, or the stream was destroyed before. */
  readonly settled: Promise<void>;
  readonly #open: (contentType: string) => StreamCall;
  #resolveSettled: () => void = () => {};
  #contentType = 'application/octet-stream';
  #call: StreamCall | undefined;
  #isFinished = false;
  #trailers: { errorType: string; body: string } | undefined;
  #destroyedBy: Error | undefined;

  constructor(open: (contentType: string) => StreamCall, highWaterMark: number | undefined) {
    super(highWaterMark === undefined ? {} : { highWaterMark });
    this.#open = open;
    this.settled = new Promise((resolve) => (this.#resolveSettled = resolve));
    // What goes wrong is in the response's trailers; without a listener it would end the process.
    this.on('error', () => undefined);
  }

  /** The call, once the head has gone out. */
  get call(): StreamCall | undefined {
    return this.#call;
  }

  get isFinished(): boolean {
    return this.#isFinished;
  }

  get destroyedBy(): Error | undefined {
    return this.#destroyedBy;
  }

  setContentType(contentType: unknown): void {
    if (this.#call !== undefined) throw new RuntimeFault('Runtime.InvalidStreamingOperation', 'Cannot set content-type, too late.');
    this.#contentType = String(contentType);
  }

  override write(chunk: unknown, encodingOrCallback?: BufferEncoding | WriteCallback, callback?: WriteCallback): boolean {
    const bytes = toBytes(chunk);
    return typeof encodingOrCallback === 'string' ? super.write(bytes, encodingOrCallback, callback) : super.write(bytes, encodingOrCallback);
  }

  override end(chunk?: unknown, encodingOrCallback?: BufferEncoding | (() => void), callback?: () => void): this {
    if (isCallback(chunk)) return super.end(chunk);
    const bytes = chunk === undefined || chunk === null ? chunk : toBytes(chunk);
    return typeof encodingOrCallback === 'string' ? super.end(bytes, encodingOrCallback, callback) : super.end(bytes, encodingOrCallback);
  }

  /** Ends a response that has begun with an error; what was written before goes first, if it still can. One that was ended is left as it is. */
  fail(trailers: { errorType: string; body: string }): void {
    if (this.writableEnded && !this.destroyed) return;
    this.#trailers = trailers;
    if (this.destroyed) this.#finish();
    else super.end();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: WriteCallback): void {
    const { call, prelude } = this.#begun();
    call.write([...prelude, chunk], callback);
  }

  override _final(callback: WriteCallback): void {
    this.#finish();
    callback();
  }

  override _destroy(error: Error | null, callback: WriteCallback): void {
    if (!this.#isFinished) this.#destroyedBy = error ?? new RuntimeFault('Runtime.StreamError', 'Response stream is not finished.');
    this.#resolveSettled();
    callback(error);
  }

  #begun(): { call: StreamCall; prelude: Buffer[] } {
    if (this.#call !== undefined) return { call: this.#call, prelude: [] };
    const prelude: Buffer[] = [];
    this.#call = this.#open(this.#contentType);
    this._onBeforeFirstWrite?.((bytes) => prelude.push(typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : Buffer.from(bytes)));
    return { call: this.#call, prelude };
  }

  #finish(): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    const { call, prelude } = this.#begun();
    if (prelude.length > 0) call.write(prelude, () => undefined);
    call.end(this.#trailers);
    this.#resolveSettled();
  }
}

function isCallback(value: unknown): value is () => void {
  return typeof value === 'function';
}

/** Bytes and text as they are, null for Node to refuse, everything else as JSON. */
function toBytes(chunk: unknown): unknown {
  if (typeof chunk === 'string' || ArrayBuffer.isView(chunk) || chunk === null) return chunk;
  const text: string | undefined = JSON.stringify(chunk);
  if (text === undefined) throw new TypeError(`a ${typeof chunk} cannot be written to a response stream`);
  return text;
}
