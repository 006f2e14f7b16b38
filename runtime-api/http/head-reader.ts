/** Finds the heads in what a connection has received, and has each parsed once it is complete. */
import { HEADER_BYTES_MAX } from '../protocol/limits.ts';
import { refusal } from './head-refusal.ts';
import type { HeadRefusal } from './head-refusal.ts';
import { HeadParser } from './head.ts';
import type { RequestHead } from './head.ts';
import type { UnreadBytes } from './unread-bytes.ts';

const HEAD_END = Buffer.from('\r\n\r\n', 'latin1');

export class HeadReader {
  readonly #parser = new HeadParser();
  /** Where the end of an incomplete head can still be. */
  #searchFrom = 0;

  /** `bytes` is how many of the unread ones the head takes; consuming them is for the caller, who may hand over the socket instead. */
  read(unread: UnreadBytes): { head: RequestHead; bytes: number } | HeadRefusal | 'incomplete' {
    // Source: RFC 9112 section 2.2: an empty line before a request line is to be ignored.
    while (unread.view[0] === 0x0d && unread.view[1] === 0x0a) {
      unread.consume(2);
      this.#searchFrom = 0;
    }
    const { view } = unread;
    const end = view.indexOf(HEAD_END, this.#searchFrom);
    if (end === -1) {
      this.#searchFrom = Math.max(0, view.length - HEAD_END.length + 1);
      // All of the end but its last byte may be here already.
      return view.length >= HEADER_BYTES_MAX + HEAD_END.length ? refusal(431, 'header fields too large') : 'incomplete';
    }
    this.#searchFrom = 0;
    const head = this.#parser.parse(view, end);
    return 'refused' in head ? head : { head, bytes: end + HEAD_END.length };
  }

  clear(): void {
    this.#parser.clear();
  }
}
