/** Telemetry events with their types (runtime-api §12.5). What is not known, or lacks a member that every platform sends, comes as `unknown`. */

type Tracing = { type: string; value: string; spanId?: string };
type Span = { name: string; start: string; durationMs: number };
type Ending = { status: string; errorType?: string; spans?: Span[] };
type LogLine = string | Readonly<Record<string, unknown>>;
type VersionFields = { functionName?: string; functionVersion?: string; instanceId?: string; instanceMaxMemory?: number; runtimeVersion?: string; runtimeVersionArn?: string };

export type TelemetryRecords = {
  'platform.initStart': VersionFields & { initializationType: string; phase: string };
  'platform.initRuntimeDone': Ending & { initializationType: string; phase?: string };
  'platform.initReport': Ending & { initializationType: string; phase: string; metrics: { durationMs: number } };
  'platform.extension': { name: string; state: string; events: string[] };
  'platform.telemetrySubscription': { name: string; state: string; types: string[] };
  'platform.logsSubscription': { name: string; state: string; types: string[] };
  'platform.start': { requestId: string; version?: string; tracing?: Tracing; tenantId?: string };
  'platform.runtimeDone': Ending & { requestId: string; metrics?: { durationMs: number; producedBytes?: number }; tracing?: Tracing };
  'platform.report': Ending & {
    requestId: string;
    metrics: { durationMs: number; billedDurationMs?: number; memorySizeMB?: number; maxMemoryUsedMB?: number; initDurationMs?: number; restoreDurationMs?: number };
    tracing?: Tracing;
  };
  'platform.restoreStart': VersionFields;
  'platform.restoreRuntimeDone': Ending;
  'platform.restoreReport': Ending & { metrics: { durationMs: number } };
  'platform.logsDropped': { droppedRecords: number; droppedBytes: number; reason: string };
  function: LogLine;
  extension: LogLine;
};

type KnownType = keyof TelemetryRecords;
/** `time`: UTC, ISO 8601. */
export type TelemetryEvent =
  | { [Type in KnownType]: { time: string; type: Type; record: TelemetryRecords[Type] } }[KnownType]
  | { time: string; type: 'unknown'; typeAsSent: string; record: unknown };

/** Members without which a record is not what its type says. */
const REQUIRED: Readonly<Record<KnownType, readonly string[]>> = {
  'platform.initStart': ['initializationType'],
  'platform.initRuntimeDone': ['initializationType', 'status'],
  'platform.initReport': ['initializationType', 'metrics'],
  'platform.extension': ['name', 'state', 'events'],
  'platform.telemetrySubscription': ['name', 'state', 'types'],
  'platform.logsSubscription': ['name', 'state', 'types'],
  'platform.start': ['requestId'],
  'platform.runtimeDone': ['requestId', 'status'],
  'platform.report': ['requestId', 'metrics'],
  'platform.restoreStart': [],
  'platform.restoreRuntimeDone': ['status'],
  'platform.restoreReport': ['status', 'metrics'],
  'platform.logsDropped': ['droppedRecords', 'droppedBytes', 'reason'],
  function: [],
  extension: [],
};

/** The body of one delivery. Throws a `SyntaxError` or `TypeError` when it is no JSON array of objects. */
export function parseTelemetry(text: string): TelemetryEvent[] {
  const parsed: unknown = JSON.parse(text);
  if (!Array.isArray(parsed)) throw new TypeError('a delivery of telemetry is a JSON array');
  return parsed.map(parseEvent);
}

function parseEvent(value: unknown): TelemetryEvent {
  if (typeof value !== 'object' || value === null) throw new TypeError('an event of telemetry is a JSON object');
  const time = String(Reflect.get(value, 'time') ?? '');
  const type = String(Reflect.get(value, 'type') ?? '');
  const record: unknown = Reflect.get(value, 'record');
  // The one assertion of this parser: the platform vouches for the members that nobody needs to live.
  return isKnown(type, record) ? ({ time, type, record } as TelemetryEvent) : { time, type: 'unknown', typeAsSent: type, record };
}

function isKnown(type: string, record: unknown): type is KnownType {
  if (!Object.hasOwn(REQUIRED, type)) return false;
  if (type === 'function' || type === 'extension') return typeof record === 'string' || (typeof record === 'object' && record !== null);
  const required: readonly string[] | undefined = Object.entries(REQUIRED).find(([name]) => name === type)?.[1];
  return typeof record === 'object' && record !== null && (required ?? []).every((member) => Object.hasOwn(record, member));
}
