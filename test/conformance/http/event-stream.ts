/** The event stream encoding of InvokeWithResponseStream. Source: AWS SDK documentation, event stream encoding. */

export type StreamEvent = { type: string; payload: Buffer };

const PRELUDE_BYTES = 12;
const CHECKSUM_BYTES = 4;
/** The only value type that these events use. */
const STRING_TYPE = 7;

/** Every whole message so far; `malformed` when the bytes cannot be one. */
export function readEventStream(bytes: Buffer): { events: StreamEvent[]; malformed: boolean; restBytes: number } {
  const events: StreamEvent[] = [];
  let offset = 0;
  while (bytes.length - offset >= PRELUDE_BYTES) {
    const total = bytes.readUInt32BE(offset);
    const headersLength = bytes.readUInt32BE(offset + 4);
    if (total < PRELUDE_BYTES + headersLength + CHECKSUM_BYTES) return { events, malformed: true, restBytes: bytes.length - offset };
    if (bytes.length - offset < total) break;
    const headersStart = offset + PRELUDE_BYTES;
    const headers = readHeaders(bytes.subarray(headersStart, headersStart + headersLength));
    events.push({
      type: headers.get(':event-type') ?? headers.get(':exception-type') ?? '',
      payload: bytes.subarray(headersStart + headersLength, offset + total - CHECKSUM_BYTES),
    });
    offset += total;
  }
  return { events, malformed: false, restBytes: bytes.length - offset };
}

function readHeaders(bytes: Buffer): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  let offset = 0;
  while (offset < bytes.length) {
    const nameLength = bytes.readUInt8(offset);
    const name = bytes.toString('utf8', offset + 1, offset + 1 + nameLength);
    offset += 1 + nameLength;
    if (bytes.readUInt8(offset) !== STRING_TYPE) return headers;
    const valueLength = bytes.readUInt16BE(offset + 1);
    headers.set(name, bytes.toString('utf8', offset + 3, offset + 3 + valueLength));
    offset += 3 + valueLength;
  }
  return headers;
}

/** The payload chunks of a stream, joined. */
export function payloadOf(bytes: Buffer): Buffer {
  return Buffer.concat(readEventStream(bytes).events.filter(({ type }) => type === 'PayloadChunk').map(({ payload }) => payload));
}
