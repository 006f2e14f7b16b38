/** Reads HTTP/1.1 messages from a raw socket, with declared or chunked bodies: native/http-message.h in Node. */
import type { Socket } from 'node:net';

export type Message = { firstLine: string; headers: Map<string, string>; body: Buffer };

const HEAD_BYTES_MAX = 65_536;
const BODY_BYTES_MAX = 16 * 1024 * 1024;

/** Yields each whole message; ends when the peer closes between two, throws when it closes or errs inside one. */
export async function* readMessages(socket: Socket): AsyncGenerator<Message, undefined> {
  let parts: Buffer[] = [];
  let size = 0;
  let wanted = 0;
  for await (const chunk of socket) {
    parts.push(chunk);
    size += chunk.length;
    // A large body is joined once, when all of it is there.
    if (size < wanted) continue;
    for (let buffered = Buffer.concat(parts); ; ) {
      const found = takeMessage(buffered);
      if (found.message === undefined) {
        parts = buffered.length === 0 ? [] : [buffered];
        size = buffered.length;
        wanted = found.wanted;
        break;
      }
      buffered = buffered.subarray(found.consumed);
      yield found.message;
    }
  }
  if (size > 0) throw new Error('the connection ended inside a message');
}

type Taken = { message: Message; consumed: number } | { message: undefined; wanted: number };

export function takeMessage(buffered: Buffer): Taken {
  const headEnd = buffered.indexOf('\r\n\r\n');
  if (headEnd < 0) {
    if (buffered.length > HEAD_BYTES_MAX) throw new Error('a message that is not understood');
    return { message: undefined, wanted: 0 };
  }
  const [firstLine = '', ...lines] = buffered.toString('latin1', 0, headEnd).split('\r\n');
  const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
  const bodyStart = headEnd + 4;
  if (headers.get('transfer-encoding')?.toLowerCase() === 'chunked') {
    const chunked = takeChunks(buffered, bodyStart);
    return chunked === undefined ? { message: undefined, wanted: 0 } : { message: { firstLine, headers, body: chunked.body }, consumed: chunked.end };
  }
  const length = Number(headers.get('content-length') ?? 0);
  if (!Number.isInteger(length) || length < 0 || length > BODY_BYTES_MAX) throw new Error('a message that is not understood');
  if (buffered.length < bodyStart + length) return { message: undefined, wanted: bodyStart + length };
  return { message: { firstLine, headers, body: buffered.subarray(bodyStart, bodyStart + length) }, consumed: bodyStart + length };
}

function takeChunks(buffered: Buffer, from: number): { body: Buffer; end: number } | undefined {
  const parts: Buffer[] = [];
  for (let at = from, total = 0; ; ) {
    const lineEnd = buffered.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const [, digits] = /^([0-9a-fA-F]{1,8})\s*(?:;|$)/.exec(buffered.toString('latin1', at, lineEnd)) ?? [];
    const length = Number.parseInt(digits ?? '', 16);
    total += length;
    if (!(total <= BODY_BYTES_MAX)) throw new Error('a message that is not understood');
    const dataEnd = lineEnd + 2 + length;
    if (length === 0) {
      // Trailers, if any, end with an empty line as well.
      const end = buffered.indexOf('\r\n\r\n', lineEnd);
      return end < 0 ? undefined : { body: Buffer.concat(parts), end: end + 4 };
    }
    if (buffered.length < dataEnd + 2) return undefined;
    parts.push(buffered.subarray(lineEnd + 2, dataEnd));
    at = dataEnd + 2;
  }
}
