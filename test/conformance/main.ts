/** `node test/conformance/main.ts --target NAME`: runs the suite against a target. Nothing of the product is imported. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { LEVELS, PROFILES } from './case.ts';
import { renderHtml } from './report/html.ts';
import { renderJson } from './report/json.ts';
import { renderJunit } from './report/junit.ts';
import { renderScreen } from './report/screen.ts';
import { renderTap } from './report/tap.ts';
import { countResults } from './result.ts';
import type { CaseResult } from './result.ts';
import { isFunctionName } from './runtime/runtime-case.ts';
import type { FunctionName } from './runtime/runtime-case.ts';
import type { Selection } from './selection.ts';
import { faultOf, listCases, runSuite, SUBJECTS } from './suite.ts';
import type { Examined } from './suite.ts';

/** The same numbers as the product's command line has. */
export const EXIT = { OK: 0, FINDINGS: 1, USAGE: 2, ENVIRONMENT: 3, KIT: 70 } as const;
const JOBS_DEFAULT = 8;
const JOBS_MAX = 64;

const USAGE = `Usage: node test/conformance/main.ts --target NAME [options]
       node test/conformance/main.ts --bootstrap PATH [--function echo=HANDLER …] [options]
       node test/conformance/main.ts list [options]

Examines a Runtime API server or a runtime. NAME is a file of test/conformance/targets, or the path of one; PATH an
executable file, or a folder or zip archive with a file "bootstrap".

  --case ID         only this case: its id or its id in the catalogue; may be repeated
  --topic NAME      only the cases of this topic; may be repeated
  --tag NAME        only the cases of this topic or that need this feature; may be repeated
  --level LEVEL     ${LEVELS.join(', ')}; may be repeated
  --profile NAME    only cases that are about this profile (${PROFILES.join(', ')}) and no other
  --subject NAME    for list: ${SUBJECTS.join(', ')}
  --function N=H    a function of the handler contract and its handler string, for --bootstrap; may be repeated
  --no-spawn        wait for a runtime that somebody else starts; it runs the one function that --function names
  --listen H:P      where the server of the suite listens then (127.0.0.1:9001)
  --jobs N          cases at the same time (${JOBS_DEFAULT})
  --tolerance N     time spans may be N times as long (1)
  --patience N      seconds for which a call that must wait is left waiting (40)
  --exchange        show what was sent and received
  --progress        a line per case as it ends
  --json FILE       the results for programs
  --junit FILE      the results for continuous integration
  --tap FILE        the results as TAP
  --html FILE       the results as one page
  --help            this text

Exit codes: 0 all as expected, 1 findings, 2 wrong usage, 3 the target cannot be started.
`;

class UsageFault extends Error {}

type Options = {
  command: 'run' | 'list';
  examined: Examined;
  selection: Selection;
  subject: (typeof SUBJECTS)[number] | undefined;
  attach: { host: string; port: number; function: FunctionName } | undefined;
  jobs: number;
  tolerance: number;
  patienceMs: number;
  showExchanges: boolean;
  showProgress: boolean;
  files: Readonly<Record<'json' | 'junit' | 'tap' | 'html', string | undefined>>;
};

export async function main(words: readonly string[], print: (text: string) => void): Promise<number> {
  const options = readOptions(words);
  if (options === 'help') {
    print(USAGE);
    return EXIT.OK;
  }
  if (options.command === 'list') {
    for (const { id, ref, level, title } of listCases(options.selection, options.subject)) print(`${ref}  ${level.padEnd(8)}  ${id}: ${title}\n`);
    return EXIT.OK;
  }
  const settled = (result: CaseResult): void => {
    if (options.showProgress) print(`${result.status.padEnd(7)} ${result.case.ref} ${result.case.id} ${result.durationMs} ms\n`);
  };
  const { examined, selection, attach, jobs, tolerance, patienceMs } = options;
  const againCommand = `node test/conformance/main.ts ${examinedWords(examined)}`;
  const summary = await runSuite({ examined, selection, attach, jobs, tolerance, patienceMs, keepsExchanges: options.showExchanges, againCommand, settled });
  const { json, junit, tap, html } = options.files;
  if (json !== undefined) writeFileSync(json, renderJson(summary));
  if (junit !== undefined) writeFileSync(junit, renderJunit(summary));
  if (tap !== undefined) writeFileSync(tap, renderTap(summary));
  if (html !== undefined) writeFileSync(html, renderHtml(summary));
  print(`${renderScreen(summary, { showExchanges: options.showExchanges })}\n`);
  return countResults(summary.results).unexpected === 0 ? EXIT.OK : EXIT.FINDINGS;
}

function examinedWords(examined: Examined): string {
  if ('targetName' in examined) return `--target ${examined.targetName}`;
  return [`--bootstrap ${examined.bootstrap.bootstrap}`, ...examined.bootstrap.functions.map((word) => `--function ${word}`)].join(' ');
}

function readOptions(words: readonly string[]): Options | 'help' {
  const { values, positionals } = parse(words);
  if (values.help === true) return 'help';
  const [command = 'run', ...rest] = positionals;
  if ((command !== 'run' && command !== 'list') || rest.length > 0) throw new UsageFault(`"${positionals.join(' ')}" is no command; there are run and list`);
  if (command === 'run' && values.target === undefined && values.bootstrap === undefined) throw new UsageFault('--target is missing');
  const selection: Selection = {
    ...(values.case === undefined ? {} : { ids: values.case }),
    ...(values.topic === undefined ? {} : { topics: values.topic }),
    ...(values.tag === undefined ? {} : { tags: values.tag }),
    ...(values.level === undefined ? {} : { levels: values.level.map((name) => oneOf(LEVELS, name, '--level')) }),
    ...(values.profile === undefined ? {} : { profile: oneOf(PROFILES, values.profile, '--profile') }),
  };
  const functions = values.function ?? [];
  return {
    command,
    examined: values.bootstrap === undefined ? { targetName: values.target ?? '' } : { bootstrap: { bootstrap: values.bootstrap, functions } },
    selection,
    subject: values.subject === undefined ? undefined : oneOf(SUBJECTS, values.subject, '--subject'),
    attach: values['no-spawn'] === true ? readAttachment(values.listen ?? '127.0.0.1:9001', functions) : undefined,
    jobs: readNumber(values.jobs, '--jobs', { otherwise: JOBS_DEFAULT, minimum: 1, maximum: JOBS_MAX, isWhole: true }),
    tolerance: readNumber(values.tolerance, '--tolerance', { otherwise: 1, minimum: 1, maximum: 100, isWhole: false }),
    patienceMs: readNumber(values.patience, '--patience', { otherwise: 40, minimum: 1, maximum: 600, isWhole: false }) * 1000,
    showExchanges: values.exchange === true,
    showProgress: values.progress === true,
    files: { json: values.json, junit: values.junit, tap: values.tap, html: values.html },
  };
}

function readAttachment(address: string, functions: readonly string[]): NonNullable<Options['attach']> {
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(address) ?? [];
  if (host === undefined || Number(port) > 65_535) throw new UsageFault(`--listen takes HOST:PORT, not "${address}"`);
  const [name = 'echo'] = (functions[0] ?? 'echo').split('=');
  if (!isFunctionName(name)) throw new UsageFault(`--function ${name} is none of the handler contract`);
  return { host, port: Number(port), function: name };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        target: { type: 'string' },
        bootstrap: { type: 'string' },
        function: { type: 'string', multiple: true },
        'no-spawn': { type: 'boolean' },
        listen: { type: 'string' },
        case: { type: 'string', multiple: true },
        topic: { type: 'string', multiple: true },
        tag: { type: 'string', multiple: true },
        level: { type: 'string', multiple: true },
        profile: { type: 'string' },
        subject: { type: 'string' },
        jobs: { type: 'string' },
        tolerance: { type: 'string' },
        patience: { type: 'string' },
        exchange: { type: 'boolean' },
        progress: { type: 'boolean' },
        json: { type: 'string' },
        junit: { type: 'string' },
        tap: { type: 'string' },
        html: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new UsageFault(error instanceof Error ? error.message : String(error));
  }
}

function oneOf<Name extends string>(names: readonly Name[], name: string, flag: string): Name {
  const found = names.find((known) => known === name);
  if (found === undefined) throw new UsageFault(`${flag} takes ${names.join(', ')}, not "${name}"`);
  return found;
}

function readNumber(text: string | undefined, flag: string, range: { otherwise: number; minimum: number; maximum: number; isWhole: boolean }): number {
  if (text === undefined) return range.otherwise;
  const value = Number(text);
  if (text.trim() === '' || !(value >= range.minimum && value <= range.maximum) || (range.isWhole && !Number.isInteger(value))) {
    throw new UsageFault(`${flag} takes a ${range.isWhole ? 'whole ' : ''}number from ${range.minimum} to ${range.maximum}, not "${text}"`);
  }
  return value;
}

/** Three lines at most: what, why, what to try. */
function describeFault(error: unknown): { text: string; exit: number } {
  const fault = error instanceof UsageFault ? { kind: 'usage' as const, message: error.message, hint: '--help' } : faultOf(error);
  if (fault !== undefined) return { text: `${fault.message}\ntry: ${fault.hint}`, exit: fault.kind === 'usage' ? EXIT.USAGE : EXIT.ENVIRONMENT };
  return { text: error instanceof Error ? (error.stack ?? error.message) : String(error), exit: EXIT.KIT };
}

if (import.meta.main) {
  try {
    process.exitCode = await main(process.argv.slice(2), (text) => process.stdout.write(text));
  } catch (error) {
    const { text, exit } = describeFault(error);
    process.stderr.write(`conformance: ${text}\n`);
    process.exitCode = exit;
  }
}
