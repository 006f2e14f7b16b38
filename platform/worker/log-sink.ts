/** Where the log of functions goes: platform lines and output, in order within one environment's stream. */
import type { Writable } from 'node:stream';
import type { FunctionVersion } from './function-version.ts';

export type LogRecord = { version: FunctionVersion; logStream: string; bytes: Buffer };

export type LogSink = {
  /** A promise says that the reader is slow: nothing more is written until it settles, and environments that print much have to wait. */
  write(record: LogRecord): void | Promise<void>;
};

/** Everything on one stream, bytes as they are. A stream that has ended takes what comes and forgets it. */
export function streamLogSink(stream: Writable): LogSink {
  return {
    write({ bytes }) {
      if (!stream.writable || stream.write(bytes)) return undefined;
      return new Promise((resolve) => {
        const settle = (): void => {
          stream.off('drain', settle).off('close', settle).off('error', settle);
          resolve();
        };
        stream.on('drain', settle).on('close', settle).on('error', settle);
      });
    },
  };
}
