/** The reports by their names. */
import { renderHtml } from './html.ts';
import { renderJson } from './json.ts';
import { renderJunit } from './junit.ts';
import { renderScreen } from './screen.ts';
import type { RunSummary } from './summary.ts';
import { renderTap } from './tap.ts';

export const FORMATS = ['screen', 'json', 'junit', 'tap', 'html'] as const;
export type Format = (typeof FORMATS)[number];

export function renderReport(format: Format, summary: RunSummary, options: { showExchanges: boolean }): string {
  switch (format) {
    case 'screen':
      return `${renderScreen(summary, options)}\n`;
    case 'json':
      return renderJson(summary);
    case 'junit':
      return renderJunit(summary);
    case 'tap':
      return renderTap(summary);
    case 'html':
      return renderHtml(summary);
    default:
      return format satisfies never;
  }
}
