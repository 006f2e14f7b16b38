/** Public surface of the worker. */
export type { InvocationOutcome, InvocationReport, InvocationRequest } from './active-invocation.ts';
export type { StreamReceiver } from './incoming-stream.ts';
export { WORKER_ERRORS } from './errors.ts';
export type { FunctionVersion, RuntimeRoot } from './function-version.ts';
export { streamLogSink } from './log-sink.ts';
export type { LogRecord, LogSink } from './log-sink.ts';
export { Worker } from './worker.ts';
export type { WorkerOptions } from './worker.ts';
