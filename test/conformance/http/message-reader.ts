/**
 * Reads one HTTP/1.1 message from bytes as they arrive: a reply, or a request that the target sends to a telemetry destination.
 * Deliberately tolerant: the kit records what came and lets the case judge it.
 */
import { readHead } from './head.ts';

export type BodyPiece = { atMs: number; bytes: Buffer };

export type Message = {
  startLine: string;
  /** Lower-case name → value; repeated fields are joined with a comma. */
  headers: ReadonlyMap<string, string>;
  body: Buffer;
  trailers: ReadonlyMap<string, string>;
  /** Status codes of interim replies that came before. */
  interim: readonly number[];
  /** False when the peer ended before the message did. */
  isComplete: boolean;
  headAtMs: number;
  endAtMs: number;
};

type Framing = { kind: 'none' } | { kind: 'length'; left: number } | { kind: 'chunked' } | { kind: 'until-end' };

export class MessageReader {
  readonly #isReply: boolean;
  readonly #hasNoBody: boolean;
  #buffer: Buffer = Buffer.alloc(0);
  #waiting: Buffer[] = [];
  #startLine = '';
  #headers: ReadonlyMap<string, string> = new Map();
  #trailers: ReadonlyMap<string, string> = new Map();
  #framing: Framing | undefined;
  /** Of the chunk being read; undefined between chunks. */
  #chunkLeft: number | undefined;
  #isInTrailers = false;
  #headAtMs = 0;
  #message: Message | undefined;
  readonly #interim: number[] = [];
  readonly pieces: BodyPiece[] = [];

  constructor(options: { kind: 'reply' | 'request'; hasNoBody?: boolean }) {
    this.#isReply = options.kind === 'reply';
    this.#hasNoBody = options.hasNoBody ?? false;
  }

  get startLine(): string {
    return this.#startLine;
  }

  get headers(): ReadonlyMap<string, string> {
    return this.#headers;
  }

  get message(): Message | undefined {
    return this.#message;
  }

  get bodySoFar(): Buffer {
    return Buffer.concat(this.pieces.map(({ bytes }) => bytes));
  }

  /** What is left over belongs to the next message. */
  takeRest(): Buffer {
    this.#join();
    const rest = this.#buffer;
    this.#buffer = Buffer.alloc(0);
    return rest;
  }

  push(bytes: Buffer, atMs: number): void {
    if (this.#framing?.kind === 'length' && this.#buffer.length === 0 && this.#waiting.length === 0) {
      // The common case of a large body: no byte is copied twice.
      this.#readLength(bytes, atMs);
      return;
    }
    this.#waiting.push(bytes);
    this.#join();
    while (this.#message === undefined && this.#advance(atMs));
  }

  /** The peer sends nothing more. */
  end(atMs: number): void {
    if (this.#message !== undefined) return;
    this.#finish(atMs, this.#framing?.kind === 'until-end');
  }

  #join(): void {
    if (this.#waiting.length > 0) this.#buffer = Buffer.concat([this.#buffer, ...this.#waiting]);
    this.#waiting = [];
  }

  #advance(atMs: number): boolean {
    switch (this.#framing?.kind) {
      case undefined:
        return this.#readHead(atMs);
      case 'none':
        this.#finish(atMs, true);
        return false;
      case 'length': {
        const bytes = this.#take(this.#buffer.length);
        this.#readLength(bytes, atMs);
        return false;
      }
      case 'until-end':
        if (this.#buffer.length > 0) this.pieces.push({ atMs, bytes: this.#take(this.#buffer.length) });
        return false;
      case 'chunked':
        return this.#readChunked(atMs);
    }
  }

  #readHead(atMs: number): boolean {
    const head = readHead(this.#buffer);
    if (head === undefined) return false;
    this.#buffer = this.#buffer.subarray(head.byteLength);
    const status = this.#isReply ? Number(head.startLine.split(' ')[1]) : 0;
    if (this.#isReply && status >= 100 && status < 200) {
      this.#interim.push(status);
      return true;
    }
    this.#startLine = head.startLine;
    this.#headers = head.headers;
    this.#headAtMs = atMs;
    this.#framing = this.#framingOf(status);
    return true;
  }

  #framingOf(status: number): Framing {
    if (this.#hasNoBody || status === 204 || status === 304) return { kind: 'none' };
    if (/\bchunked\b/i.test(this.#headers.get('transfer-encoding') ?? '')) return { kind: 'chunked' };
    const length = this.#headers.get('content-length');
    if (length !== undefined) return Number(length) > 0 ? { kind: 'length', left: Number(length) } : { kind: 'none' };
    return this.#isReply ? { kind: 'until-end' } : { kind: 'none' };
  }

  #readLength(bytes: Buffer, atMs: number): void {
    if (this.#framing?.kind !== 'length') return;
    const piece = bytes.subarray(0, this.#framing.left);
    if (piece.length > 0) this.pieces.push({ atMs, bytes: piece });
    this.#framing.left -= piece.length;
    if (bytes.length > piece.length) this.#buffer = bytes.subarray(piece.length);
    if (this.#framing.left === 0) this.#finish(atMs, true);
  }

  #readChunked(atMs: number): boolean {
    if (this.#isInTrailers) return this.#readTrailers(atMs);
    if (this.#chunkLeft === undefined) {
      const lineEnd = this.#buffer.indexOf('\r\n');
      if (lineEnd === -1) return false;
      const size = Number.parseInt(this.#take(lineEnd).toString('latin1'), 16);
      this.#take(2);
      if (size === 0 || Number.isNaN(size)) this.#isInTrailers = true;
      else this.#chunkLeft = size;
      return true;
    }
    if (this.#chunkLeft > 0) {
      if (this.#buffer.length === 0) return false;
      const bytes = this.#take(Math.min(this.#chunkLeft, this.#buffer.length));
      this.#chunkLeft -= bytes.length;
      this.pieces.push({ atMs, bytes });
      return true;
    }
    if (this.#buffer.length < 2) return false;
    this.#take(2);
    this.#chunkLeft = undefined;
    return true;
  }

  #readTrailers(atMs: number): boolean {
    if (this.#buffer.subarray(0, 2).toString('latin1') === '\r\n') {
      this.#take(2);
      this.#finish(atMs, true);
      return false;
    }
    const head = readHead(Buffer.concat([Buffer.from('trailers\r\n'), this.#buffer]));
    if (head === undefined) return false;
    this.#take(head.byteLength - 'trailers\r\n'.length);
    this.#trailers = head.headers;
    this.#finish(atMs, true);
    return false;
  }

  #take(length: number): Buffer {
    const bytes = this.#buffer.subarray(0, length);
    this.#buffer = this.#buffer.subarray(length);
    return bytes;
  }

  #finish(endAtMs: number, isComplete: boolean): void {
    this.#message = {
      startLine: this.#startLine,
      headers: this.#headers,
      body: this.bodySoFar,
      trailers: this.#trailers,
      interim: this.#interim,
      isComplete,
      headAtMs: this.#headAtMs,
      endAtMs,
    };
  }
}
