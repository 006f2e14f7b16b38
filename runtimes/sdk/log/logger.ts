/**
 * Log records as text or JSON, from a level on, both as the environment says (`AWS_LAMBDA_LOG_FORMAT`,
 * `AWS_LAMBDA_LOG_LEVEL`). One record is one line of standard output, which is what the platform collects.
 */
import { format } from 'node:util';
import { toErrorBody } from '../errors.ts';

/** Least urgent first. Source: AWS guide, log-level filtering. */
export const LOG_LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export type Logger = Record<'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal', (message: unknown, ...more: unknown[]) => void> & {
  /** A logger that adds these to each record in JSON, and after the message in text. */
  with(fields: Readonly<Record<string, unknown>>): Logger;
};

/** Who a record is about. */
export type LogSubject = { awsRequestId: string; tenantId?: string | undefined; traceId?: string | undefined };

export type LoggerOptions = {
  environment: Readonly<Record<string, string | undefined>>;
  /** The running invocation, if one can be told. */
  subject: () => LogSubject | undefined;
  write: (line: string) => void;
};

type Settings = LoggerOptions & { isJson: boolean; threshold: number };

export function createLogger(options: LoggerOptions): Logger {
  const { environment } = options;
  // An unknown level means that everything is shown.
  const threshold = Math.max(0, LOG_LEVELS.findIndex((level) => level === environment['AWS_LAMBDA_LOG_LEVEL']?.toUpperCase()));
  return loggerWith({ ...options, isJson: environment['AWS_LAMBDA_LOG_FORMAT']?.toUpperCase() === 'JSON', threshold }, {});
}

/** The same logger, about one invocation whatever runs meanwhile. */
export function loggerAbout(options: LoggerOptions, subject: LogSubject): Logger {
  return createLogger({ ...options, subject: () => subject });
}

function loggerWith(settings: Settings, fields: Readonly<Record<string, unknown>>): Logger {
  const at = (level: LogLevel) => (...parameters: unknown[]): void => {
    if (LOG_LEVELS.indexOf(level) < settings.threshold) return;
    settings.write(settings.isJson ? jsonLine(level, parameters, fields, settings.subject()) : textLine(level, parameters, fields, settings.subject()));
  };
  return {
    trace: at('TRACE'),
    debug: at('DEBUG'),
    info: at('INFO'),
    warn: at('WARN'),
    error: at('ERROR'),
    fatal: at('FATAL'),
    with: (more) => loggerWith(settings, { ...fields, ...more }),
  };
}

function textLine(level: LogLevel, parameters: unknown[], fields: Readonly<Record<string, unknown>>, subject: LogSubject | undefined): string {
  const extra = Object.keys(fields).length === 0 ? '' : ` ${stringify(fields)}`;
  // One record is one line for the collector; `\r` keeps its inner lines apart.
  const text = `${format(...parameters)}${extra}`.replaceAll('\n', '\r');
  return `${new Date().toISOString()}\t${subject?.awsRequestId ?? '-'}\t${level}\t${text}\n`;
}

function jsonLine(level: LogLevel, parameters: unknown[], fields: Readonly<Record<string, unknown>>, subject: LogSubject | undefined): string {
  const [first] = parameters;
  const error = parameters.find((parameter) => parameter instanceof Error);
  const { errorType, errorMessage, stackTrace, cause } = error === undefined ? {} : errorMembers(error);
  return `${stringify({
    ...fields,
    timestamp: new Date().toISOString(),
    level,
    requestId: subject?.awsRequestId,
    tenantId: subject?.tenantId,
    traceId: subject?.traceId,
    message: parameters.length === 1 ? (first instanceof Error ? first.message : first) : format(...parameters.map(messageOf)),
    errorType,
    errorMessage,
    stackTrace,
    cause,
  })}\n`;
}

function errorMembers(error: Error): { errorType?: string; errorMessage?: string; stackTrace?: string[]; cause?: unknown } {
  return toErrorBody(error);
}

function messageOf(parameter: unknown): unknown {
  return parameter instanceof Error ? parameter.message : parameter;
}

/** A record is never lost: circles and bigints are written as text. */
function stringify(record: Readonly<Record<string, unknown>>): string {
  try {
    return JSON.stringify(record, plainValue);
  } catch {
    const flat = Object.entries(record).map(([name, value]) => [name, typeof value === 'object' && value !== null ? format('%o', value) : plainValue(name, value)]);
    return JSON.stringify(Object.fromEntries(flat));
  }
}

function plainValue(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  return value instanceof Error ? toErrorBody(value) : value;
}
