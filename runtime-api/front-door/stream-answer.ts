/**
 * The answer of one InvokeWithResponseStream call, from the first sign of a response to its completion event. A function that streams
 * and one that does not look the same to the invoker, but for the time of the first chunk.
 */
import { headerLine, utf8HeaderValue } from '../http/index.ts';
import type { AnswerStream, OpenAnswerStream } from '../http/index.ts';
import { AMZN_REQUEST_ID_HEADER, EXECUTED_VERSION_HEADER, REMAPPED_CONTENT_TYPE_HEADER } from '../protocol/headers.ts';
import type { InvocationAnswer } from '../protocol/invocation.ts';
import { LOG_TAIL_BYTES_MAX } from '../protocol/limits.ts';
import { EVENT_STREAM_CONTENT_TYPE, exceptionMessage, invokeComplete, payloadChunk } from './event-stream.ts';

/** Made by the platform when an environment was lost; no runtime can report it. */
const LOST = 'Sandbox.Failure';
const LOST_MESSAGE = 'An error occurred and the request cannot be processed.';

export class StreamAnswer {
  readonly #open: OpenAnswerStream;
  #headerLines: string;
  #stream: AnswerStream | undefined;
  #resume: () => void = () => {};

  constructor(options: { open: OpenAnswerStream; requestId: string; executedVersion: string }) {
    this.#open = options.open;
    this.#headerLines =
      `Content-Type: ${EVENT_STREAM_CONTENT_TYPE}\r\n${AMZN_REQUEST_ID_HEADER}: ${options.requestId}\r\n` +
      `${EXECUTED_VERSION_HEADER}: ${utf8HeaderValue(options.executedVersion)}\r\n`;
  }

  /** The runtime has begun its response: the invoker learns it at once. */
  begun({ contentType, resume }: { contentType: string | undefined; resume(): void }): void {
    this.#resume = resume;
    if (contentType !== undefined) this.#headerLines += headerLine(REMAPPED_CONTENT_TYPE_HEADER, contentType);
    this.#opened();
  }

  /** False: the invoker has enough to read; `resume` is called when it goes on. */
  piece(bytes: Buffer): boolean {
    return this.#opened().write(payloadChunk(bytes));
  }

  /** `logTail` only when the invoker asked. */
  end(result: InvocationAnswer, logTail?: Buffer): void {
    const hadBegun = this.#stream !== undefined;
    const stream = this.#opened();
    this.#resume = () => {};
    if (hadBegun && result.errorType === LOST) {
      stream.write(exceptionMessage('ServiceException', { Message: LOST_MESSAGE }));
      return stream.end();
    }
    if (!hadBegun && !result.isFunctionError && result.body.length > 0) stream.write(payloadChunk(result.body));
    const logResult = logTail?.subarray(-LOG_TAIL_BYTES_MAX).toString('base64');
    const isCut = hadBegun && result.origin === 'timeout';
    stream.write(invokeComplete({ ...errorMembers(result, isCut), logResult }));
    // What the invoker has must not pass for the whole, whatever it makes of the event.
    if (isCut) stream.abort();
    else stream.end();
  }

  #opened(): AnswerStream {
    this.#stream ??= this.#open({ status: 200, headerLines: this.#headerLines }, () => this.#resume());
    return this.#stream;
  }
}

/** The type as the runtime wrote it in its trailers; else as the report names it; `Unhandled`, as for Invoke, where there is none. */
function errorMembers(result: InvocationAnswer, isCut: boolean): { errorCode?: string; errorDetails?: string } {
  if (!result.isFunctionError) return {};
  return { errorCode: errorCode(result, isCut), errorDetails: result.body.toString('utf8') };
}

function errorCode(result: InvocationAnswer, isCut: boolean): string {
  if (result.origin === 'timeout') return isCut ? 'Sandbox.Timeout' : 'Sandbox.Timedout';
  if (result.errorCode !== undefined) return result.errorCode;
  return result.errorType === undefined || result.errorType === 'Runtime.Unknown' ? 'Unhandled' : result.errorType;
}
