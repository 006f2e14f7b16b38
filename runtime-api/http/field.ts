/** One header or trailer field, read strictly and in linear time: the peer chooses the text. Source: RFC 9110 sections 5.1 and 5.5. */

export const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Names that may stand once only, and never in a trailer: a second one is how requests are smuggled. Source: RFC 9110 sections 6.5.1, 7.2, 8.6; RFC 9112 section 6.1. */
export const FRAMING_FIELDS: ReadonlySet<string> = new Set(['host', 'content-length', 'transfer-encoding', 'expect']);
/** Control characters other than the horizontal tab. */
const FORBIDDEN_IN_VALUE = /[\0-\x08\x0a-\x1f\x7f]/;

/** Name in lower case and value without the blanks around it, or what is wrong with the line. */
export function readField(line: string): { name: string; value: string } | string {
  const colon = line.indexOf(':');
  if (colon <= 0) return 'malformed header field';
  const name = line.slice(0, colon);
  if (!TOKEN.test(name)) return 'malformed header field name';
  const value = trimBlanks(line, colon + 1);
  if (FORBIDDEN_IN_VALUE.test(value)) return 'malformed header field value';
  const key = name.toLowerCase();
  // Lawful, but readers differ on it: `node:http` takes a tab before a coding and not behind it.
  if (FRAMING_FIELDS.has(key) && line.includes('\t')) return 'tab in a framing field';
  return { name: key, value };
}

/** Optional white space around a value is blanks and tabs only; `trim()` would also take what must be refused. */
function trimBlanks(line: string, from: number): string {
  let start = from;
  let end = line.length;
  while (start < end && isBlank(line.charCodeAt(start))) start += 1;
  while (end > start && isBlank(line.charCodeAt(end - 1))) end -= 1;
  return line.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
