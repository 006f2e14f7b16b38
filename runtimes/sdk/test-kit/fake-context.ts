/** A context for calling a handler directly. */
import type { InvocationContext } from '../context.ts';
import { createLogger } from '../log/logger.ts';

export type FakeContextOptions = Partial<Omit<InvocationContext, 'getRemainingTimeInMillis'>>;

/** Half a minute of time, a logger that writes nothing, and names that tell what they are. */
export function fakeContext(overrides: FakeContextOptions = {}): InvocationContext {
  const deadlineEpochMs = overrides.deadlineEpochMs ?? Date.now() + 30_000;
  const { signal, ...others } = overrides;
  let own: AbortSignal | undefined;
  return {
    functionName: 'test-function',
    functionVersion: '$LATEST',
    memoryLimitInMB: '128',
    logGroupName: '/aws/lambda/test-function',
    logStreamName: '2026/01/01/[$LATEST]00000000000000000000000000000000',
    awsRequestId: '00000000-0000-4000-8000-000000000000',
    invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:test-function',
    log: createLogger({ environment: {}, subject: () => undefined, write: () => undefined }),
    ...others,
    deadlineEpochMs,
    getRemainingTimeInMillis: () => deadlineEpochMs - Date.now(),
    get signal() {
      // Of a kind that keeps no test process alive.
      return signal ?? (own ??= AbortSignal.timeout(Math.max(0, deadlineEpochMs - Date.now())));
    },
  };
}
