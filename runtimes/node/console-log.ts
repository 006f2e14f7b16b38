/**
 * Replaces the methods of `console` so that each call is one record with time, request id and level, as text or JSON.
 * Source: managed-runtimes §2.10.
 */
import { loadUtil } from './builtins.ts';
import { intoError, toLoggedError } from './errors.ts';
import { LEVELS, type Level } from './log-levels.ts';
import type { LogSink } from './log-sink.ts';

const METHOD_LEVELS = {
  trace: 'TRACE',
  debug: 'DEBUG',
  info: 'INFO',
  log: 'INFO',
  warn: 'WARN',
  error: 'ERROR',
  fatal: 'FATAL',
} as const satisfies Record<string, Level>;

export type ConsoleLogOptions = {
  isJson: boolean;
  /** As its author wrote it; an unknown one shows everything. */
  level: string | undefined;
  /** The running request, or what stands for none. */
  requestId: () => unknown;
  write: LogSink;
};

export type LogTitle = 'Init Error' | 'Invoke Error' | 'Uncaught Exception' | 'Unhandled Promise Rejection' | 'Unexpected Top Level Error';

export type ConsoleLog = {
  /** Logs an error that ended an invocation, the initialisation or the process. */
  logError(title: LogTitle, error: unknown): void;
};

export function replaceConsole(options: ConsoleLogOptions): ConsoleLog {
  const { isJson } = options;
  const threshold = Math.max(0, LEVELS.findIndex((level) => level === options.level?.toUpperCase()));
  const toText = isJson ? jsonText : plainText;
  const emit = (level: Level, parameters: unknown[]): void => {
    if (LEVELS.indexOf(level) < threshold) return;
    const timestampEpochMs = Date.now();
    const timestamp = new Date(timestampEpochMs).toISOString();
    options.write({ isJson, level, timestampEpochMs, text: toText({ timestamp, requestId: options.requestId(), level, parameters }) });
  };
  for (const [method, level] of Object.entries(METHOD_LEVELS)) {
    Reflect.set(console, method, (...parameters: unknown[]) => emit(level, parameters));
  }
  return {
    logError(title, error) {
      if (isJson) emit('ERROR', [intoError(error)]);
      else emit('ERROR', [`${title} \t${stringifyLenient(toLoggedError(error))}`]);
    },
  };
}

type LogCall = { timestamp: string; requestId: unknown; level: Level; parameters: unknown[] };

function plainText({ timestamp, requestId, level, parameters }: LogCall): string {
  return `${timestamp}\t${String(requestId)}\t${level}\t${loadUtil().format(...parameters)}`;
}

function jsonText({ timestamp, requestId, level, parameters }: LogCall): string {
  const record: Record<string, unknown> = { timestamp, level, requestId };
  if (parameters.length <= 1) {
    record['message'] = parameters[0];
    try {
      return JSON.stringify(record, errorAsObject);
    } catch {
      record['message'] = loadUtil().format(...parameters);
      return JSON.stringify(record);
    }
  }
  record['message'] = loadUtil().format(...parameters);
  const error = parameters.find((parameter) => parameter instanceof Error);
  if (error !== undefined) {
    record['errorType'] = error.constructor?.name ?? 'UnknownError';
    record['errorMessage'] = error.message;
    record['stackTrace'] = typeof error.stack === 'string' ? error.stack.split('\n') : [];
  }
  return JSON.stringify(record);
}

function errorAsObject(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const own: Record<string, unknown> = {
    errorType: value.constructor?.name ?? 'UnknownError',
    errorMessage: value.message,
    stackTrace: typeof value.stack === 'string' ? value.stack.split('\n') : [],
  };
  for (const [key, member] of Object.entries(value)) own[key] ??= member;
  return own;
}

/** Errors carry what their author hung on them; cycles and bigints must not lose the record. */
function stringifyLenient(value: Record<string, unknown>): string {
  try {
    return JSON.stringify(value, (_key, member: unknown) => (typeof member === 'bigint' ? String(member) : member));
  } catch {
    return JSON.stringify({ errorType: value['errorType'], errorMessage: value['errorMessage'], stack: value['stack'] });
  }
}
