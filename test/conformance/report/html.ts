import type { RunSummary } from './summary.ts';
export function renderHtml(summary: RunSummary): string { return summary.targetName; }
