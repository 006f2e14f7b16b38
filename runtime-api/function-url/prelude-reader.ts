/** Finds the end of a stream's prelude, however it is cut. Pure: bytes in, the head and the first bytes of the body out. */
import { PRELUDE_BYTES_MAX, PRELUDE_DELIMITER } from '../protocol/function-url.ts';
import { headOfPrelude } from './http-reply.ts';
import type { HttpHead, MalformedReply } from './http-reply.ts';

export type PreludeProgress = { kind: 'more' } | { kind: 'done'; head: HttpHead; rest: Buffer } | ({ kind: 'bad' } & MalformedReply);

export class PreludeReader {
  #seen: Buffer = Buffer.alloc(0);

  accept(bytes: Buffer): PreludeProgress {
    // The delimiter may have begun in what was there before.
    const from = Math.max(0, this.#seen.length - PRELUDE_DELIMITER.length + 1);
    this.#seen = this.#seen.length === 0 ? bytes : Buffer.concat([this.#seen, bytes]);
    const at = this.#seen.indexOf(PRELUDE_DELIMITER, from);
    if (at === -1 ? this.#seen.length > PRELUDE_BYTES_MAX : at > PRELUDE_BYTES_MAX) return { kind: 'bad', malformed: `the prelude is longer than ${PRELUDE_BYTES_MAX} bytes` };
    if (at === -1) return { kind: 'more' };
    const head = headOfPrelude(this.#seen.subarray(0, at));
    if ('malformed' in head) return { kind: 'bad', ...head };
    return { kind: 'done', head, rest: this.#seen.subarray(at + PRELUDE_DELIMITER.length) };
  }
}
