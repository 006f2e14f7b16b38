/** Coded errors of `platform/policy`. */
import { CodedError, type CodedErrorOptions } from '../../foundation/coded-error.ts';

export const POLICY_ERRORS = {
  'policy/table-invalid': { fault: 'environment', summary: 'a life-cycle table does not fit its schema' },
} as const satisfies Record<string, { fault: CodedErrorOptions['fault']; summary: string }>;

export function policyError(
  code: keyof typeof POLICY_ERRORS,
  message: string,
  extra: Pick<CodedErrorOptions, 'hint' | 'detail' | 'cause'> = {},
): CodedError {
  return new CodedError({ code, fault: POLICY_ERRORS[code].fault, message, ...extra });
}
