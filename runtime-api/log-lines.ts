/** The platform's own lines in text format. Every line ends in `\n`; tabs are part of the format. Source: log snapshots recorded on AWS. */
import type { CompletionStatus } from './protocol/invocation.ts';

export type ReportFigures = {
  requestId: string;
  durationMs: number;
  /** Present with the first invocation after a successful initialisation. */
  initDurationMs?: number | undefined;
  /** Present with the invocation that restored the environment. */
  restoreDurationMs?: number | undefined;
  memorySizeMiB: number;
  maxMemoryUsedMiB: number;
  status: CompletionStatus;
  errorType?: string | undefined;
};

export function initStartLine(options: { versionName: string; runtimeVersionArn: string }): string {
  return `INIT_START Runtime Version: ${options.versionName}\tRuntime Version ARN: ${options.runtimeVersionArn}\n`;
}

export function startLine(requestId: string, version: string): string {
  return `START RequestId: ${requestId} Version: ${version}\n`;
}

export function endLine(requestId: string): string {
  return `END RequestId: ${requestId}\n`;
}

/** Billed is the ceiling of duration plus initialisation, in whole milliseconds: since August 2025 initialisation is billed. */
export function billedDurationMs(figures: Pick<ReportFigures, 'durationMs' | 'initDurationMs'>): number {
  return Math.ceil(figures.durationMs + (figures.initDurationMs ?? 0));
}

export function reportLine(figures: ReportFigures): string {
  let line =
    `REPORT RequestId: ${figures.requestId}\tDuration: ${figures.durationMs.toFixed(2)} ms\t` +
    `Billed Duration: ${billedDurationMs(figures)} ms\tMemory Size: ${figures.memorySizeMiB} MB\t` +
    `Max Memory Used: ${figures.maxMemoryUsedMiB} MB\t`;
  if (figures.initDurationMs !== undefined) line += `Init Duration: ${figures.initDurationMs.toFixed(2)} ms\t`;
  if (figures.restoreDurationMs !== undefined) line += `Restore Duration: ${figures.restoreDurationMs.toFixed(2)} ms\t`;
  return `${line}${statusMembers(figures)}\n`;
}

/** As RIE prints it: the initialisation stands first and is not billed, memory used is a copy of memory size, no status. */
export function reportLineRie(figures: ReportFigures): string {
  const init = figures.initDurationMs === undefined ? '' : `Init Duration: ${figures.initDurationMs.toFixed(2)} ms\t`;
  return (
    `REPORT RequestId: ${figures.requestId}\t${init}Duration: ${figures.durationMs.toFixed(2)} ms\t` +
    `Billed Duration: ${Math.ceil(figures.durationMs)} ms\tMemory Size: ${figures.memorySizeMiB} MB\t` +
    `Max Memory Used: ${figures.memorySizeMiB} MB\t\n`
  );
}

/** After-restore hooks included. Source: AWS guide "Monitoring for SnapStart". */
export function restoreReportLine(report: { status: CompletionStatus; errorType?: string | undefined; durationMs: number }): string {
  const members = statusMembers(report);
  return `RESTORE_REPORT Restore Duration: ${report.durationMs.toFixed(2)} ms${members === '' ? '' : `\t${members}`}\n`;
}

/** Printed when an initialisation failed, and always when it ran ahead of any invocation. */
export function initReportLine(report: {
  phase: 'init' | 'invoke';
  status: CompletionStatus;
  errorType?: string | undefined;
  durationMs: number;
}): string {
  return `INIT_REPORT Init Duration: ${report.durationMs.toFixed(2)} ms\tPhase: ${report.phase}\t${statusMembers(report)}\n`;
}

/** One per extension at the end of an initialisation. Source: observed logs; the form with blanks between events is the newer one. */
export function extensionLine(extension: { name: string; state: string; events: readonly string[]; errorType?: string | undefined }): string {
  const type = extension.errorType === undefined ? '' : `\tError Type: ${oneLine(extension.errorType)}`;
  return `EXTENSION\tName: ${oneLine(extension.name)}\tState: ${extension.state}\tEvents: [${extension.events.join(', ')}]${type}\n`;
}

/** One per subscription. Source: observed logs. */
export function subscriptionLine(api: 'telemetry' | 'logs', subscription: { name: string; state: string; types: readonly string[] }): string {
  const types = subscription.types.map((type) => type.charAt(0).toUpperCase() + type.slice(1)).join(', ');
  return `${api.toUpperCase()}\tName: ${oneLine(subscription.name)}\tState: ${subscription.state}\tTypes: [${types}]\n`;
}

function statusMembers(result: { status: CompletionStatus; errorType?: string | undefined }): string {
  if (result.status === 'success') return '';
  const type = result.status === 'error' && result.errorType !== undefined ? `\tError Type: ${oneLine(result.errorType)}` : '';
  return `Status: ${result.status}${type}`;
}

/** A type comes from the runtime and must not be able to end or forge a line. */
function oneLine(value: string): string {
  return value.replace(/[\0-\x1f\x7f]/g, ' ');
}
