/**
 * SIGTERM: running invocations are told by their signal, the hooks run, the process ends with 0. Lambda sends SIGTERM
 * only when an extension is registered, so one without any event is (the vendor's Go and Rust clients do the same).
 */
import type { CurrentInvocation } from './current-invocation.ts';
import { LambdaError } from '../errors.ts';
import { registerExtension } from '../extension/client.ts';
import type { LifeCycleHooks } from '../interceptor.ts';
import type { Logger } from '../log/logger.ts';

const EXTENSION_NAME = 'rik-sdk-shutdown';

export async function registerForShutdown(address: string, log: Logger): Promise<void> {
  try {
    const extension = await registerExtension({ name: EXTENSION_NAME, events: [], address });
    // Never answered; the platform only counts it as ready.
    extension.next({ isIdle: true }).catch(() => undefined);
  } catch (error) {
    log.debug('there will be no SIGTERM before the end, because the extension for it was refused', error);
  }
}

export type ShutdownOptions = { hooks: readonly LifeCycleHooks[]; current: CurrentInvocation; log: Logger; exit: (code: number) => void };

/** Once per process. A second signal does not run the hooks again. */
export function endOnSignals(signals: readonly ('SIGTERM' | 'SIGINT')[], { hooks, current, log, exit }: ShutdownOptions): void {
  let isEnding = false;
  const end = (): void => {
    if (isEnding) return;
    isEnding = true;
    for (const deadline of current.active.values()) deadline.abort(new LambdaError('Runtime.Shutdown', 'the process was told to end'));
    void runShutdownHooks(hooks, log).then(() => exit(0));
  };
  for (const signal of signals) process.on(signal, end);
}

async function runShutdownHooks(hooks: readonly LifeCycleHooks[], log: Logger): Promise<void> {
  for (const hook of [...hooks].reverse()) {
    try {
      await hook.onShutdown?.();
    } catch (error) {
      log.error('a shutdown hook has failed', error);
    }
  }
}
