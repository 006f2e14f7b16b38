/**
 * The platform's events, each with the record of the newest schema. What older schemas and the Logs API make of them is render-event.ts's.
 * Source: Telemetry API event schema reference; RIE `interop/events_api.go`, which has the order of the members.
 */
import type { CompletionStatus } from '../protocol/invocation.ts';
import type { PlatformEventType, SchemaVersion } from '../protocol/telemetry.ts';

export type PlatformEvent = { type: PlatformEventType; record: Readonly<Record<string, unknown>> | string };

export type InitPhase = 'init' | 'invoke' | 'snap-start';
export type Tracing = { type: 'X-Amzn-Trace-Id'; value: string };
export type Span = { name: 'responseLatency' | 'responseDuration' | 'runtimeOverhead' | 'extensionOverhead'; start: string; durationMs: number };
export type EndOf = { status: CompletionStatus; errorType?: string | undefined };

export type InitStart = {
  initializationType: string;
  phase: InitPhase;
  runtimeVersion?: string | undefined;
  runtimeVersionArn?: string | undefined;
  functionName: string;
  functionVersion: string;
  /** The log stream. Source: RIE `rapid/handlers.go`. */
  instanceId?: string | undefined;
  /** In MB. */
  instanceMaxMemory?: number | undefined;
};

export type InvocationOf = { requestId: string; tracing: Tracing | undefined };

/** What the owner of an environment measures of an invocation. */
export type InvocationFigures = EndOf & {
  requestId: string;
  durationMs: number;
  billedDurationMs: number;
  memorySizeMiB: number;
  maxMemoryUsedMiB: number;
  initDurationMs?: number | undefined;
  restoreDurationMs?: number | undefined;
};

export function initStart(record: InitStart): PlatformEvent {
  return { type: 'platform.initStart', record };
}

export function initRuntimeDone(end: EndOf & { initializationType: string; phase: InitPhase }): PlatformEvent {
  const { initializationType, phase } = end;
  return { type: 'platform.initRuntimeDone', record: { initializationType, phase, ...endMembers(end) } };
}

export function initReport(report: EndOf & { initializationType: string; phase: InitPhase; durationMs: number }): PlatformEvent {
  const { initializationType, phase, durationMs } = report;
  return { type: 'platform.initReport', record: { initializationType, phase, ...endMembers(report), metrics: { durationMs: microseconds(durationMs) } } };
}

export function restoreRuntimeDone(end: EndOf): PlatformEvent {
  return { type: 'platform.restoreRuntimeDone', record: endMembers(end) };
}

export function restoreReport(report: EndOf & { durationMs: number }): PlatformEvent {
  return { type: 'platform.restoreReport', record: { ...endMembers(report), metrics: { durationMs: microseconds(report.durationMs) } } };
}

export function extensionEvent(extension: { name: string; state: string; events: readonly string[]; errorType?: string | undefined }): PlatformEvent {
  return { type: 'platform.extension', record: extension };
}

export function subscriptionEvent(api: 'telemetry' | 'logs', record: { name: string; state: string; types: readonly string[] }): PlatformEvent {
  return { type: api === 'telemetry' ? 'platform.telemetrySubscription' : 'platform.logsSubscription', record };
}

export function invocationStart({ requestId, tracing, version, tenantId }: InvocationOf & { version: string; tenantId?: string | undefined }): PlatformEvent {
  return { type: 'platform.start', record: { requestId, version, tracing, tenantId } };
}

export function runtimeDone(done: InvocationOf & EndOf & { durationMs: number; producedBytes: number; spans: readonly Span[] }): PlatformEvent {
  const { requestId, tracing, durationMs, producedBytes, spans } = done;
  const metrics = { durationMs: microseconds(durationMs), producedBytes };
  return { type: 'platform.runtimeDone', record: { requestId, ...endMembers(done), metrics, spans: spans.length > 0 ? spans : undefined, tracing } };
}

/** What the environment itself knows of an invocation; without a type it is an ordinary one. */
export type ReportContext = { tracing: Tracing | undefined; spans: readonly Span[]; initializationType?: string };

export function report(figures: InvocationFigures, context: ReportContext): PlatformEvent {
  const { requestId } = figures;
  const spans = context.spans.length > 0 ? context.spans : undefined;
  return { type: 'platform.report', record: { requestId, ...endMembers(figures), metrics: metricsOf(figures, context), spans, tracing: context.tracing } };
}

/** Of one among several in an environment neither memory nor a price can be told. Source: RIE `internal/lambda-managed-instances/invoke/metrics.go`. */
function metricsOf(figures: InvocationFigures, { initializationType }: ReportContext): Record<string, number | undefined> {
  const durationMs = hundredths(figures.durationMs);
  if (initializationType === 'lambda-managed-instances') return { durationMs };
  const { initDurationMs, restoreDurationMs } = figures;
  return {
    durationMs,
    billedDurationMs: figures.billedDurationMs,
    memorySizeMB: figures.memorySizeMiB,
    maxMemoryUsedMB: figures.maxMemoryUsedMiB,
    initDurationMs: initDurationMs === undefined ? undefined : hundredths(initDurationMs),
    restoreDurationMs: restoreDurationMs === undefined ? undefined : hundredths(restoreDurationMs),
  };
}

/** The Logs API's word for an invocation that ended with its environment. Source: RIE `FaultData.String`. */
export function fault(requestId: string, message: string, errorType: string): PlatformEvent {
  return { type: 'platform.fault', record: `RequestId: ${requestId} Error: ${message}\n${errorType}\n` };
}

export function logsDropped(lost: { records: number; bytes: number; reason: string }): PlatformEvent {
  return { type: 'platform.logsDropped', record: { droppedRecords: lost.records, droppedBytes: lost.bytes, reason: lost.reason } };
}

/** Both clocks are read at one moment, so a span's beginning is on the wall clock what it was on the other. */
export function span(name: Span['name'], fromMs: number, toMs: number, now: { epochMs: number; monotonicMs: number }): Span {
  return { name, start: isoTime(now.epochMs - (now.monotonicMs - fromMs)), durationMs: microseconds(Math.max(0, toMs - fromMs)) };
}

export function tracingOf(traceId: string | undefined): Tracing | undefined {
  return traceId === undefined || traceId === '' ? undefined : { type: 'X-Amzn-Trace-Id', value: traceId };
}

/** UTC with milliseconds. */
export function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

/** A timeout has no type of its own. Source: status rules of the schema reference. */
function endMembers({ status, errorType }: EndOf): { status: CompletionStatus; errorType: string | undefined } {
  return { status, errorType: status === 'error' ? errorType : undefined };
}

/** As precise as RIE prints them. */
function microseconds(durationMs: number): number {
  return Math.round(durationMs * 1_000) / 1_000;
}

/** As precise as the REPORT line. */
function hundredths(durationMs: number): number {
  return Math.round(durationMs * 100) / 100;
}

/** Of the newest schema; the log in JSON format uses it. */
export const NEWEST_SCHEMA: SchemaVersion = '2025-01-29';
