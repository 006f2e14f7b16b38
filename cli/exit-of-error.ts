/** Which exit code an error ends in: the table of style.md's error taxonomy, plus the codes that differ from their fault. */

import { isCodedError, type Fault } from '../foundation/coded-error.ts';
import { CLI_ERRORS } from './errors.ts';
import type { ExitName } from './exit-codes.ts';

const EXIT_BY_FAULT = {
  caller: 'REJECTED',
  function: 'FUNCTION_ERROR',
  runtime: 'FUNCTION_ERROR',
  environment: 'ENVIRONMENT',
  platform: 'PLATFORM',
} as const satisfies Record<Fault, ExitName>;

/** Codes of other folders that say more than their fault does. */
const EXIT_BY_CODE: Readonly<Record<string, ExitName>> = {
  'images/unknown-reference': 'USAGE',
  'images/digest-mismatch': 'INTEGRITY',
  'images/package-altered': 'INTEGRITY',
  'control-plane/code-missing': 'INTEGRITY',
};

/** System errors that the owner of this machine can act on: no permission, no space, no descriptors, read-only. */
const ENVIRONMENT_ERRNOS: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE', 'ENOMEM']);

export function exitOfError(error: unknown): ExitName {
  if (isCodedError(error)) {
    const own = Object.entries(CLI_ERRORS).find(([code]) => code === error.code);
    if (own !== undefined) return own[1].exit;
    return EXIT_BY_CODE[error.code] ?? EXIT_BY_FAULT[error.fault];
  }
  return isEnvironmentError(error) ? 'ENVIRONMENT' : 'PLATFORM';
}

export function isEnvironmentError(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && ENVIRONMENT_ERRNOS.has(error.code);
}
