/**
 * Reads HTTP/1.1 replies of the Runtime API from bytes, without a socket: the caller asks where the next bytes go
 * (`target`), puts them there and says how many came (`advance`). A body of known length is read straight into its
 * final buffer, so that a 6 MB event is copied once by the kernel and never by us.
 *
 * Strict on purpose: a reply that two readers could understand differently is refused, never guessed (RFC 9112 §6.3).
 * Replies without a declared length are refused too, because every Runtime API server declares one.
 */

/** All bytes before the body. The vendor's runtime starts Node with `--max-http-header-size 81920`; twice that is the end. */
export const REPLY_HEAD_BYTES_MAX = 163_840;
/** An event is at most 6 MiB; the rest is room for servers that allow more. */
export const REPLY_BODY_BYTES_MAX = 67_108_864;
const SCRATCH_BYTES = 65_536;

export type Reply = {
  status: number;
  /** Lower-case names; values as received, decoded as UTF-8. */
  headers: ReadonlyMap<string, string>;
  body: Buffer;
  /** False when the server will close the connection after this reply. */
  keepAlive: boolean;
};

export class MalformedReplyError extends Error {
  override readonly name = 'MalformedReplyError';
}

type Head = { status: number; headers: Map<string, string>; keepAlive: boolean };
type ReaderState =
  | { kind: 'head' }
  | { kind: 'body'; head: Head; body: Buffer; filledBytes: number }
  | { kind: 'chunk-size'; head: Head; parts: Buffer[]; totalBytes: number }
  | { kind: 'chunk'; head: Head; parts: Buffer[]; totalBytes: number; part: Buffer; filledBytes: number }
  | { kind: 'chunk-end'; head: Head; parts: Buffer[]; totalBytes: number }
  | { kind: 'trailers'; head: Head; parts: Buffer[] };

export class ReplyReader {
  readonly #onReply: (reply: Reply) => void;
  #scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  /** Bytes of `#scratch` that hold unread input: from `#start` to `#end`. */
  #start = 0;
  #end = 0;
  #state: ReaderState = { kind: 'head' };

  constructor(onReply: (reply: Reply) => void) {
    this.#onReply = onReply;
  }

  /** True when not one byte of a further reply has been seen. */
  get isBetweenReplies(): boolean {
    return this.#state.kind === 'head' && this.#start === this.#end;
  }

  /** Where the next bytes go; never empty. */
  target(): Buffer {
    const state = this.#state;
    if (this.#start === this.#end) {
      if (state.kind === 'body') return state.body.subarray(state.filledBytes);
      if (state.kind === 'chunk') return state.part.subarray(state.filledBytes);
      this.#start = 0;
      this.#end = 0;
    } else if (this.#end === this.#scratch.length) {
      this.#makeRoom();
    }
    return this.#scratch.subarray(this.#end);
  }

  /** `byteCount` bytes were written to the start of the last `target()`. */
  advance(byteCount: number): void {
    const state = this.#state;
    if (this.#start === this.#end && (state.kind === 'body' || state.kind === 'chunk')) state.filledBytes += byteCount;
    else this.#end += byteCount;
    while (this.#step());
  }

  #makeRoom(): void {
    if (this.#start > 0) {
      this.#scratch.copyWithin(0, this.#start, this.#end);
    } else {
      const larger = Buffer.allocUnsafeSlow(this.#scratch.length * 2);
      this.#scratch.copy(larger);
      this.#scratch = larger;
    }
    this.#end -= this.#start;
    this.#start = 0;
  }

  /** Consumes one element of the input; false when more bytes are needed. */
  #step(): boolean {
    const state = this.#state;
    switch (state.kind) {
      case 'head':
        return this.#readHead();
      case 'body':
        state.filledBytes += this.#take(state.body, state.filledBytes);
        if (state.filledBytes < state.body.length) return false;
        return this.#finish(state.head, state.body);
      case 'chunk-size':
        return this.#readChunkSize(state);
      case 'chunk':
        state.filledBytes += this.#take(state.part, state.filledBytes);
        if (state.filledBytes < state.part.length) return false;
        state.parts.push(state.part);
        this.#state = { kind: 'chunk-end', head: state.head, parts: state.parts, totalBytes: state.totalBytes };
        return true;
      case 'chunk-end': {
        const line = this.#takeLine();
        if (line === undefined) return false;
        if (line !== '') throw new MalformedReplyError('chunk is longer than its declared size');
        this.#state = { ...state, kind: 'chunk-size' };
        return true;
      }
      case 'trailers': {
        const line = this.#takeLine();
        if (line === undefined) return false;
        if (line !== '') return true;
        return this.#finish(state.head, Buffer.concat(state.parts));
      }
      default:
        return state satisfies never;
    }
  }

  #readHead(): boolean {
    if (this.#start === this.#end) return false;
    const headEnd = this.#scratch.subarray(0, this.#end).indexOf('\r\n\r\n', this.#start, 'latin1');
    const headBytes = (headEnd === -1 ? this.#end : headEnd) - this.#start;
    if (headBytes > REPLY_HEAD_BYTES_MAX) throw new MalformedReplyError(`reply head is longer than ${REPLY_HEAD_BYTES_MAX} bytes`);
    if (headEnd === -1) return false;
    const head = parseHead(this.#scratch.toString('latin1', this.#start, headEnd));
    this.#start = headEnd + 4;
    if (head.status >= 100 && head.status < 200) return true; // Interim replies are skipped (RFC 9110 §15.2).

    const coding = head.headers.get('transfer-encoding');
    const declared = head.headers.get('content-length');
    if (coding !== undefined) {
      if (declared !== undefined) throw new MalformedReplyError('reply has both Content-Length and Transfer-Encoding');
      if (coding.toLowerCase() !== 'chunked') throw new MalformedReplyError(`reply has the unknown transfer coding ${JSON.stringify(coding)}`);
      this.#state = { kind: 'chunk-size', head, parts: [], totalBytes: 0 };
      return true;
    }
    if (declared === undefined) {
      if (head.status === 204 || head.status === 304) return this.#finish(head, Buffer.alloc(0));
      throw new MalformedReplyError('reply declares no length');
    }
    if (!/^[0-9]{1,15}$/.test(declared)) throw new MalformedReplyError(`reply has the Content-Length ${JSON.stringify(declared)}`);
    const bodyBytes = Number(declared);
    if (bodyBytes > REPLY_BODY_BYTES_MAX) throw new MalformedReplyError(`reply body is longer than ${REPLY_BODY_BYTES_MAX} bytes`);
    this.#state = { kind: 'body', head, body: Buffer.allocUnsafe(bodyBytes), filledBytes: 0 };
    return true;
  }

  #readChunkSize(state: Extract<ReaderState, { kind: 'chunk-size' }>): boolean {
    const line = this.#takeLine();
    if (line === undefined) return false;
    const match = /^([0-9a-fA-F]{1,8})(?:[ \t]*;.*)?$/.exec(line);
    if (match?.[1] === undefined) throw new MalformedReplyError('reply has a malformed chunk size');
    const chunkBytes = Number.parseInt(match[1], 16);
    if (chunkBytes === 0) {
      this.#state = { kind: 'trailers', head: state.head, parts: state.parts };
      return true;
    }
    const totalBytes = state.totalBytes + chunkBytes;
    if (totalBytes > REPLY_BODY_BYTES_MAX) throw new MalformedReplyError(`reply body is longer than ${REPLY_BODY_BYTES_MAX} bytes`);
    this.#state = { ...state, kind: 'chunk', totalBytes, part: Buffer.allocUnsafe(chunkBytes), filledBytes: 0 };
    return true;
  }

  #take(destination: Buffer, offset: number): number {
    const byteCount = Math.min(this.#end - this.#start, destination.length - offset);
    if (byteCount > 0) this.#scratch.copy(destination, offset, this.#start, this.#start + byteCount);
    this.#start += byteCount;
    return byteCount;
  }

  #takeLine(): string | undefined {
    const lineEnd = this.#scratch.subarray(0, this.#end).indexOf('\r\n', this.#start, 'latin1');
    if (lineEnd === -1) {
      if (this.#end - this.#start > REPLY_HEAD_BYTES_MAX) throw new MalformedReplyError(`line is longer than ${REPLY_HEAD_BYTES_MAX} bytes`);
      return undefined;
    }
    const line = this.#scratch.toString('latin1', this.#start, lineEnd);
    this.#start = lineEnd + 2;
    return line;
  }

  #finish(head: Head, body: Buffer): boolean {
    this.#state = { kind: 'head' };
    this.#onReply({ ...head, body });
    return true;
  }
}

function parseHead(text: string): Head {
  const lines = text.split('\r\n');
  const status = /^HTTP\/1\.([01]) ([1-5][0-9][0-9])(?: |$)/.exec(lines[0] ?? '');
  if (status === null) throw new MalformedReplyError('reply does not start with an HTTP/1.1 status line');
  const headers = new Map<string, string>();
  for (let index = 1; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).toLowerCase();
    if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name)) throw new MalformedReplyError('reply has a malformed header line');
    const value = line.slice(colon + 1).trim();
    if (/[\r\n\0]/.test(value)) throw new MalformedReplyError(`reply has a control character in the header ${name}`);
    if (headers.has(name) && (name === 'content-length' || name === 'transfer-encoding')) {
      throw new MalformedReplyError(`reply has the header ${name} twice`);
    }
    headers.set(name, decodeUtf8(value));
  }
  const connection = headers.get('connection')?.toLowerCase() ?? '';
  return { status: Number(status[2]), headers, keepAlive: status[1] === '1' ? !connection.includes('close') : connection.includes('keep-alive') };
}

/** The head was read as Latin-1; a client context may hold any text, sent as UTF-8 by the vendor's server. */
function decodeUtf8(latin1: string): string {
  return /[^\0-\x7f]/.test(latin1) ? Buffer.from(latin1, 'latin1').toString('utf8') : latin1;
}
