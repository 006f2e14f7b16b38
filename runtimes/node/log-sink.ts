/**
 * Where the records of the log go: to the platform's framed descriptor where it gave one, else to stdout. Source: managed-runtimes §1.4.
 *
 * A frame is a head of 16 bytes, big-endian (type with format and level, length, microseconds since 1970), and the message. It keeps a
 * record of many lines together, and its level and time without parsing.
 */
import { fstatSync, writeSync } from 'node:fs';
import { LEVELS, type Level } from './log-levels.ts';

/** Without a newline at its end. */
export type LogRecord = { isJson: boolean; level: Level; timestampEpochMs: number; text: string };
export type LogSink = (record: LogRecord) => void;

const DESCRIPTOR_VARIABLE = '_LAMBDA_TELEMETRY_LOG_FD';
const FRAME_TYPE = 0xa55a0000;
const TEXT_BITS = 0x03;
const JSON_BITS = 0x02;
/** The level is in bits 2 to 4, from 1 for TRACE. */
const LEVEL_STEP = 4;
const HEAD_BYTES = 16;
const MICROSECONDS_PER_MS = 1000n;
/** A descriptor that does not block and is full is tried again after so long. */
const RETRY_MS = 1;

/** The variable is taken out of the environment: programs that the function starts do not have the descriptor. */
export function openLogSink(environment: NodeJS.ProcessEnv, writeStdout: (text: string) => void): LogSink {
  const text = environment[DESCRIPTOR_VARIABLE] ?? '';
  const descriptor = /^[0-9]+$/.test(text) ? Number(text) : undefined;
  delete environment[DESCRIPTOR_VARIABLE];
  return descriptor !== undefined && isOpen(descriptor) ? (record) => writeWhole(descriptor, encodeFrame(record)) : (record) => writeStdout(`${oneLine(record)}\n`);
}

/** JSON has no newline at its end, text has one and keeps those inside. */
export function encodeFrame({ isJson, level, timestampEpochMs, text }: LogRecord): Buffer {
  const message = isJson ? text : `${text}\n`;
  const messageBytes = Buffer.byteLength(message);
  const frame = Buffer.allocUnsafe(HEAD_BYTES + messageBytes);
  frame.writeUInt32BE(FRAME_TYPE + (LEVELS.indexOf(level) + 1) * LEVEL_STEP + (isJson ? JSON_BITS : TEXT_BITS), 0);
  frame.writeUInt32BE(messageBytes, 4);
  frame.writeBigUInt64BE(BigInt(timestampEpochMs) * MICROSECONDS_PER_MS, 8);
  frame.write(message, HEAD_BYTES, 'utf8');
  return frame;
}

/** On stdout one record is one line for the collector; `\r` keeps its inner lines apart. */
function oneLine({ isJson, text }: LogRecord): string {
  return isJson ? text : text.replaceAll('\n', '\r');
}

function isOpen(descriptor: number): boolean {
  try {
    fstatSync(descriptor);
    return true;
  } catch {
    return false;
  }
}

/** Waits where the reader is slow; a descriptor that nobody reads any more loses the bytes. */
export function writeWhole(descriptor: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(descriptor, bytes, written);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
}
