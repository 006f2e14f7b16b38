/** Reads what a runtime wrote to its framed log descriptor. The form: managed-runtimes §1.4, typed again here. */

export type LogFrame = {
  /** Eight hexadecimal digits. */
  type: string;
  timestampMicroseconds: bigint;
  message: string;
};

export function readLogFrames(bytes: Buffer): LogFrame[] {
  const frames: LogFrame[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 16 + bytes.readUInt32BE(at + 4);
    frames.push({ type: bytes.toString('hex', at, at + 4), timestampMicroseconds: bytes.readBigUInt64BE(at + 8), message: bytes.toString('utf8', at + 16, end) });
    at = end;
  }
  return frames;
}
