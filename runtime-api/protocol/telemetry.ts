/** The Telemetry and Logs APIs as on the wire. Source: AWS guides of the two; RIE's second mode, `aws-lambda-rie/internal/telemetry`, at 4fa2157. */

/** What an extension subscribes to, and the first word of an event's type. */
export const TELEMETRY_CATEGORIES = ['platform', 'function', 'extension'] as const;
export type TelemetryCategory = (typeof TELEMETRY_CATEGORIES)[number];

export const TELEMETRY_SCHEMA_VERSIONS = ['2022-07-01', '2022-12-13', '2025-01-29'] as const;
/** The first is what a subscription without a version gets. */
export const LOGS_SCHEMA_VERSIONS = ['2020-08-15', '2021-03-18'] as const;
export type SchemaVersion = (typeof TELEMETRY_SCHEMA_VERSIONS)[number] | (typeof LOGS_SCHEMA_VERSIONS)[number];

export const PLATFORM_EVENT_TYPES = [
  'platform.initStart',
  'platform.initRuntimeDone',
  'platform.initReport',
  'platform.extension',
  'platform.telemetrySubscription',
  'platform.logsSubscription',
  'platform.start',
  'platform.runtimeDone',
  'platform.report',
  'platform.restoreStart',
  'platform.restoreRuntimeDone',
  'platform.restoreReport',
  'platform.logsDropped',
  // The Logs API only.
  'platform.end',
  'platform.fault',
] as const;
export type PlatformEventType = (typeof PLATFORM_EVENT_TYPES)[number];

/** Names of the host that an extension may name; all of them are the environment's own loopback. */
export const TELEMETRY_HOSTS = ['sandbox.localdomain', 'sandbox', '127.0.0.1', 'localhost'] as const;
/** Of the Runtime API on AWS: no destination may listen there. */
export const TELEMETRY_PORT_TAKEN = 9001;

/** Ranges and defaults of `buffering`. Source: Telemetry API guide; one page of the reference has two of the ranges exchanged. */
export const TELEMETRY_BUFFERING = {
  maxItems: { min: 1_000, max: 10_000, default: 10_000 },
  maxBytes: { min: 262_144, max: 1_048_576, default: 262_144 },
  timeoutMs: { min: 25, max: 30_000, default: 1_000 },
} as const;

export const TELEMETRY_SUBSCRIPTION_CLOSED_MESSAGE = 'Telemetry API subscription is closed';
export const LOGS_SUBSCRIPTION_CLOSED_MESSAGE = 'Logs API subscription is closed';
/** Of `platform.logsDropped`. Source: RIE's second mode, `subscriber.go`. */
export const CONSUMER_TOO_SLOW_REASON = 'Some logs were dropped because the downstream consumer is slower than the logs production rate';

/** Log formats and levels. Source: guide, advanced logging controls. The order is that of their weight. */
export const LOG_FORMATS = ['JSON', 'Text'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];
export const APPLICATION_LOG_LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] as const;
export type ApplicationLogLevel = (typeof APPLICATION_LOG_LEVELS)[number];
export const SYSTEM_LOG_LEVELS = ['DEBUG', 'INFO', 'WARN'] as const;
export type SystemLogLevel = (typeof SYSTEM_LOG_LEVELS)[number];

/** Frames of the private log descriptor. Source: the official runtime clients, `LogPatch.js`, `bootstrap.py`, `FramedTelemetryLogSink.java`. */
export const LOG_FRAME_MAGIC = 0xa55a0000;
export const LOG_FRAME_HEAD_BYTES = 16;
