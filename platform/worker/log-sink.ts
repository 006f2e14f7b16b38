/** Where the log of functions goes: platform lines and output, in order, one stream per environment. */
import type { FunctionVersion } from './function-version.ts';

export type LogRecord = { version: FunctionVersion; logStream: string; bytes: Buffer };
export type LogSink = { write(record: LogRecord): void };
