/**
 * What escapes from a function of the generation with callbacks: it is logged and reported before the process ends, with the vendor's
 * statuses. In the later generation the engine's own ending is all there is. Source: managed-runtimes §2.4, §2.8.
 */
import type { ConsoleLog, LogTitle } from './console-log.ts';
import { describeThrown, errorReport, initErrorReport, RuntimeFault } from './errors.ts';
import type { RuntimeClient } from './runtime-client.ts';

const UNHANDLED_REJECTION_STATUS = 128;
const UNCAUGHT_ERROR_STATUS = 129;

export type FatalErrorParts = {
  client: RuntimeClient;
  log: ConsoleLog;
  /** The invocation in hand. */
  requestId(): string | undefined;
};

export function reportFatalErrors(parts: FatalErrorParts): void {
  process.on('uncaughtException', (error) => void endWithReport(parts, 'Uncaught Exception', error));
  process.on('unhandledRejection', (reason) => {
    const fault = new RuntimeFault('Runtime.UnhandledPromiseRejection', describeThrown(reason));
    void endWithReport(parts, 'Unhandled Promise Rejection', fault, UNHANDLED_REJECTION_STATUS);
  });
}

let ending: Promise<never> | undefined;

/** Ends the process; the first one that asks decides with what. */
export function endWithReport(parts: FatalErrorParts, title: LogTitle, error: unknown, status = UNCAUGHT_ERROR_STATUS): Promise<never> {
  ending ??= end(parts, title, error, status);
  return ending;
}

/** Reported where the platform takes it: as init error, or of the invocation in hand; between two there is nobody to tell. */
async function end({ client, log, requestId }: FatalErrorParts, title: LogTitle, error: unknown, status: number): Promise<never> {
  log.logError(title, error);
  const inHand = requestId();
  try {
    if (client.isInitialising) await client.postInitError(initErrorReport(error));
    else if (inHand !== undefined) await client.postInvocationError(inHand, errorReport(error), () => undefined);
  } catch {
    // The platform is gone; the status says the same.
  }
  process.exit(status);
}
