/**
 * Several invocations at once (managed instances): threads, each of which loads the function for itself and serves as many
 * invocations as the platform gives it. Source: managed-runtimes §1.7.
 */
import { loadAsyncHooks, loadOs, loadWorkerThreads } from './builtins.ts';
import { runConcurrentLoop } from './concurrent-loop.ts';
import { replaceConsole } from './console-log.ts';
import { initErrorReport } from './errors.ts';
import { loadHandler } from './handler-loader.ts';
import { readFunctionIdentity } from './invocation-context.ts';
import { InvokeStore, publishInvokeStore, type StoredInvocation } from './invoke-store.ts';
import { openLogSink, writeWhole } from './log-sink.ts';
import type { RuntimeClient } from './runtime-client.ts';

export type ProcessStart = {
  environment: NodeJS.ProcessEnv;
  connect(): RuntimeClient;
  handlerText: string;
  taskRoot: string;
};

const THREADS_PER_CORE = 8;
const STDOUT = 1;

/** In the first thread: starts the others. In those: serves. */
export async function startConcurrently(start: ProcessStart): Promise<void> {
  const { isMainThread, Worker } = loadWorkerThreads();
  if (!isMainThread) return serve(start);
  const count = threadCount(start.environment);
  let living = count;
  for (let index = 0; index < count; index += 1) {
    const thread = new Worker(new URL(import.meta.url));
    thread.on('error', (error) => process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`));
    thread.on('exit', (exitCode) => {
      living -= 1;
      // The others go on; without any of them there is no runtime any more.
      if (living === 0) process.exit(exitCode === 0 ? 1 : exitCode);
    });
  }
}

async function serve({ environment, connect, handlerText, taskRoot }: ProcessStart): Promise<never> {
  const { AsyncLocalStorage } = loadAsyncHooks();
  const store = new InvokeStore(new AsyncLocalStorage<StoredInvocation>());
  publishInvokeStore(store, environment);
  const log = replaceConsole({
    // Lines of several invocations are mixed, so that each has to say whose it is; also without AWS_LAMBDA_LOG_FORMAT.
    isJson: true,
    level: environment['AWS_LAMBDA_LOG_LEVEL'],
    requestId: () => store.getRequestId(),
    write: openLogSink(environment, (text) => writeWhole(STDOUT, Buffer.from(text, 'utf8'))),
  });
  const asking = connect();
  try {
    const handler = await loadHandler(taskRoot, handlerText, 'promises');
    const service = { handler, generation: 'promises', identity: readFunctionIdentity(environment), store, log } as const;
    return await runConcurrentLoop({ connect, asking, service });
  } catch (error) {
    if (asking.isInitialising) {
      log.logError('Init Error', error);
      // Each thread fails; the platform takes the first report.
      await asking.postInitError(initErrorReport(error)).catch(() => undefined);
    }
    throw error;
  }
}

/** As many as are asked for, else eight per core; more than there can be invocations would have nothing to do. */
function threadCount(environment: NodeJS.ProcessEnv): number {
  const asked = wholeNumber(environment['AWS_LAMBDA_NODEJS_WORKER_COUNT']);
  const invocationsMax = wholeNumber(environment['AWS_LAMBDA_MAX_CONCURRENCY']) ?? 1;
  return Math.min(asked ?? THREADS_PER_CORE * loadOs().availableParallelism(), invocationsMax);
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9][0-9]{0,3}$/.test(text) ? Number(text) : undefined;
}
