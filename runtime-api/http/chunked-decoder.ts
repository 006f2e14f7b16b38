/**
 * The chunked transfer coding, read strictly and incrementally: bytes in, payload slices and trailers out.
 * Source: RFC 9112 section 7.1. Chunk extensions are refused: nobody sends them to this API and they hide smuggling.
 */
import { HEADER_COUNT_MAX } from '../protocol/limits.ts';

/** Hexadecimal digits of one chunk size: 8 digits are 4 GiB, far above every body limit. */
const SIZE_LINE_BYTES_MAX = 8;
/** Trailers carry a base64 error body of at most 6 MiB. Source: runtime API guide, streaming error trailers. */
const TRAILER_BYTES_MAX = 8_500_000;
const CR = 0x0d;
const LF = 0x0a;

export type ChunkedResult =
  | { kind: 'more' }
  | { kind: 'done'; consumed: number; trailers: ReadonlyMap<string, string> }
  | { kind: 'malformed'; reason: string };

type State = 'size' | 'data' | 'dataEnd' | 'trailers';

export class ChunkedDecoder {
  #state: State = 'size';
  #line: Buffer[] = [];
  #lineBytes = 0;
  #remainingBytes = 0;
  #trailerBytes = 0;
  readonly #trailers = new Map<string, string>();

  /** Takes the next bytes; `onData` gets slices of `chunk`, valid only during the call. */
  push(chunk: Buffer, onData: (slice: Buffer) => void): ChunkedResult {
    let at = 0;
    while (at < chunk.length) {
      if (this.#state === 'data') {
        const slice = chunk.subarray(at, at + this.#remainingBytes);
        onData(slice);
        at += slice.length;
        this.#remainingBytes -= slice.length;
        if (this.#remainingBytes === 0) this.#state = 'dataEnd';
        continue;
      }
      const line = this.#takeLine(chunk, at);
      if (line.kind === 'malformed') return line;
      if (line.kind === 'more') return line;
      at = line.next;
      const result = this.#acceptLine(line.text);
      if (result === 'done') return { kind: 'done', consumed: at, trailers: this.#trailers };
      if (result !== 'more') return { kind: 'malformed', reason: result };
    }
    return { kind: 'more' };
  }

  #takeLine(chunk: Buffer, from: number): { kind: 'line'; text: string; next: number } | { kind: 'more' } | { kind: 'malformed'; reason: string } {
    const end = chunk.indexOf(LF, from);
    const piece = chunk.subarray(from, end === -1 ? chunk.length : end + 1);
    this.#lineBytes += piece.length;
    const limitBytes = this.#state === 'trailers' ? TRAILER_BYTES_MAX : SIZE_LINE_BYTES_MAX + 2;
    if (this.#lineBytes > limitBytes) return { kind: 'malformed', reason: 'chunk line too long' };
    this.#line.push(Buffer.from(piece));
    if (end === -1) return { kind: 'more' };
    const line = this.#line.length === 1 ? this.#line[0] : Buffer.concat(this.#line);
    this.#line = [];
    this.#lineBytes = 0;
    if (line === undefined || line.length < 2 || line[line.length - 2] !== CR) {
      return { kind: 'malformed', reason: 'chunk line not ended by CR LF' };
    }
    return { kind: 'line', text: line.toString('latin1', 0, line.length - 2), next: end + 1 };
  }

  #acceptLine(text: string): 'more' | 'done' | string {
    if (this.#state === 'size') {
      if (!/^[0-9A-Fa-f]{1,8}$/.test(text)) return 'malformed chunk size';
      this.#remainingBytes = Number.parseInt(text, 16);
      this.#state = this.#remainingBytes === 0 ? 'trailers' : 'data';
      return 'more';
    }
    if (this.#state === 'dataEnd') {
      if (text !== '') return 'chunk longer than its size';
      this.#state = 'size';
      return 'more';
    }
    if (text === '') return 'done';
    return this.#acceptTrailer(text);
  }

  #acceptTrailer(text: string): 'more' | string {
    this.#trailerBytes += text.length;
    if (this.#trailerBytes > TRAILER_BYTES_MAX || this.#trailers.size >= HEADER_COUNT_MAX) return 'trailers too large';
    const field = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([^\0-\x08\x0a-\x1f\x7f]*?)[ \t]*$/.exec(text);
    if (field === null || field[1] === undefined || field[2] === undefined) return 'malformed trailer field';
    this.#trailers.set(field[1].toLowerCase(), field[2]);
    return 'more';
  }
}
