/** Runs cases against a target: workers in parallel, each with an instance that it keeps as long as it stays in order. */
import type { CaseBase, ConformanceCase, Observation } from './case.ts';
import { describeExpected, isAccepted, rowsFor } from './accept.ts';
import { within } from './http/client.ts';
import { findViewEntry } from './kit/folders-view.ts';
import { NothingHappened } from './kit/nothing-happened.ts';
import { nowMs } from './kit/now.ts';
import { ProbeLink } from './kit/probe-link.ts';
import { isDefault } from './kit/setup.ts';
import { TargetUnusable } from './kit/target.ts';
import type { Target } from './kit/target.ts';
import { Trial } from './kit/trial.ts';
import type { CaseResult, Status } from './result.ts';
import { limitOf, Schedule } from './schedule.ts';
import type { Turn } from './schedule.ts';
import { skipReason } from './selection.ts';

export type RunOptions = {
  target: Target;
  cases: readonly ConformanceCase[];
  jobs: number;
  /** Factor by which time spans may be longer. */
  tolerance: number;
  /** Also of cases that pass. */
  keepsExchanges?: boolean;
  settled?: (result: CaseResult) => void;
};

const OUTPUT_SHOWN = 4_000;

/** Results in the order of the cases. Throws `TargetUnusable` when the target does not even start. */
export async function runCases(options: RunOptions): Promise<CaseResult[]> {
  const link = await ProbeLink.open();
  try {
    await tryToStart(options, link);
    const run = new Run(options, link);
    return await run.all();
  } finally {
    link.close();
  }
}

/** As the first case wants it: with another setup a target may rightly refuse to start. */
async function tryToStart({ target, cases }: RunOptions, link: ProbeLink): Promise<void> {
  const first = cases.find((one) => one.setup?.startedBy !== 'case' && skipReason(one, target, unavailableHere()) === undefined);
  if (first === undefined) return;
  const trial = new Trial({ target, setup: first.setup ?? {}, link });
  try {
    await (await trial.launch()).ready();
  } finally {
    await trial.close();
  }
}

class Run {
  readonly #options: RunOptions;
  readonly #link: ProbeLink;
  readonly #schedule: Schedule<ConformanceCase>;
  readonly #results = new Map<string, CaseResult>();

  constructor(options: RunOptions, link: ProbeLink) {
    this.#options = options;
    this.#link = link;
    this.#schedule = new Schedule(options.cases);
  }

  async all(): Promise<CaseResult[]> {
    await Promise.all(Array.from({ length: Math.max(this.#options.jobs, 1) }, () => this.#work()));
    return this.#options.cases.flatMap(({ id }) => this.#results.get(id) ?? []);
  }

  async #work(): Promise<void> {
    const worker = new Worker(this.#options, this.#link);
    try {
      for (let turn = this.#schedule.next(); turn.kind !== 'done'; turn = this.#schedule.next()) {
        if (turn.kind === 'wait') await this.#schedule.changed;
        else this.#settle(await this.#take(worker, turn));
      }
    } finally {
      await worker.close();
    }
  }

  /** What does not concern the target is skipped, whatever became of that on which it depends. */
  async #take(worker: Worker, turn: Turn<ConformanceCase> & { kind: 'run' | 'blocked' }): Promise<CaseResult> {
    const reason = skipReason(turn.case, this.#options.target, unavailableHere());
    if (reason !== undefined) return without(turn.case, 'skip', reason);
    if (turn.kind === 'run') return worker.run(turn.case);
    const isSkipped = this.#results.get(turn.by)?.status === 'skip';
    return without(turn.case, isSkipped ? 'skip' : 'blocked', isSkipped ? `depends on ${turn.by}, which was skipped` : `${turn.by} did not pass`);
  }

  #settle(result: CaseResult): void {
    this.#results.set(result.case.id, result);
    this.#schedule.settle(result);
    this.#options.settled?.(result);
  }
}

/** What the machine that the kit runs on does not allow, whatever the target can do. */
function unavailableHere(): ReadonlyMap<string, string> {
  if (findViewEntry() !== undefined) return new Map();
  const reason = 'this machine allows no mount namespace, neither as this user nor in a user namespace';
  return new Map([['folders', reason], ['extensions', reason], ['telemetry-api', reason], ['logs-api', reason]]);
}

class Worker {
  readonly #options: RunOptions;
  readonly #link: ProbeLink;
  #shared: Trial | undefined;

  constructor(options: RunOptions, link: ProbeLink) {
    this.#options = options;
    this.#link = link;
  }

  async run(one: ConformanceCase): Promise<CaseResult> {
    const startedAtMs = nowMs();
    const shares = one.fresh !== true && isDefault(one.setup);
    const trial = (shares ? this.#shared : undefined) ?? new Trial({ target: this.#options.target, setup: one.setup ?? {}, link: this.#link });
    this.#shared = shares ? undefined : this.#shared;
    trial.beginCase();
    const result = await this.#attempt(one, trial, startedAtMs);
    const keeps = shares && result.status === 'pass' && (await trial.isInOrder().catch(() => false));
    if (keeps) this.#shared = trial;
    else await trial.close();
    return result;
  }

  async close(): Promise<void> {
    await this.#shared?.close();
  }

  async #attempt(one: ConformanceCase, trial: Trial, startedAtMs: number): Promise<CaseResult> {
    const end = (status: Status, reason: string | undefined, observed?: Observation): CaseResult => ({
      case: one,
      status,
      reason,
      observed,
      durationMs: Math.round(nowMs() - startedAtMs),
      exchanges: status === 'pass' && this.#options.keepsExchanges !== true ? [] : trial.recorder.records,
      output: status === 'pass' ? '' : outputOf(trial),
    });
    try {
      if (trial.isUnstarted && one.setup?.startedBy !== 'case') await (await trial.launch()).ready();
      const observed = await within(one.run(trial), limitOf(one) * 1000 * this.#options.tolerance, 'the end of the case');
      if (trial.strayFailure !== undefined) return end('error', describeError(trial.strayFailure), observed);
      if (one.level === 'observed') return end('pass', undefined, observed);
      const rows = rowsFor(one.accepts, this.#options.target.profile);
      return isAccepted(rows, observed, this.#options.tolerance) ? end('pass', undefined, observed) : end('fail', describeMismatch(rows), observed);
    } catch (error) {
      if (error instanceof NothingHappened) return end(one.level === 'observed' ? 'pass' : 'fail', error.message, { nothing: error.awaited });
      if (error instanceof TargetUnusable) return end('error', error.message);
      return end('error', describeError(error));
    }
  }
}

export function describeMismatch(rows: readonly Observation[]): string {
  return `expected ${rows.length > 1 ? 'any of ' : ''}${rows.map(describeExpected).join(' | ')}`;
}

function outputOf(trial: Trial): string {
  if (trial.isUnstarted) return '';
  const { log, diagnostics } = trial.instance;
  return [diagnostics.text.slice(-OUTPUT_SHOWN), log.text.slice(-OUTPUT_SHOWN)].filter((text) => text !== '').join('\n');
}

export function without(one: CaseBase, status: Status, reason: string): CaseResult {
  return { case: one, status, reason, observed: undefined, durationMs: 0, exchanges: [], output: '' };
}

export function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
