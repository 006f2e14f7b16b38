/** A decoder of event stream messages that is not ours: written from the format's description, checksums bit by bit. */

export type EventMessage = { headers: Map<string, string>; payload: Buffer };

export function decodeEventMessage(bytes: Buffer): EventMessage {
  const [totalBytes, headerBytes] = [bytes.readUInt32BE(0), bytes.readUInt32BE(4)];
  if (totalBytes !== bytes.length) throw new Error(`says ${totalBytes} bytes, has ${bytes.length}`);
  if (bytes.readUInt32BE(8) !== crc32(bytes.subarray(0, 8))) throw new Error('checksum of the prelude');
  if (bytes.readUInt32BE(totalBytes - 4) !== crc32(bytes.subarray(0, totalBytes - 4))) throw new Error('checksum of the message');
  return { headers: decodeHeaders(bytes.subarray(12, 12 + headerBytes)), payload: bytes.subarray(12 + headerBytes, totalBytes - 4) };
}

function decodeHeaders(bytes: Buffer): Map<string, string> {
  const headers = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    const nameEnd = at + 1 + bytes.readUInt8(at);
    if (bytes.readUInt8(nameEnd) !== 7) throw new Error('a header that is no string');
    const valueEnd = nameEnd + 3 + bytes.readUInt16BE(nameEnd + 1);
    headers.set(bytes.toString('utf8', at + 1, nameEnd), bytes.toString('utf8', nameEnd + 3, valueEnd));
    at = valueEnd;
  }
  return headers;
}

/** Reflected polynomial 0xedb88320, as in zip and PNG. */
function crc32(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
