/** Coded errors of `platform/control-plane` that are not answers to a caller (those are `ApiError`s of `platform/api`). */
import { CodedError, type CodedErrorOptions } from '../../foundation/coded-error.ts';

export const CONTROL_PLANE_ERRORS = {
  'control-plane/state-in-use': { fault: 'environment', summary: 'another process has the state folder open' },
  'control-plane/state-newer': { fault: 'environment', summary: 'the state folder was written by a newer version' },
  'control-plane/record-unreadable': { fault: 'platform', summary: 'a stored function record does not fit its schema' },
  'control-plane/code-missing': { fault: 'platform', summary: 'the stored code of a function is gone or was changed' },
} as const satisfies Record<string, { fault: CodedErrorOptions['fault']; summary: string }>;

export function controlPlaneError(
  code: keyof typeof CONTROL_PLANE_ERRORS,
  message: string,
  extra: Pick<CodedErrorOptions, 'hint' | 'detail' | 'cause'> = {},
): CodedError {
  return new CodedError({ code, fault: CONTROL_PLANE_ERRORS[code].fault, message, ...extra });
}
