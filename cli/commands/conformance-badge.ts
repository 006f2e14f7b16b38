/** `rik conformance badge`: a badge for a README, from the report of a run. */

import { readFileSync, writeFileSync } from 'node:fs';
import { withSuiteFaults } from '../conformance-options.ts';
import { cliError } from '../errors.ts';
import { JSON_OPTION } from '../shared-options.ts';
import type { Verb } from '../verb.ts';

export const conformanceBadge: Verb = {
  name: 'conformance badge',
  summary: 'Make a badge for a README from the report of a run',
  description:
    'Reads a report in JSON and writes an SVG picture and the figures behind it. The figures are also what shields.io reads from an address. Green: every required case that was run passed; yellow: what fails is listed as known; red: something unexpected. Skipped cases are counted in the figures.',
  arguments: [{ name: 'REPORT', summary: 'Report that `rik conformance run --format json` has written', arity: 'one' }],
  options: [
    { flags: '--svg FILE', kind: 'text', summary: 'Where the picture goes', defaultText: 'conformance.svg' },
    { flags: '--summary FILE', kind: 'text', summary: 'Where the figures go', defaultText: 'conformance-summary.json' },
    JSON_OPTION,
  ],
  examples: [{ says: 'Picture and figures beside the README', command: 'rik conformance badge report.json' }],
  run: async ({ input, output }) => {
    const suite = await import('../../test/conformance/index.ts');
    const summary = await withSuiteFaults(suite, async () => suite.summariseReport(onFile(input.argument('REPORT'), (path) => readFileSync(path, 'utf8'))));
    const svg = input.text('svg') ?? 'conformance.svg';
    const figures = input.text('summary') ?? 'conformance-summary.json';
    onFile(svg, (path) => writeFileSync(path, suite.renderBadge(summary)));
    onFile(figures, (path) => writeFileSync(path, `${JSON.stringify(summary, undefined, 2)}\n`));
    output.report({ json: () => ({ svg, summary: figures, message: summary.message }), people: () => [`${summary.target}: ${summary.message}`, `written: ${svg}, ${figures}`] });
    return 'OK';
  },
};

function onFile<Value>(path: string, act: (path: string) => Value): Value {
  try {
    return act(path);
  } catch (error) {
    throw cliError('cli/usage', `${path} cannot be used: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
