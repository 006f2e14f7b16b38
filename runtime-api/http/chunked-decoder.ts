/**
 * The chunked transfer coding, read strictly and incrementally: bytes in, payload slices and trailers out.
 * Source: RFC 9112 section 7.1. Chunk extensions are refused: nobody sends them to this API and they hide smuggling.
 */
import { HEADER_COUNT_MAX } from '../protocol/limits.ts';
import { ByteGatherer } from './byte-gatherer.ts';
import { FRAMING_FIELDS, readField } from './field.ts';

/** Hexadecimal digits of one chunk size: 8 digits are 4 GiB, far above every body limit. */
const SIZE_LINE_BYTES_MAX = 8;
const CR = 0x0d;
const LF = 0x0a;

export type ChunkedResult =
  | { kind: 'more' }
  | { kind: 'done'; consumed: number; trailers: ReadonlyMap<string, string> }
  | { kind: 'malformed'; reason: string };

type State = 'size' | 'data' | 'dataEnd' | 'trailers';

export class ChunkedDecoder {
  readonly #trailerBytesMax: number;
  #state: State = 'size';
  readonly #line = new ByteGatherer();
  #remainingBytes = 0;
  #trailerBytes = 0;
  #trailerCount = 0;
  readonly #trailers = new Map<string, string>();

  constructor(trailerBytesMax: number) {
    this.#trailerBytesMax = trailerBytesMax;
  }

  /** Takes the next bytes; `onData` gets slices of `chunk`, valid only during the call. Worthless after 'malformed'. */
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
      if (line.kind !== 'line') return line;
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
    const limitBytes = this.#state === 'trailers' ? this.#trailerBytesMax - this.#trailerBytes + 2 : SIZE_LINE_BYTES_MAX + 2;
    if (this.#line.length + piece.length > limitBytes) return { kind: 'malformed', reason: 'chunk line too long' };
    this.#line.append(piece);
    if (end === -1) return { kind: 'more' };
    const line = this.#line.take();
    if (line.length < 2 || line[line.length - 2] !== CR) return { kind: 'malformed', reason: 'chunk line not ended by CR LF' };
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
    this.#trailerCount += 1;
    if (this.#trailerCount > HEADER_COUNT_MAX) return 'too many trailer fields';
    const field = readField(text);
    if (typeof field === 'string' || FRAMING_FIELDS.has(field.name)) return 'malformed trailer field';
    this.#trailers.set(field.name, field.value);
    return 'more';
  }
}
