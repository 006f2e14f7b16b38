/** `node test/conformance/main.ts --target NAME`: runs the suite against a target. Nothing of the product is imported. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { LEVELS, PROFILES } from './case.ts';
import { TOPICS } from './cases/index.ts';
import { loadTarget, TargetUnusable } from './kit/target.ts';
import { ListFault, loadLists } from './lists.ts';
import { renderJson } from './report/json.ts';
import { renderJunit } from './report/junit.ts';
import { renderScreen } from './report/screen.ts';
import type { RunSummary } from './report/summary.ts';
import { renderTap } from './report/tap.ts';
import { countResults, judge } from './result.ts';
import type { CaseResult, Lists } from './result.ts';
import { runCases } from './runner.ts';
import { selectCases, SelectionFault } from './selection.ts';
import type { Selection } from './selection.ts';
import { findCaseFaults, findCoverageFaults } from './validate.ts';

/** The same numbers as the product's command line has. */
export const EXIT = { OK: 0, FINDINGS: 1, USAGE: 2, ENVIRONMENT: 3, KIT: 70 } as const;
const JOBS_DEFAULT = 8;
const JOBS_MAX = 64;

const USAGE = `Usage: node test/conformance/main.ts --target NAME [options]
       node test/conformance/main.ts list [options]

Examines a Runtime API server. NAME is a file of test/conformance/targets, or the path of one.

  --case ID         only this case: its id or its id in the catalogue; may be repeated
  --topic NAME      only the cases of this topic; may be repeated
  --level LEVEL     ${LEVELS.join(', ')}; may be repeated
  --profile NAME    only cases that are about this profile (${PROFILES.join(', ')}) and no other
  --jobs N          cases at the same time (${JOBS_DEFAULT})
  --tolerance N     time spans may be N times as long (1)
  --exchange        show what was sent and received
  --progress        a line per case as it ends
  --json FILE       the results for programs
  --junit FILE      the results for continuous integration
  --tap FILE        the results as TAP
  --help            this text

Exit codes: 0 all as expected, 1 findings, 2 wrong usage, 3 the target cannot be started.
`;

class UsageFault extends Error {}

type Options = {
  command: 'run' | 'list';
  targetName: string;
  selection: Selection;
  jobs: number;
  tolerance: number;
  showExchanges: boolean;
  showProgress: boolean;
  files: { json: string | undefined; junit: string | undefined; tap: string | undefined };
};

export async function main(words: readonly string[], print: (text: string) => void): Promise<number> {
  const options = readOptions(words);
  if (options === 'help') {
    print(USAGE);
    return EXIT.OK;
  }
  const all = TOPICS.flatMap(({ cases }) => cases);
  const faults = [...findCaseFaults(all), ...findCoverageFaults(all)];
  if (faults.length > 0) throw new Error(`the cases are not in order:\n${faults.join('\n')}`);
  const cases = selectCases(TOPICS, options.selection);
  if (options.command === 'list') {
    for (const { id, ref, level, title } of cases) print(`${ref}  ${level.padEnd(8)}  ${id}: ${title}\n`);
    return EXIT.OK;
  }
  const target = loadTarget(options.targetName);
  const lists = loadLists(target.name);
  checkLists(lists, new Set(all.map(({ id }) => id)), target.name);
  const startedAt = new Date();
  const settled = (result: CaseResult): void => {
    if (options.showProgress) print(`${result.status.padEnd(7)} ${result.case.ref} ${result.case.id} ${result.durationMs} ms\n`);
  };
  const results = await runCases({ target, cases, jobs: options.jobs, tolerance: options.tolerance, keepsExchanges: options.showExchanges, settled });
  const summary: RunSummary = {
    targetName: target.name,
    targetAbout: target.about,
    profile: target.profile,
    startedAt: startedAt.toISOString(),
    durationMs: Date.now() - startedAt.getTime(),
    results: judge(results, lists),
  };
  const { json, junit, tap } = options.files;
  if (json !== undefined) writeFileSync(json, renderJson(summary));
  if (junit !== undefined) writeFileSync(junit, renderJunit(summary));
  if (tap !== undefined) writeFileSync(tap, renderTap(summary));
  print(`${renderScreen(summary, { showExchanges: options.showExchanges })}\n`);
  return countResults(summary.results).unexpected === 0 ? EXIT.OK : EXIT.FINDINGS;
}

function readOptions(words: readonly string[]): Options | 'help' {
  const { values, positionals } = parse(words);
  if (values.help === true) return 'help';
  const [command = 'run', ...rest] = positionals;
  if ((command !== 'run' && command !== 'list') || rest.length > 0) throw new UsageFault(`"${positionals.join(' ')}" is no command; there are run and list`);
  if (command === 'run' && values.target === undefined) throw new UsageFault('--target is missing');
  const selection: Selection = {
    ...(values.case === undefined ? {} : { ids: values.case }),
    ...(values.topic === undefined ? {} : { topics: values.topic }),
    ...(values.level === undefined ? {} : { levels: values.level.map((name) => oneOf(LEVELS, name, '--level')) }),
    ...(values.profile === undefined ? {} : { profile: oneOf(PROFILES, values.profile, '--profile') }),
  };
  return {
    command,
    targetName: values.target ?? '',
    selection,
    jobs: readNumber(values.jobs, '--jobs', { otherwise: JOBS_DEFAULT, minimum: 1, maximum: JOBS_MAX, isWhole: true }),
    tolerance: readNumber(values.tolerance, '--tolerance', { otherwise: 1, minimum: 1, maximum: 100, isWhole: false }),
    showExchanges: values.exchange === true,
    showProgress: values.progress === true,
    files: { json: values.json, junit: values.junit, tap: values.tap },
  };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        target: { type: 'string' },
        case: { type: 'string', multiple: true },
        topic: { type: 'string', multiple: true },
        level: { type: 'string', multiple: true },
        profile: { type: 'string' },
        jobs: { type: 'string' },
        tolerance: { type: 'string' },
        exchange: { type: 'boolean' },
        progress: { type: 'boolean' },
        json: { type: 'string' },
        junit: { type: 'string' },
        tap: { type: 'string' },
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

/** An id that no case has any more hides nothing; it only looks as if. */
function checkLists(lists: Lists, ids: ReadonlySet<string>, name: string): void {
  for (const id of [...lists.knownFailing.keys(), ...lists.flaky.keys()]) {
    if (!ids.has(id)) throw new ListFault(`the lists of ${name} name ${id}, which is no case`);
    if (lists.knownFailing.has(id) && lists.flaky.has(id)) throw new ListFault(`${id} is listed both as known to fail and as flaky`);
  }
}

/** Three lines at most: what, why, what to try. */
function describeFault(error: unknown): { text: string; exit: number } {
  if (error instanceof UsageFault || error instanceof SelectionFault || error instanceof ListFault) return { text: `${error.message}\ntry: --help`, exit: EXIT.USAGE };
  if (error instanceof TargetUnusable) return { text: `${error.message}\ntry: ${error.hint}`, exit: EXIT.ENVIRONMENT };
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
