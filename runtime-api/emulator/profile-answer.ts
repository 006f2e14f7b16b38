/** Answers that go by the profile and by the kind of environment. */
import { invokeAnswer } from '../front-door/invoke-answer.ts';
import { noIdleWorker, refusalAnswer, tooManyRequests } from '../front-door/refusal.ts';
import { rieAnswer, rieManagedAnswer, rieUnavailable } from '../front-door/rie-answer.ts';
import type { Answer } from '../http/index.ts';
import type { InvocationAnswer } from '../protocol/invocation.ts';
import type { FunctionOptions } from './options.ts';

export function invocationAnswer(options: FunctionOptions, result: InvocationAnswer, logTail: Buffer | undefined): Answer {
  const { functionVersion, maxConcurrency, profile, timeoutMs } = options;
  if (profile === 'aws') return invokeAnswer({ result, executedVersion: functionVersion, logTail });
  return maxConcurrency === undefined ? rieAnswer(result, timeoutMs) : rieManagedAnswer(result, timeoutMs);
}

/** As many are busy or in line as may be. */
export function busyAnswer({ maxConcurrency, profile }: FunctionOptions, requestId: string): Answer {
  if (maxConcurrency === undefined) return refusalAnswer(tooManyRequests(), requestId);
  return profile === 'aws' ? refusalAnswer(noIdleWorker(), requestId) : rieUnavailable();
}
