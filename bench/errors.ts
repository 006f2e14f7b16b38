/** Every way a bench run can fail, and who can act. */
import { CodedError, type CodedErrorOptions } from '../foundation/coded-error.ts';

export const BENCH_ERRORS = {
  'bench/bad-argument': { fault: 'caller', summary: 'an argument of the bench is unknown or out of range' },
  'bench/subject-missing': { fault: 'environment', summary: 'a contender that was asked for by name cannot run on this machine' },
  'bench/not-ready': { fault: 'environment', summary: 'a process did not get ready in time, or ended before' },
  'bench/load-failed': { fault: 'platform', summary: 'an invocation of the load was not answered with its echo' },
  'bench/bad-report': { fault: 'platform', summary: 'a measuring program printed something that is not its report' },
} as const;

export type BenchErrorCode = keyof typeof BENCH_ERRORS;

export function benchError(
  code: BenchErrorCode,
  message: string,
  extra: Pick<CodedErrorOptions, 'hint' | 'detail' | 'cause'> = {},
): CodedError {
  return new CodedError({ code, fault: BENCH_ERRORS[code].fault, message, ...extra });
}
