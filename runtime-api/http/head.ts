/**
 * The head of one HTTP/1.1 request, read strictly: what RFC 9112 forbids or leaves to the recipient's leniency is refused,
 * because every leniency is a way to make two readers disagree. Pure: bytes in, a head or a refusal out.
 *
 * Deliberately absent: HTTP/0.9, absolute-form and authority-form targets, obsolete line folding, upgrades.
 */
import { HEADER_BYTES_MAX, REQUEST_LINE_BYTES_MAX } from '../protocol/limits.ts';
import { parseFieldSection } from './field-section.ts';
import type { FieldSection } from './field-section.ts';
import { refusal } from './head-refusal.ts';
import type { HeadRefusal } from './head-refusal.ts';
import { RecentTexts } from './recent-texts.ts';
import { parseRequestLine } from './request-line.ts';
import type { RequestLine } from './request-line.ts';

export type RequestHead = RequestLine & FieldSection;

const LINE_END = Buffer.from('\r\n', 'latin1');

/**
 * Reads the heads of one connection. Its clients say the same again and again: a line or a whole section of fields that repeats to the
 * letter (each `next`, each response of equal length) is parsed once.
 */
export class HeadParser {
  readonly #lines = new RecentTexts<RequestLine>();
  readonly #sections = { http10: new RecentTexts<FieldSection>(), http11: new RecentTexts<FieldSection>() };

  /** The head is the first `endBytes` of `bytes`, without the empty line that ends it. */
  parse(bytes: Buffer, endBytes: number = bytes.length): RequestHead | HeadRefusal {
    const found = bytes.indexOf(LINE_END);
    const lineBytes = found === -1 || found > endBytes ? endBytes : found;
    if (lineBytes > REQUEST_LINE_BYTES_MAX) return refusal(414, 'request line too long');
    if (endBytes > HEADER_BYTES_MAX) return refusal(431, 'header fields too large');
    // Two strings of their own: slices of one would keep all of it in memory.
    const line = this.#lines.read(bytes.toString('latin1', 0, lineBytes), parseRequestLine);
    if ('refused' in line) return line;
    const fields = bytes.toString('latin1', Math.min(lineBytes + LINE_END.length, endBytes), endBytes);
    const { isVersion11 } = line;
    const sections = isVersion11 ? this.#sections.http11 : this.#sections.http10;
    const section = sections.read(fields, (unread) => parseFieldSection(unread, isVersion11));
    if ('refused' in section) return section;
    return {
      method: line.method,
      target: line.target,
      path: line.path,
      query: line.query,
      isVersion11,
      headers: section.headers,
      body: section.body,
      keepAlive: section.keepAlive,
      expectsContinue: section.expectsContinue,
    };
  }

  clear(): void {
    this.#lines.clear();
    this.#sections.http10.clear();
    this.#sections.http11.clear();
  }
}
