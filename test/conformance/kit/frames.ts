/** What the kit and a probe send each other. */
import { nowMs } from './now.ts';

/** Frame: length of what follows it, type, channel, milliseconds since the epoch, payload. The probe has the same numbers. */
const HEADER_BYTES = 17;
const LENGTH_BYTES = 4;
export const TO_PROBE = { open: 1, data: 2, end: 3, destroy: 4, command: 5 } as const;
export const TO_KIT = { opened: 1, data: 2, end: 3, closed: 4, result: 5, hello: 6, event: 7, accepted: 8 } as const;

export type Frame = { type: number; channel: number; atMs: number; payload: Buffer; byteLength: number };
export type SendFrame = (type: number, channel: number, payload: Buffer) => void;

/** What a probe says about itself when it starts. */
export type ProbeHello = {
  place: string;
  pid: number;
  parentPid: number;
  workingDirectory: string;
  argv: readonly string[];
  environment: Readonly<Record<string, string>>;
};

/** The first frame of the bytes; undefined as long as it is not whole. */
export function readFrame(bytes: Buffer): Frame | undefined {
  if (bytes.length < LENGTH_BYTES || bytes.length < LENGTH_BYTES + bytes.readUInt32BE(0)) return undefined;
  const byteLength = LENGTH_BYTES + bytes.readUInt32BE(0);
  return {
    type: bytes.readUInt8(4),
    channel: bytes.readUInt32BE(5),
    atMs: bytes.readDoubleBE(9),
    payload: bytes.subarray(HEADER_BYTES, byteLength),
    byteLength,
  };
}

export function writeFrame(type: number, channel: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(HEADER_BYTES - LENGTH_BYTES + payload.length, 0);
  header.writeUInt8(type, 4);
  header.writeUInt32BE(channel, 5);
  header.writeDoubleBE(nowMs(), 9);
  return Buffer.concat([header, payload]);
}
