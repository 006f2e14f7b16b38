/** `rik conformance run`: examines a Runtime API server or a runtime. */

import { writeFileSync } from 'node:fs';
import { JOBS_DEFAULT, PATIENCE_SECONDS_DEFAULT, readSelection, SELECTION_OPTIONS, TOLERANCE_MAX, withSuiteFaults } from '../conformance-options.ts';
import { cliError } from '../errors.ts';
import type { ParsedInput } from '../parsed-input.ts';
import { JSON_OPTION } from '../shared-options.ts';
import type { Verb } from '../verb.ts';
import { parseAddress } from '../listen-address.ts';

const JOBS_MAX = 64;
const PATIENCE_SECONDS_MAX = 600;
const LISTEN_DEFAULT = '127.0.0.1:9001';

type Suite = typeof import('../../test/conformance/index.ts');

export const conformanceRun: Verb = {
  name: 'conformance run',
  summary: 'Examine a Runtime API server or a runtime',
  description:
    'The target is a file that says how a server or a runtime is started, or one of the suite’s own by its name; --bootstrap examines a bootstrap without a file. Ends with 0 when every case came out as expected, with 1 (FINDINGS) otherwise, with 2 (USAGE) for a selection that leaves nothing, with 3 (ENVIRONMENT) for a target that does not start.',
  arguments: [],
  options: [
    { flags: '--target NAME', kind: 'text', summary: 'Target file, or the name of one that the suite brings' },
    { flags: '--bootstrap PATH', kind: 'text', summary: 'Executable, or folder or zip file with a file "bootstrap"' },
    { flags: '--function NAME=HANDLER', kind: 'list', summary: 'For --bootstrap: a function of the handler contract and its handler string; may be repeated' },
    { flags: '--no-spawn', kind: 'switch', summary: 'Wait for a runtime that somebody else starts, with the one function that --function names' },
    { flags: '--listen HOST:PORT', kind: 'text', summary: 'With --no-spawn: address of the Runtime API that it has to talk to', defaultText: LISTEN_DEFAULT },
    ...SELECTION_OPTIONS,
    { flags: '--format NAME', kind: 'text', summary: 'Form of the report', choices: ['screen', 'json', 'junit', 'tap', 'html'], defaultText: 'screen' },
    { flags: '--output FILE', kind: 'text', summary: 'Write the report there; the summary for people still goes to stdout' },
    { flags: '--exchange', kind: 'switch', summary: 'Show what was sent and received' },
    { flags: '--jobs N', kind: 'integer', summary: 'Cases at the same time', minimum: 1, maximum: JOBS_MAX, defaultText: String(JOBS_DEFAULT) },
    { flags: '--tolerance N', kind: 'integer', summary: 'Time spans may be N times as long, for busy machines', minimum: 1, maximum: TOLERANCE_MAX, defaultText: '1' },
    { flags: '--patience SECONDS', kind: 'integer', summary: 'How long a call that must wait is left waiting', minimum: 1, maximum: PATIENCE_SECONDS_MAX, defaultText: String(PATIENCE_SECONDS_DEFAULT) },
    JSON_OPTION,
  ],
  examples: [
    { says: 'The emulator of this package', command: 'rik conformance run --target rik-emulator' },
    { says: 'A bootstrap of your own', command: 'rik conformance run --bootstrap ./bootstrap --function echo=app.echo --function fail=app.fail' },
    { says: 'One case with everything that went over the wire', command: 'rik conformance run --target rik-nodejs --case RUN-008 --exchange' },
    { says: 'A page for the web', command: 'rik conformance run --target my-runtime.json --format html --output report.html' },
  ],
  run: async ({ input, output }) => {
    const suite = await import('../../test/conformance/index.ts');
    const showExchanges = input.isSet('exchange');
    const named = suite.FORMATS.find((name) => name === input.text('format')) ?? 'screen';
    const format = output.isJson ? 'json' : named;
    const file = input.text('output');
    if (named !== 'screen' && output.isJson) throw cliError('cli/usage', '--json and --format exclude each other');
    const options = { ...readExamined(input), attach: readAttachment(input, suite), selection: readSelection(input, suite) };
    let settled = 0;
    const summary = await withSuiteFaults(suite, () =>
      suite.runSuite({
        ...options,
        jobs: input.integer('jobs') ?? JOBS_DEFAULT,
        tolerance: input.integer('tolerance') ?? 1,
        patienceMs: (input.integer('patience') ?? PATIENCE_SECONDS_DEFAULT) * 1000,
        keepsExchanges: showExchanges,
        settled: () => {
          settled += 1;
          if (settled % PROGRESS_EVERY === 0) output.progress(`${settled} cases done`);
        },
      }),
    );
    const report = suite.renderReport(format, summary, { showExchanges });
    if (file !== undefined) writeReport(file, report);
    const shown = file !== undefined && format !== 'screen' && !output.isJson ? suite.renderReport('screen', summary, { showExchanges }) : report;
    process.stdout.write(shown);
    return suite.countResults(summary.results).unexpected === 0 ? 'OK' : 'FINDINGS';
  },
};

const PROGRESS_EVERY = 25;

function readExamined(input: ParsedInput): { examined: Parameters<Suite['runSuite']>[0]['examined']; againCommand: string } {
  const targetName = input.text('target');
  const bootstrap = input.text('bootstrap');
  const functions = input.list('function');
  if ((targetName === undefined) === (bootstrap === undefined)) throw cliError('cli/usage', 'either --target or --bootstrap', { hint: 'rik conformance run --target rik-emulator' });
  if (targetName !== undefined) return { examined: { targetName }, againCommand: `rik conformance run --target ${targetName}` };
  const words = functions.map((word) => ` --function ${word}`).join('');
  return { examined: { bootstrap: { bootstrap: bootstrap ?? '', functions } }, againCommand: `rik conformance run --bootstrap ${bootstrap ?? ''}${words}` };
}

function readAttachment(input: ParsedInput, suite: Suite): Parameters<Suite['runSuite']>[0]['attach'] {
  if (!input.isSet('no-spawn')) return undefined;
  const [name = ''] = (input.list('function')[0] ?? 'echo').split('=');
  if (!suite.isFunctionName(name)) throw cliError('cli/usage', `--function: "${name}" is none of the handler contract`);
  return { ...parseAddress(input.text('listen') ?? LISTEN_DEFAULT, '--listen'), function: name };
}

function writeReport(file: string, report: string): void {
  try {
    writeFileSync(file, report);
  } catch (error) {
    throw cliError('cli/usage', `the report cannot be written to ${file}: ${error instanceof Error ? error.message : String(error)}`, { hint: '--output in a folder that exists', cause: error });
  }
}
