/** Runs cases against a runtime: each starts a process of its own, several at the same time. */
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { isAccepted, rowsFor } from '../accept.ts';
import type { Observation } from '../case.ts';
import { within } from '../http/client.ts';
import { nowMs } from '../kit/now.ts';
import { NothingHappened } from '../kit/nothing-happened.ts';
import { TargetUnusable } from '../kit/target.ts';
import type { CaseResult, Status } from '../result.ts';
import { describeError, describeMismatch, without } from '../runner.ts';
import { limitOf, Schedule } from '../schedule.ts';
import type { Turn } from '../schedule.ts';
import { compileFunctions, prepareJava } from './kit/prepare-java.ts';
import type { PreparedFolders } from './kit/prepare-java.ts';
import type { RuntimeTarget } from './kit/runtime-target.ts';
import { RuntimeTrial } from './kit/trial.ts';
import type { FunctionName, RuntimeCase } from './runtime-case.ts';

/** A runtime that somebody else starts, which runs one function of the contract. */
export type Attachment = { host: string; port: number; function: FunctionName };

export type RuntimeRunOptions = {
  target: RuntimeTarget;
  cases: readonly RuntimeCase[];
  jobs: number;
  tolerance: number;
  attach?: Attachment | undefined;
  patienceMs?: number;
  keepsExchanges?: boolean;
  settled?: (result: CaseResult) => void;
};

/**
 * The catalogue holds a call for 90 s. Forty are longer than the usual time-outs of HTTP clients (30 s) and let a whole run end
 * within a minute; `--patience 90` does it by the letter.
 */
export const PATIENCE_MS = 40_000;
const OUTPUT_SHOWN = 4_000;
const PREPARE_LIMIT_MS = 120_000;
/** For the first sign of life. */
const FIRST_CALL_LIMIT_MS = 20_000;

/** Results in the order of the cases. Throws `TargetUnusable` when the runtime does not even call the server. */
export async function runRuntimeCases(given: RuntimeRunOptions): Promise<CaseResult[]> {
  if (!given.target.compilesJava) return runPrepared(given);
  const taskRoot = await compileFunctions(given.target.taskRoot);
  try {
    return await runPrepared({ ...given, target: { ...given.target, taskRoot } });
  } finally {
    rmSync(taskRoot, { recursive: true, force: true });
  }
}

async function runPrepared(options: RuntimeRunOptions): Promise<CaseResult[]> {
  const { target, cases, attach } = options;
  for (const command of target.prepare) await prepare(target, command);
  const wanted = cases.filter((one) => runtimeSkipReason(one, options) === undefined);
  if (wanted.length > 0 && attach === undefined) await tryToStart(target);
  const folders = await prepareJava(wanted);
  try {
    const jobs = attach === undefined ? Math.max(options.jobs, 1) : 1;
    const schedule = new Schedule(cases);
    const results = new Map<string, CaseResult>();
    const work = async (): Promise<void> => {
      for (let turn = schedule.next(); turn.kind !== 'done'; turn = schedule.next()) {
        if (turn.kind === 'wait') {
          await schedule.changed;
          continue;
        }
        const result = await take(turn, options, folders, results);
        results.set(result.case.id, result);
        schedule.settle(result);
        options.settled?.(result);
      }
    };
    await Promise.all(Array.from({ length: jobs }, work));
    return cases.flatMap(({ id }) => results.get(id) ?? []);
  } finally {
    folders.remove();
  }
}

export function runtimeSkipReason(one: RuntimeCase, { target, attach }: Pick<RuntimeRunOptions, 'target' | 'attach'>): string | undefined {
  for (const need of one.needs) {
    const lacking = target.lacks.get(need);
    if (lacking !== undefined) return `needs ${need}: ${lacking}`;
  }
  if (attach === undefined) return undefined;
  if (one.needs.includes('process')) return 'needs process: it was started by somebody else';
  const { setup = {} } = one;
  if (setup.files !== undefined || setup.variables !== undefined || setup.host !== undefined || setup.unset !== undefined) return 'needs a start of its own, and the runtime was started by somebody else';
  return (setup.function ?? 'echo') === attach.function ? undefined : `needs the function ${setup.function ?? 'echo'}, and the runtime was started with ${attach.function}`;
}

async function prepare(target: RuntimeTarget, command: readonly string[]): Promise<void> {
  const [program = '', ...words] = command;
  await new Promise<void>((resolve, reject) => {
    execFile(program, words, { timeout: PREPARE_LIMIT_MS }, (error, stdout, stderr) => {
      if (error === null) resolve();
      else reject(new TargetUnusable(`${target.name} cannot be prepared: ${command.join(' ')}: ${`${stderr}${stdout}`.slice(-1_000).trim() || error.message}`, 'run the command by hand'));
    });
  });
}

/** A runtime that calls nothing would only make every case wait in vain. */
async function tryToStart(target: RuntimeTarget): Promise<void> {
  const [first] = target.functions.keys();
  if (first === undefined) return;
  const trial = new RuntimeTrial({ target, setup: { function: first }, patienceMs: PATIENCE_MS });
  try {
    await trial.start();
    const sign = await Promise.race([trial.call(() => true, 'any request of the runtime', FIRST_CALL_LIMIT_MS).catch(() => 'silence' as const), trial.process.exited]);
    const said = trial.output.slice(-1_000).trim();
    const quote = said === '' ? '' : `: ${said}`;
    const hint = 'start its command by hand with AWS_LAMBDA_RUNTIME_API set';
    if (trial.hasFlooded) throw new TargetUnusable(`${target.name} floods its output`, hint);
    if (sign === 'silence') throw new TargetUnusable(`${target.name} makes no request within ${FIRST_CALL_LIMIT_MS / 1000} s${quote}`, hint);
    if ('signal' in sign && trial.calls.length === 0) throw new TargetUnusable(`${target.name} ended (${sign.signal ?? `status ${sign.code}`}) without any request${quote}`, hint);
  } finally {
    await trial.close();
  }
}

/** What does not concern the target is skipped, whatever became of that on which it depends. */
async function take(
  turn: Turn<RuntimeCase> & { kind: 'run' | 'blocked' },
  options: RuntimeRunOptions,
  folders: PreparedFolders,
  results: ReadonlyMap<string, CaseResult>,
): Promise<CaseResult> {
  const reason = runtimeSkipReason(turn.case, options);
  if (reason !== undefined) return without(turn.case, 'skip', reason);
  if (turn.kind === 'blocked') {
    const isSkipped = results.get(turn.by)?.status === 'skip';
    return without(turn.case, isSkipped ? 'skip' : 'blocked', isSkipped ? `depends on ${turn.by}, which was skipped` : `${turn.by} did not pass`);
  }
  const fault = folders.faultOf(turn.case.id);
  if (fault !== undefined) return without(turn.case, 'error', fault);
  return attempt(turn.case, options, folders.folderOf(turn.case.id));
}

async function attempt(one: RuntimeCase, options: RuntimeRunOptions, preparedFolder: string | undefined): Promise<CaseResult> {
  const startedAtMs = nowMs();
  const trial = new RuntimeTrial({ target: options.target, setup: one.setup ?? {}, preparedFolder, attach: options.attach, patienceMs: options.patienceMs ?? PATIENCE_MS });
  const end = (status: Status, reason: string | undefined, observed?: Observation): CaseResult => ({
    case: one,
    status,
    reason: status !== 'pass' && trial.hasFlooded ? `it floods its output; ${reason ?? ''}` : reason,
    observed,
    durationMs: Math.round(nowMs() - startedAtMs),
    exchanges: status === 'pass' && options.keepsExchanges !== true ? [] : trial.records,
    output: status === 'pass' ? '' : trial.output.slice(-OUTPUT_SHOWN),
  });
  try {
    if (one.setup?.startedBy !== 'case') await trial.start();
    const observed = await within(one.run(trial), limitOf(one) * 1000 * options.tolerance + (options.patienceMs ?? PATIENCE_MS), 'the end of the case');
    if (one.level === 'observed') return end('pass', undefined, observed);
    const rows = rowsFor(one.accepts, 'aws');
    return isAccepted(rows, observed, options.tolerance) ? end('pass', undefined, observed) : end('fail', describeMismatch(rows), observed);
  } catch (error) {
    if (error instanceof NothingHappened) return end(one.level === 'observed' ? 'pass' : 'fail', error.message, { nothing: error.awaited });
    return end('error', describeError(error));
  } finally {
    await trial.close();
  }
}
