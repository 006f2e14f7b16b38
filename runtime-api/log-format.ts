/**
 * The two formats of the log, and what their levels let through. Levels mean something in JSON format only; they filter the log, not what
 * telemetry subscribers get. Source: guides, advanced logging controls and log-level filtering; third-party tests that quote the level table.
 */
import { LOG_FORMAT_VARIABLE, LOG_LEVEL_VARIABLE } from './protocol/environment-variables.ts';
import { APPLICATION_LOG_LEVELS, SYSTEM_LOG_LEVELS } from './protocol/telemetry.ts';
import type { ApplicationLogLevel, LogFormat, PlatformEventType, SystemLogLevel } from './protocol/telemetry.ts';
import { isoTime } from './telemetry/platform-event.ts';
import type { PlatformEvent } from './telemetry/platform-event.ts';

export type Logging = { format: LogFormat; applicationLevel: ApplicationLogLevel; systemLevel: SystemLogLevel };

export const TEXT_LOGGING: Logging = { format: 'Text', applicationLevel: 'INFO', systemLevel: 'INFO' };

/** A JSON object of output, as far as it is of interest here. */
export type JsonLine = { level: ApplicationLogLevel };

/** Success, and everything else. Restore events are without source. */
const LEVELS: Record<PlatformEventType, readonly [SystemLogLevel, SystemLogLevel] | undefined> = {
  'platform.initStart': ['DEBUG', 'DEBUG'],
  'platform.initRuntimeDone': ['DEBUG', 'WARN'],
  'platform.initReport': ['DEBUG', 'WARN'],
  'platform.extension': ['INFO', 'INFO'],
  'platform.telemetrySubscription': ['INFO', 'INFO'],
  'platform.logsSubscription': ['INFO', 'INFO'],
  'platform.start': ['INFO', 'INFO'],
  'platform.runtimeDone': ['DEBUG', 'WARN'],
  'platform.report': ['INFO', 'WARN'],
  'platform.restoreStart': ['INFO', 'INFO'],
  'platform.restoreRuntimeDone': ['DEBUG', 'WARN'],
  'platform.restoreReport': ['INFO', 'WARN'],
  'platform.logsDropped': ['WARN', 'WARN'],
  'platform.end': undefined,
  'platform.fault': undefined,
};

/** What the runtime is told of it. With the text format recorded environments have neither variable. */
export function loggingVariables(logging: Logging | undefined): Record<string, string> {
  return logging?.format === 'JSON' ? { [LOG_FORMAT_VARIABLE]: 'JSON', [LOG_LEVEL_VARIABLE]: logging.applicationLevel } : {};
}

/** The event's line in JSON format; empty when the system level leaves it out. */
export function jsonPlatformLine(logging: Logging, event: PlatformEvent, epochMs: number): string {
  const level = systemLevelOf(event);
  if (level === undefined || SYSTEM_LOG_LEVELS.indexOf(level) < SYSTEM_LOG_LEVELS.indexOf(logging.systemLevel)) return '';
  return `${JSON.stringify({ time: isoTime(epochMs), type: event.type, record: event.record })}\n`;
}

function systemLevelOf({ type, record }: PlatformEvent): SystemLogLevel | undefined {
  if (typeof record === 'string') return undefined;
  const { status = 'success', initializationType = 'on-demand' } = record;
  // Seen with a runtime version on AWS, and with each environment that was initialized ahead.
  if (type === 'platform.initStart' && record['runtimeVersion'] !== undefined) return 'INFO';
  if (type === 'platform.initReport' && status === 'success' && initializationType !== 'on-demand') return 'INFO';
  return LEVELS[type]?.[status === 'success' ? 0 : 1];
}

/** Whether a line of the function's output gets into the log. Plain text, and objects without a level or with a wrong time, count as INFO. */
export function keepsLine(logging: Logging, line: string): boolean {
  return isAtLeast(jsonLevel(parseObject(line)), logging.applicationLevel);
}

export function isAtLeast(level: ApplicationLogLevel, wanted: ApplicationLogLevel): boolean {
  return APPLICATION_LOG_LEVELS.indexOf(level) >= APPLICATION_LOG_LEVELS.indexOf(wanted);
}

/** True when no line would ever be left out, so that none has to be looked at. */
export function keepsAll(logging: Logging): boolean {
  return logging.format === 'Text' || logging.applicationLevel === 'TRACE';
}

/** The object that a line of output is, if it is one. */
export function parseObject(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.trimStart().startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function jsonLevel(object: Readonly<Record<string, unknown>> | undefined): ApplicationLogLevel {
  const { level, timestamp } = object ?? {};
  const hasValidTime = timestamp === undefined || (typeof timestamp === 'string' && isRfc3339(timestamp));
  const known = typeof level === 'string' && hasValidTime ? APPLICATION_LOG_LEVELS.find((name) => name === level.toUpperCase()) : undefined;
  return known ?? 'INFO';
}

function isRfc3339(text: string): boolean {
  return /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:[Zz]|[+-]\d\d:?\d\d)$/.test(text) && !Number.isNaN(Date.parse(text.replace(',', '.')));
}
