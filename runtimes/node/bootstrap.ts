/** Entry point of the managed Node.js runtime: `/var/runtime/index.mjs` after bundling. Source: managed-runtimes §2.1, §2.4. */
import { replaceConsole } from './console-log.ts';
import { type ProcessStart, startConcurrently } from './concurrent-start.ts';
import { initErrorReport, RuntimeFault } from './errors.ts';
import { exposeGcWhenAskedFor } from './expose-gc.ts';
import { endWithReport, reportFatalErrors } from './fatal-errors.ts';
import { generationOf } from './generation.ts';
import { loadHandler, warnOfCallback } from './handler-loader.ts';
import { readFunctionIdentity } from './invocation-context.ts';
import { InvokeStore, publishInvokeStore, singleSlot } from './invoke-store.ts';
import { runInvokeLoop } from './invoke-loop.ts';
import { openLogSink } from './log-sink.ts';
import { RuntimeClient } from './runtime-client.ts';

/** Ours; the vendor's own clients put language and library version in one word, which the platform keeps. */
const USER_AGENT = `rik-nodejs/${process.versions.node}`;

async function main(environment: NodeJS.ProcessEnv): Promise<void> {
  const address = required(environment, 'AWS_LAMBDA_RUNTIME_API');
  const start: ProcessStart = {
    environment,
    connect: () => new RuntimeClient(address, USER_AGENT),
    handlerText: required(environment, '_HANDLER'),
    taskRoot: environment['LAMBDA_TASK_ROOT'] ?? process.cwd(),
  };
  exposeGcWhenAskedFor();
  await (environment['AWS_LAMBDA_MAX_CONCURRENCY'] === undefined ? startOneAtATime(start) : startConcurrently(start));
}

async function startOneAtATime({ environment, connect, handlerText, taskRoot }: ProcessStart): Promise<never> {
  const client = connect();
  const generation = generationOf(environment, process.versions.node);
  const noRequestId = generation === 'callbacks' ? undefined : '-';
  const store = new InvokeStore(singleSlot());
  publishInvokeStore(store, environment);
  const log = replaceConsole({
    isJson: environment['AWS_LAMBDA_LOG_FORMAT']?.toUpperCase() === 'JSON',
    level: environment['AWS_LAMBDA_LOG_LEVEL'],
    requestId: () => (store.hasContext() ? store.getRequestId() : noRequestId),
    write: openLogSink(environment, (text) => process.stdout.write(text)),
  });
  let requestIdInHand: string | undefined;
  const ending = { client, log, requestId: () => requestIdInHand };
  if (generation === 'callbacks') reportFatalErrors(ending);
  try {
    const handler = await loadHandler(taskRoot, handlerText, generation);
    if (generation === 'callbacks') {
      warnOfCallback(handler, environment);
      // Promises that the module rejected and nobody handles are known after this turn; they fail the initialisation.
      await new Promise((resolve) => setImmediate(resolve));
    }
    const service = { handler, generation, identity: readFunctionIdentity(environment), store, log };
    return await runInvokeLoop({ client, service, onInHand: (requestId) => void (requestIdInHand = requestId) });
  } catch (error) {
    if (generation === 'callbacks') return await endWithReport(ending, client.isInitialising ? 'Uncaught Exception' : 'Unexpected Top Level Error', error);
    // Only what failed before the first `next` is an init error; after it the platform would refuse the report.
    if (client.isInitialising) {
      log.logError('Init Error', error);
      await client.postInitError(initErrorReport(error)).catch(() => undefined);
    }
    throw error;
  }
}

function required(environment: NodeJS.ProcessEnv, name: string): string {
  const value = environment[name];
  if (value === undefined || value === '') throw new RuntimeFault('Runtime.PlatformError', `${name} is not set`);
  return value;
}

main(process.env).catch((error: unknown) => {
  // Thrown outside of any promise, so that the engine prints it and ends with status 1 whatever `--unhandled-rejections` says.
  process.nextTick(() => {
    throw error;
  });
});
