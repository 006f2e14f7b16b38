/**
 * What a runtime writes to the descriptor named in `_LAMBDA_TELEMETRY_LOG_FD`: messages in frames, so that one of many lines stays one
 * event. Source: the official clients; the format is in protocol/telemetry.ts. The writer is hostile: what is no frame is plain output.
 */
import { LOG_LINE_BYTES_MAX } from '../protocol/limits.ts';
import { APPLICATION_LOG_LEVELS, LOG_FRAME_HEAD_BYTES, LOG_FRAME_MAGIC } from '../protocol/telemetry.ts';
import type { ApplicationLogLevel } from '../protocol/telemetry.ts';

export type LogFrame = {
  /** Undefined when the client gave none. */
  level: ApplicationLogLevel | undefined;
  /** Of the client's clock; undefined when it says nothing credible. */
  epochMs: number | undefined;
};

export type LogFramesListener = {
  /** A message, or a part of one that is longer than a record may be. */
  message(frame: LogFrame, bytes: Buffer, isLast: boolean): void;
  /** From the first byte that is no frame. */
  plain(bytes: Buffer): void;
};

/** The low byte of a type: two bits of format, three of level. */
const TYPE_MASK = 0xffffff00;
const LEVEL_SHIFT = 2;
const LEVEL_MASK = 0x7;
/** Dates that can be printed with four digits of year. */
const EPOCH_MS_MAX = Date.UTC(9999, 11, 31);

export class LogFrames {
  readonly #listener: LogFramesListener;
  #head: Buffer = Buffer.alloc(0);
  #frame: LogFrame | undefined;
  #leftBytes = 0;
  #pieces: Buffer[] = [];
  #heldBytes = 0;
  #isPlain = false;

  constructor(listener: LogFramesListener) {
    this.#listener = listener;
  }

  push(bytes: Buffer): void {
    let rest = bytes;
    while (rest.length > 0) {
      if (this.#isPlain) return this.#listener.plain(rest);
      rest = this.#frame === undefined ? this.#readHead(rest) : this.#readMessage(this.#frame, rest);
    }
  }

  #readHead(bytes: Buffer): Buffer {
    const wanted = LOG_FRAME_HEAD_BYTES - this.#head.length;
    this.#head = Buffer.concat([this.#head, bytes.subarray(0, wanted)]);
    if (this.#head.length < LOG_FRAME_HEAD_BYTES) return bytes.subarray(wanted);
    const head = this.#head;
    this.#head = Buffer.alloc(0);
    const type = head.readUInt32BE(0);
    if ((type & TYPE_MASK) >>> 0 !== LOG_FRAME_MAGIC) {
      this.#isPlain = true;
      this.#listener.plain(head);
      return bytes.subarray(wanted);
    }
    this.#leftBytes = head.readUInt32BE(4);
    this.#frame = { level: APPLICATION_LOG_LEVELS[((type >>> LEVEL_SHIFT) & LEVEL_MASK) - 1], epochMs: credibleEpochMs(head.readBigUInt64BE(8)) };
    if (this.#leftBytes === 0) this.#emit(this.#frame, true);
    return bytes.subarray(wanted);
  }

  #readMessage(frame: LogFrame, bytes: Buffer): Buffer {
    const count = Math.min(bytes.length, this.#leftBytes, LOG_LINE_BYTES_MAX - this.#heldBytes);
    this.#pieces.push(bytes.subarray(0, count));
    this.#heldBytes += count;
    this.#leftBytes -= count;
    if (this.#leftBytes === 0 || this.#heldBytes === LOG_LINE_BYTES_MAX) this.#emit(frame, this.#leftBytes === 0);
    return bytes.subarray(count);
  }

  #emit(frame: LogFrame, isLast: boolean): void {
    const message = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#heldBytes = 0;
    if (isLast) this.#frame = undefined;
    this.#listener.message(frame, message, isLast);
  }
}

function credibleEpochMs(microseconds: bigint): number | undefined {
  const epochMs = Number(microseconds / 1_000n);
  return epochMs > 0 && epochMs <= EPOCH_MS_MAX ? epochMs : undefined;
}
