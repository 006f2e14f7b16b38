/**
 * An event as one subscriber gets it: text of a JSON object, by schema version. The versions of the Telemetry API differ in what a log
 * line may be; the Logs API has events of its own and shorter records. Source: schema references; Logs API guide.
 */
import { LOGS_SCHEMA_VERSIONS } from '../protocol/telemetry.ts';
import type { PlatformEventType, SchemaVersion } from '../protocol/telemetry.ts';
import { isoTime } from './platform-event.ts';
import type { PlatformEvent } from './platform-event.ts';

/** One line of output. `json` when the log format is JSON and the text is one JSON object. */
export type LogRecord = { kind: 'function' | 'extension'; epochMs: number; text: string; isJsonObject: boolean };

/** Only the Logs API has these. */
const LOGS_ONLY: ReadonlySet<PlatformEventType> = new Set(['platform.logsSubscription', 'platform.end', 'platform.fault']);

/** What the Logs API has besides, and what is left of the record. */
const LOGS_EVENTS: Partial<Record<PlatformEventType, readonly string[]>> = {
  'platform.start': ['requestId', 'version'],
  'platform.report': ['requestId', 'metrics'],
  'platform.extension': ['name', 'state', 'events'],
  'platform.logsDropped': ['droppedRecords', 'droppedBytes', 'reason'],
  'platform.logsSubscription': ['name', 'state', 'types'],
};
/** Added by its second version. */
const LOGS_EVENTS_2021: Partial<Record<PlatformEventType, readonly string[]>> = {
  'platform.initRuntimeDone': ['initializationType', 'status'],
  'platform.runtimeDone': ['requestId', 'status'],
};

/** None, one, or (an end and its report) two. */
export function renderPlatformEvent(event: PlatformEvent, epochMs: number, schema: SchemaVersion): string[] {
  if (!isLogsSchema(schema)) return LOGS_ONLY.has(event.type) ? [] : [envelope(epochMs, event.type, event.record)];
  if (typeof event.record === 'string') return [envelope(epochMs, event.type, event.record)];
  const members = LOGS_EVENTS[event.type] ?? (schema === '2021-03-18' ? LOGS_EVENTS_2021[event.type] : undefined);
  if (members === undefined) return [];
  const record = Object.fromEntries(members.map((name) => [name, Reflect.get(Object(event.record), name)]));
  // What the Telemetry API calls an error is a failure here.
  if (record['status'] === 'error') record['status'] = 'failure';
  const rendered = envelope(epochMs, event.type, record);
  return event.type === 'platform.report' ? [envelope(epochMs, 'platform.end', { requestId: record['requestId'] }), rendered] : [rendered];
}

export function renderLogRecord({ kind, epochMs, text, isJsonObject }: LogRecord, schema: SchemaVersion): string {
  const record = isJsonObject && takesObjects(schema) ? text : JSON.stringify(text);
  return `{"time":"${isoTime(epochMs)}","type":"${kind}","record":${record}}`;
}

export function takesObjects(schema: SchemaVersion): boolean {
  return schema !== '2022-07-01' && !isLogsSchema(schema);
}

function isLogsSchema(schema: SchemaVersion): boolean {
  return LOGS_SCHEMA_VERSIONS.some((version) => version === schema);
}

function envelope(epochMs: number, type: PlatformEventType, record: unknown): string {
  return JSON.stringify({ time: isoTime(epochMs), type, record });
}
