/**
 * The start of a runtime, in the order in which the platform sees it: load, initialise, snapshot, shutdown extension,
 * slots. Without a Runtime API in the environment the same runtime runs against one of its own (`local/`).
 */
import { RuntimeClient } from '../node/runtime-client.ts';
import { type Environment, type InvocationContext, readFunctionIdentity } from './context.ts';
import { loadService, type Runnable } from './handlers/as-service.ts';
import { intercept, type Interceptor, type LifeCycleHooks } from './interceptor.ts';
import type { LocalOptions } from './local/options.ts';
import { formatConsole } from './log/console.ts';
import { createLogger, type Logger, type LoggerOptions } from './log/logger.ts';
import { trackInvocations } from './loop/current-invocation.ts';
import { endOnCrash } from './loop/crash.ts';
import { type FailedPhase, reportStartFailure, StartFailure } from './loop/failures.ts';
import { runSlot } from './loop/invoke-loop.ts';
import { passThroughSnapshot } from './loop/restore.ts';
import { watchForDrainedLoop } from './loop/settled.ts';
import { endOnSignals, registerForShutdown } from './loop/shutdown.ts';
import { readConcurrency } from './loop/concurrency.ts';
import type { Service } from './service.ts';

export type RunOptions = LifeCycleHooks & {
  /** The first is the outermost. */
  interceptors?: readonly Interceptor[];
  /** How long before the deadline `context.signal` aborts. Default 100 ms. */
  abortBeforeDeadlineMs?: number;
  /** Whether `console` writes records with time, request id and level. Default `formatted`. */
  console?: 'formatted' | 'untouched';
  /** Default: `process.env`. */
  environment?: Environment;
  /** What happens where no Runtime API is. */
  local?: LocalOptions;
};

const ABORT_BEFORE_DEADLINE_MS = 100;
const USER_AGENT = 'rik-sdk/0.1.0';

/** Runs until the platform ends the process. Errors are reported where they belong, not thrown. */
export async function run<Event = unknown, Result = unknown>(runnable: Runnable<Event, Result>, options: RunOptions = {}): Promise<void> {
  const environment = options.environment ?? process.env;
  const address = environment['AWS_LAMBDA_RUNTIME_API'];
  if (address !== undefined && address !== '') return runOn({ address, environment, isLocal: false }, runnable, options);
  const { openLocalMode } = await import('./local/local-mode.ts');
  const local = await openLocalMode(options.local ?? {}, environment);
  await runOn({ address: local.address, environment: local.environment, isLocal: true, onReady: local.onReady }, runnable, options);
}

type Place = { address: string; environment: Environment; isLocal: boolean; onReady?: (service: Service) => void };

async function runOn(place: Place, runnable: Runnable<never, unknown>, options: RunOptions): Promise<void> {
  const { address, environment, isLocal } = place;
  const concurrency = readConcurrency(environment);
  const current = trackInvocations(concurrency);
  // A local result goes to standard output, so that records must not.
  const write = (line: string): void => void (isLocal ? process.stderr : process.stdout).write(line);
  const loggerOptions: LoggerOptions = { environment, write, subject: current.get };
  const log = createLogger(loggerOptions);
  if (options.console !== 'untouched') formatConsole(log);
  const hooks: LifeCycleHooks[] = [...(options.interceptors ?? []), options];
  const exit = (code: number): never => process.exit(code);
  const crash = endOnCrash({ address, current, log, exit });
  try {
    const service = await start({ place, runnable, options, hooks, log });
    endOnSignals(isLocal ? ['SIGTERM', 'SIGINT'] : ['SIGTERM'], { hooks, current, log, exit });
    watchForDrainedLoop();
    crash.initialised();
    place.onReady?.(service);
    const slot = {
      service,
      current,
      log,
      loggerOptions,
      identity: readFunctionIdentity(environment),
      abortBeforeDeadlineMs: options.abortBeforeDeadlineMs ?? ABORT_BEFORE_DEADLINE_MS,
      isConcurrent: concurrency > 1,
      onError: (error: unknown, context: InvocationContext) => tellOfError(hooks, error, context),
    };
    await Promise.all(Array.from({ length: concurrency }, () => runSlot({ ...slot, client: new RuntimeClient(address, USER_AGENT) })));
  } catch (error) {
    const { phase, cause } = error instanceof StartFailure ? error : { phase: undefined, cause: error };
    log.fatal(cause);
    exit(phase === undefined ? 1 : await reportStartFailure(address, phase, cause));
  }
}

type Starting = { place: Place; runnable: Runnable<never, unknown>; options: RunOptions; hooks: readonly LifeCycleHooks[]; log: Logger };

/** Everything before the first invocation is asked for. */
async function start({ place, runnable, options, hooks, log }: Starting): Promise<Service> {
  const { address, environment, isLocal } = place;
  const service = await blaming('init', async () => {
    const loaded = await loadService(runnable);
    for (const hook of hooks) await hook.onInit?.({ environment, log });
    return intercept(loaded, options.interceptors ?? []);
  });
  if (environment['AWS_LAMBDA_INITIALIZATION_TYPE'] === 'snap-start') await passThroughSnapshot(address, hooks);
  if (!isLocal && hooks.some(({ onShutdown }) => onShutdown !== undefined)) await registerForShutdown(address, log);
  return service;
}

async function blaming<Result>(phase: FailedPhase, action: () => Promise<Result>): Promise<Result> {
  try {
    return await action();
  } catch (error) {
    throw new StartFailure(phase, error);
  }
}

async function tellOfError(hooks: readonly LifeCycleHooks[], error: unknown, context: InvocationContext): Promise<void> {
  for (const hook of hooks) {
    try {
      await hook.onError?.(error, context);
    } catch (failure) {
      context.log.error('an error hook has failed', failure);
    }
  }
}
