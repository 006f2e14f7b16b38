/** What is thrown outside of every promise that somebody awaits: told to whom it concerns, then the end of the process. */
import type { Logger } from '../log/logger.ts';
import type { CurrentInvocation } from './current-invocation.ts';
import { reportCrash, reportStartFailure } from './failures.ts';

export type CrashOptions = { address: string; current: CurrentInvocation; log: Logger; exit: (code: number) => void };

/** Nobody can say what such an error has broken, so the process is not used again. */
export function endOnCrash({ address, current, log, exit }: CrashOptions): { initialised(): void } {
  let isInitialising = true;
  let isEnding = false;
  const onCrash = (error: unknown): void => {
    if (isEnding) return;
    isEnding = true;
    log.fatal(error);
    const requestIds = [...current.active.keys()].map(({ awsRequestId }) => awsRequestId);
    const told = isInitialising ? reportStartFailure(address, 'init', error).then(() => undefined) : reportCrash(address, requestIds, error);
    void told.then(() => exit(1));
  };
  process.on('uncaughtException', onCrash);
  process.on('unhandledRejection', onCrash);
  return { initialised: () => void (isInitialising = false) };
}
