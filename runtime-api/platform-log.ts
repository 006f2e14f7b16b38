/**
 * The platform's lines about an invocation in the log's format, for whoever owns an environment and has measured what they say. What
 * nobody has to measure is printed by the environment itself. Empty text where a level leaves a line out.
 */
import { jsonPlatformLine } from './log-format.ts';
import type { Logging } from './log-format.ts';
import { billedDurationMs, endLine, initReportLine, reportLine, restoreReportLine, startLine } from './log-lines.ts';
import type { ReportFigures } from './log-lines.ts';
import type { RestoreReport } from './environment-contract.ts';
import type { CompletionStatus, Invocation } from './protocol/invocation.ts';
import { initReport, invocationStart, report, restoreReport, tracingOf } from './telemetry/platform-event.ts';
import type { InvocationFigures, PlatformEvent } from './telemetry/platform-event.ts';

export type InitReportFigures = { phase: 'init' | 'invoke'; status: CompletionStatus; errorType?: string | undefined; durationMs: number };

export type PlatformLog = {
  initReported(figures: InitReportFigures, initializationType: string): string;
  restoreReported(figures: RestoreReport): string;
  started(invocation: Pick<Invocation, 'requestId' | 'traceId' | 'tenantId'>, version: string): string;
  completed(figures: ReportFigures, traceId: string | undefined): string;
};

const TEXT_LOG: PlatformLog = {
  // Only when it failed, or was made ahead of any invocation.
  initReported: (figures, initializationType) => (figures.status === 'success' && initializationType === 'on-demand' ? '' : initReportLine(figures)),
  restoreReported: (figures) => restoreReportLine(figures),
  started: ({ requestId }, version) => startLine(requestId, version),
  completed: (figures) => endLine(figures.requestId) + reportLine(figures),
};

export function platformLog(logging: Logging, nowEpochMs: () => number, initializationType = 'on-demand'): PlatformLog {
  if (logging.format === 'Text') return TEXT_LOG;
  const line = (event: PlatformEvent): string => jsonPlatformLine(logging, event, nowEpochMs());
  return {
    initReported: (figures, type) => line(initReport({ ...figures, initializationType: type })),
    restoreReported: (figures) => line(restoreReport(figures)),
    started: ({ requestId, traceId, tenantId }, version) => line(invocationStart({ requestId, tracing: tracingOf(traceId), version, tenantId })),
    completed: (figures, traceId) => line(report(invocationFigures(figures), { tracing: tracingOf(traceId), spans: [], initializationType })),
  };
}

export function invocationFigures(figures: ReportFigures): InvocationFigures {
  return { ...figures, billedDurationMs: billedDurationMs(figures) };
}
