/** Where the log of functions goes: platform lines and output, in order within one environment's stream. */
import { write } from 'node:fs';
import type { Writable } from 'node:stream';
import type { FunctionVersion } from './function-version.ts';

export type LogRecord = { version: FunctionVersion; logStream: string; bytes: Buffer };

export type LogSink = {
  /** A promise says that the reader is slow: nothing more is written until it settles, and environments that print much have to wait. */
  write(record: LogRecord): void | Promise<void>;
};

/** A pipe that is full says so when it does not block; it is tried again this much later. */
const RETRY_MS = 10;

/** Everything on one stream, bytes as they are. What a stream that has ended is given is lost. */
export function streamLogSink(stream: Writable & { fd?: number }): LogSink {
  const { fd } = stream;
  return { write: ({ bytes }) => (fd === undefined ? writeToStream(stream, bytes) : writeToDescriptor(fd, bytes)) };
}

function writeToStream(stream: Writable, bytes: Buffer): Promise<void> | undefined {
  if (!stream.writable || stream.write(bytes)) return undefined;
  return new Promise((resolve) => {
    const settle = (): void => {
      stream.off('drain', settle).off('close', settle).off('error', settle);
      resolve();
    };
    stream.on('drain', settle).on('close', settle).on('error', settle);
  });
}

/**
 * Past the stream object, on a thread of its own: whether writing to a standard stream blocks is a property of the open file, which
 * any program that shares it may change (whatever is started with our stderr makes it block). A terminal that was stopped must
 * not stop the platform.
 */
function writeToDescriptor(fd: number, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    write(fd, bytes, (error, written) => {
      if (error === null && written === bytes.length) resolve();
      else if (error === null) resolve(writeToDescriptor(fd, bytes.subarray(written)));
      else if (error.code === 'EAGAIN') setTimeout(() => resolve(writeToDescriptor(fd, bytes)), RETRY_MS);
      // EPIPE, EBADF: nobody will ever read it.
      else resolve();
    });
  });
}
