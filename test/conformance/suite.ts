/** One run of the suite, whoever is examined: loads the target, selects, runs, judges. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { CaseBase } from './case.ts';
import { MANAGED_CATALOGUE, RUNTIME_CATALOGUE } from './catalogue.ts';
import { TOPICS } from './cases/index.ts';
import { readJson } from './json.ts';
import { loadTarget, TargetUnusable } from './kit/target.ts';
import { ListFault, loadLists } from './lists.ts';
import { ReportUnusable } from './report/badge.ts';
import type { RunSummary } from './report/summary.ts';
import { judge } from './result.ts';
import type { CaseResult, Lists } from './result.ts';
import { runCases } from './runner.ts';
import { RUNTIME_TOPICS } from './runtime/cases/index.ts';
import { bootstrapTarget, isRuntimeTarget, readRuntimeTarget } from './runtime/kit/runtime-target.ts';
import type { BootstrapOptions, RuntimeTarget } from './runtime/kit/runtime-target.ts';
import { unzip } from './runtime/kit/unzip.ts';
import { isRuntimeNeed } from './runtime/runtime-case.ts';
import { runRuntimeCases } from './runtime/run-runtime-cases.ts';
import type { Attachment } from './runtime/run-runtime-cases.ts';
import { selectCases, SelectionFault } from './selection.ts';
import type { Selection } from './selection.ts';
import { findCaseFaults, findCoverageFaults } from './validate.ts';

export const SUBJECTS = ['server', 'runtime'] as const;
export type Subject = (typeof SUBJECTS)[number];

/** A target file by its name or path, or a bootstrap by itself. */
export type Examined = { targetName: string } | { bootstrap: BootstrapOptions };

export type SuiteOptions = {
  examined: Examined;
  selection: Selection;
  jobs: number;
  tolerance: number;
  patienceMs?: number | undefined;
  attach?: Attachment | undefined;
  keepsExchanges: boolean;
  /** What a report says before `--case ID`. */
  againCommand: string;
  settled?: (result: CaseResult) => void;
};

export class SuiteFault extends Error {}

export async function runSuite(options: SuiteOptions): Promise<RunSummary> {
  checkCases();
  const { examined } = options;
  const path = 'targetName' in examined ? targetPath(examined.targetName) : undefined;
  if ('bootstrap' in examined) return runOnBootstrap(examined.bootstrap, options);
  if (path !== undefined && isRuntimeTarget(readJson(readFileSync(path)))) return runOnRuntime(readRuntimeTarget(path), options);
  return runOnServer(examined.targetName, options);
}

/** The cases of both subjects, or of one. */
export function listCases(selection: Selection, subject?: Subject): CaseBase[] {
  checkCases();
  const server = subject === 'runtime' ? [] : TOPICS;
  const runtime = subject === 'server' ? [] : RUNTIME_TOPICS;
  return selectCases<CaseBase>([...server, ...runtime], selection);
}

/** An archive is unpacked for the run. */
async function runOnBootstrap(given: BootstrapOptions, options: SuiteOptions): Promise<RunSummary> {
  const isArchive = /\.(zip|jar)$/.test(given.bootstrap) && existsSync(given.bootstrap);
  if (!isArchive) return runOnRuntime(bootstrapTarget(given), options);
  const folder = await unzip(readFileSync(given.bootstrap));
  try {
    return await runOnRuntime({ ...bootstrapTarget({ ...given, bootstrap: folder }), about: given.bootstrap }, options);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runOnServer(targetName: string, options: SuiteOptions): Promise<RunSummary> {
  const cases = selectCases(TOPICS, options.selection);
  const target = loadTarget(targetName);
  const lists = checkedLists(target.name);
  return summarise({ name: target.name, about: target.about, profile: target.profile, again: options.againCommand }, lists, () =>
    runCases({ target, cases, jobs: options.jobs, tolerance: options.tolerance, keepsExchanges: options.keepsExchanges, ...settledOf(options) }),
  );
}

async function runOnRuntime(target: RuntimeTarget, options: SuiteOptions): Promise<RunSummary> {
  const cases = selectCases(RUNTIME_TOPICS, options.selection);
  const lists = checkedLists(target.name);
  const { jobs, tolerance, keepsExchanges, attach, patienceMs } = options;
  const patience = patienceMs === undefined ? {} : { patienceMs };
  return summarise({ name: target.name, about: target.about, profile: 'aws', again: options.againCommand }, lists, () =>
    runRuntimeCases({ target, cases, jobs, tolerance, keepsExchanges, attach, ...patience, ...settledOf(options) }),
  );
}

function settledOf({ settled }: SuiteOptions): Pick<SuiteOptions, 'settled'> {
  return settled === undefined ? {} : { settled };
}

async function summarise(
  target: { name: string; about: string; profile: RunSummary['profile']; again: string },
  lists: Lists,
  run: () => Promise<CaseResult[]>,
): Promise<RunSummary> {
  const startedAt = new Date();
  const results = judge(await run(), lists);
  return {
    targetName: target.name,
    targetAbout: target.about,
    profile: target.profile,
    againCommand: target.again,
    startedAt: startedAt.toISOString(),
    durationMs: Date.now() - startedAt.getTime(),
    results,
  };
}

/** The path of a target file that is there; a name of the targets folder, or a path. */
function targetPath(nameOrPath: string): string | undefined {
  const path = isAbsolute(nameOrPath) || nameOrPath.endsWith('.json') ? nameOrPath : join(import.meta.dirname, 'targets', `${nameOrPath}.json`);
  return existsSync(path) ? path : undefined;
}

function checkCases(): void {
  const server = TOPICS.flatMap(({ cases }) => cases);
  const runtime = RUNTIME_TOPICS.flatMap(({ cases }) => cases);
  const faults = [...findCaseFaults(server), ...findCoverageFaults(server), ...findCaseFaults(runtime, isRuntimeNeed), ...findRuntimeCoverageFaults(runtime)];
  if (faults.length > 0) throw new SuiteFault(`the cases are not in order:\n${faults.join('\n')}`);
}

/** The cases about runtimes answer for two catalogues. */
export function findRuntimeCoverageFaults(cases: readonly CaseBase[]): string[] {
  const isManaged = ({ ref }: CaseBase): boolean => /^(NODE|PY|JAVA)-/.test(ref);
  return [...findCoverageFaults(cases.filter((one) => !isManaged(one)), RUNTIME_CATALOGUE), ...findCoverageFaults(cases.filter(isManaged), MANAGED_CATALOGUE, true)];
}

/** An id that no case has any more hides nothing; it only looks as if. */
function checkedLists(name: string): Lists {
  const lists = loadLists(name);
  const ids = new Set([...TOPICS.flatMap(({ cases }) => cases), ...RUNTIME_TOPICS.flatMap(({ cases }) => cases)].map(({ id }) => id));
  for (const id of [...lists.knownFailing.keys(), ...lists.flaky.keys()]) {
    if (!ids.has(id)) throw new ListFault(`the lists of ${name} name ${id}, which is no case`);
    if (lists.knownFailing.has(id) && lists.flaky.has(id)) throw new ListFault(`${id} is listed both as known to fail and as flaky`);
  }
  return lists;
}

/** What went wrong before there was a result; undefined: the suite itself. */
export function faultOf(error: unknown): { kind: 'usage' | 'environment'; message: string; hint: string } | undefined {
  if (error instanceof SelectionFault || error instanceof ListFault || error instanceof ReportUnusable) return { kind: 'usage', message: error.message, hint: '--help' };
  if (error instanceof TargetUnusable) return { kind: 'environment', message: error.message, hint: error.hint };
  return undefined;
}
