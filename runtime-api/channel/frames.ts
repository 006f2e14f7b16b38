/**
 * Frames on the one connection between the worker and an environment's server: four bytes of length, one of type, two of header
 * length, a JSON header, then raw bytes. Both sides treat the other as hostile: sizes are checked before anything is kept.
 */

/** The largest payload is a response of 6,291,556 bytes; headers hold ids, ARNs, a client context and at most 4 KiB of variables. */
export const FRAME_BYTES_MAX = 6_291_556 + 65_536 + 3;
const HEADER_BYTES_MAX = 65_535;
const LENGTH_BYTES = 4;
const FIXED_BYTES = 3;
/** Small frames leave in one buffer; larger payloads are not copied. */
const JOINED_BYTES_MAX = 65_536;

export type Frame = { type: number; header: unknown; payload: Buffer };

const NO_PAYLOAD = Buffer.alloc(0);

/** The buffers of one frame, to be written in order. */
export function encodeFrame(type: number, header: unknown, payload: Buffer = NO_PAYLOAD): Buffer[] {
  const text = JSON.stringify(header);
  const headerBytes = Buffer.byteLength(text, 'utf8');
  if (headerBytes > HEADER_BYTES_MAX) throw new RangeError('frame header too large');
  const length = FIXED_BYTES + headerBytes + payload.length;
  if (length > FRAME_BYTES_MAX) throw new RangeError('frame too large');
  const isJoined = payload.length <= JOINED_BYTES_MAX;
  const head = Buffer.allocUnsafe(LENGTH_BYTES + FIXED_BYTES + headerBytes + (isJoined ? payload.length : 0));
  head.writeUInt32BE(length, 0);
  head.writeUInt8(type, 4);
  head.writeUInt16BE(headerBytes, 5);
  head.write(text, 7, 'utf8');
  if (!isJoined) return [head, payload];
  payload.copy(head, 7 + headerBytes);
  return [head];
}

export class FrameError extends Error {}

/** Collects frames from whatever pieces arrive. Throws `FrameError` once; the connection is then worthless. */
export class FrameDecoder {
  #pieces: Buffer[] = [];
  #bytes = 0;
  #needed = LENGTH_BYTES;

  push(piece: Buffer, onFrame: (frame: Frame) => void): void {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    while (this.#bytes >= this.#needed) {
      const buffer = this.#joined();
      const length = buffer.readUInt32BE(0);
      if (length < FIXED_BYTES || length > FRAME_BYTES_MAX) throw new FrameError(`frame of ${length} bytes`);
      if (buffer.length < LENGTH_BYTES + length) {
        this.#needed = LENGTH_BYTES + length;
        return;
      }
      this.#consume(buffer, LENGTH_BYTES + length);
      onFrame(decode(buffer.subarray(LENGTH_BYTES, LENGTH_BYTES + length)));
    }
  }

  #joined(): Buffer {
    const buffer = this.#pieces.length === 1 && this.#pieces[0] !== undefined ? this.#pieces[0] : Buffer.concat(this.#pieces);
    this.#pieces = [buffer];
    return buffer;
  }

  #consume(buffer: Buffer, bytes: number): void {
    const rest = buffer.subarray(bytes);
    this.#pieces = rest.length === 0 ? [] : [rest];
    this.#bytes = rest.length;
    this.#needed = LENGTH_BYTES;
  }
}

function decode(body: Buffer): Frame {
  const headerBytes = body.readUInt16BE(1);
  if (FIXED_BYTES + headerBytes > body.length) throw new FrameError('frame header longer than its frame');
  try {
    const header: unknown = JSON.parse(body.toString('utf8', FIXED_BYTES, FIXED_BYTES + headerBytes));
    return { type: body.readUInt8(0), header, payload: body.subarray(FIXED_BYTES + headerBytes) };
  } catch {
    throw new FrameError('frame header is not JSON');
  }
}
