/**
 * The event stream that answers InvokeWithResponseStream: binary messages with string headers and checksums. Payloads are not copied.
 * Source: botocore `eventstream.py`; service model, `InvokeWithResponseStreamResponseEvent`.
 */
import { crc32 } from 'node:zlib';

export const EVENT_STREAM_CONTENT_TYPE = 'application/vnd.amazon.eventstream';

/** Total length, length of the headers, and the checksum of these two. */
const PRELUDE_BYTES = 12;
const CHECKSUM_BYTES = 4;
const STRING_TYPE = 7;

/** The buffers of one message, in order. */
export function eventMessage(headers: Readonly<Record<string, string>>, payload: Buffer): Buffer[] {
  const head = Buffer.concat([Buffer.alloc(PRELUDE_BYTES), ...Object.entries(headers).map(([name, value]) => encodeHeader(name, value))]);
  head.writeUInt32BE(head.length + payload.length + CHECKSUM_BYTES, 0);
  head.writeUInt32BE(head.length - PRELUDE_BYTES, 4);
  head.writeUInt32BE(crc32(head.subarray(0, 8)), 8);
  const checksum = Buffer.allocUnsafe(CHECKSUM_BYTES);
  checksum.writeUInt32BE(crc32(payload, crc32(head)), 0);
  return [head, payload, checksum];
}

const CHUNK_HEADERS = { ':message-type': 'event', ':event-type': 'PayloadChunk', ':content-type': 'application/octet-stream' } as const;
const COMPLETE_HEADERS = { ':message-type': 'event', ':event-type': 'InvokeComplete', ':content-type': 'application/json' } as const;

export function payloadChunk(payload: Buffer): Buffer[] {
  return eventMessage(CHUNK_HEADERS, payload);
}

export type Completion = { errorCode?: string | undefined; errorDetails?: string | undefined; logResult?: string | undefined };

/** The last event; members without a value are left out. */
export function invokeComplete({ errorCode, errorDetails, logResult }: Completion): Buffer[] {
  return eventMessage(COMPLETE_HEADERS, Buffer.from(JSON.stringify({ ErrorCode: errorCode, ErrorDetails: errorDetails, LogResult: logResult }), 'utf8'));
}

/** A fault of the service in the middle of a stream: clients throw it. */
export function exceptionMessage(exceptionType: string, body: Readonly<Record<string, string>>): Buffer[] {
  const headers = { ':message-type': 'exception', ':exception-type': exceptionType, ':content-type': 'application/json' };
  return eventMessage(headers, Buffer.from(JSON.stringify(body), 'utf8'));
}

function encodeHeader(name: string, value: string): Buffer {
  const nameBytes = Buffer.from(name, 'utf8');
  const valueBytes = Buffer.from(value, 'utf8');
  const type = Buffer.from([STRING_TYPE, valueBytes.length >> 8, valueBytes.length & 0xff]);
  return Buffer.concat([Buffer.from([nameBytes.length]), nameBytes, type, valueBytes]);
}
