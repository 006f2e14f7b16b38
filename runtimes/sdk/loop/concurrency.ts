/** How many invocations run at the same time: one slot each (runtime-api §15). */
import type { Environment } from '../context.ts';

/** Setting of a function. Source: AWS guide, Lambda managed instances. */
const CONCURRENCY_MAX = 1_600;

/** What is no whole number from 1 on counts as one: an environment that works slowly is better than none. */
export function readConcurrency(environment: Environment): number {
  const text = environment['AWS_LAMBDA_MAX_CONCURRENCY'] ?? '';
  if (!/^[1-9][0-9]{0,3}$/.test(text)) return 1;
  return Math.min(Number(text), CONCURRENCY_MAX);
}
