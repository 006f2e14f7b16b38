/** Faults of building the runtimes. Faults of running them are wire text and live with each language. */
import { CodedError, type Fault } from '../foundation/coded-error.ts';

export const RUNTIMES_ERRORS = {
  'runtimes/compiler-missing': { fault: 'environment', summary: 'no Java compiler on this machine' },
  'runtimes/compile-failed': { fault: 'platform', summary: 'the Java compiler refused sources' },
  'runtimes/starter-unusable': { fault: 'caller', summary: 'a starter cannot be made under this name or in this place' },
} as const satisfies Record<string, { fault: Fault; summary: string }>;

export type RuntimesErrorCode = keyof typeof RUNTIMES_ERRORS;

export function runtimesError(
  code: RuntimesErrorCode,
  message: string,
  extra: { hint?: string; detail?: Record<string, unknown>; cause?: unknown } = {},
): CodedError {
  return new CodedError({ code, fault: RUNTIMES_ERRORS[code].fault, message, ...extra });
}
