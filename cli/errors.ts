/** Every error code of this folder: whose fault it is, what it means, and which exit code it ends in. */

import { CodedError, type CodedErrorOptions, type Fault } from '../foundation/coded-error.ts';
import type { ExitName } from './exit-codes.ts';

export const CLI_ERRORS = {
  'cli/usage': { fault: 'caller', exit: 'USAGE', summary: 'The command line was not understood.' },
  'cli/code-unusable': { fault: 'caller', exit: 'USAGE', summary: 'The folder or zip file given as code cannot be packed or read.' },
  'cli/code-too-large': { fault: 'caller', exit: 'REJECTED', summary: 'The code is larger than the API accepts.' },
  'cli/api-unreachable': { fault: 'environment', exit: 'ENVIRONMENT', summary: 'Nothing answers at the address of the API.' },
  'cli/api-rejected': { fault: 'caller', exit: 'REJECTED', summary: 'The API refused the request.' },
  'cli/api-failed': { fault: 'platform', exit: 'PLATFORM', summary: 'The API failed, broke off or gave an answer that is none.' },
  'cli/function-not-ready': { fault: 'caller', exit: 'REJECTED', summary: 'A function could not be created or updated after the request was accepted.' },
  'cli/wait-expired': { fault: 'platform', exit: 'PLATFORM', summary: 'A function did not become active in the time allowed.' },
  'cli/example-failed': { fault: 'platform', exit: 'PLATFORM', summary: 'An example function did not do what it should.' },
  'cli/image-unknown': { fault: 'caller', exit: 'USAGE', summary: 'No recipe has this reference.' },
  'cli/runtime-file-invalid': { fault: 'caller', exit: 'USAGE', summary: 'The runtime.json of a custom runtime is wrong.' },
  'cli/runtime-build-failed': { fault: 'caller', exit: 'FINDINGS', summary: 'A custom runtime could not be built.' },
  'cli/target-unusable': { fault: 'environment', exit: 'ENVIRONMENT', summary: 'What the conformance suite is to examine does not start, or is described wrongly.' },
  'cli/installation-incomplete': { fault: 'environment', exit: 'ENVIRONMENT', summary: 'A file that belongs to rik is not where it should be.' },
} as const satisfies Record<string, { fault: Fault; exit: ExitName; summary: string }>;

export type CliErrorCode = keyof typeof CLI_ERRORS;

export function cliError(code: CliErrorCode, message: string, extra: Pick<CodedErrorOptions, 'hint' | 'detail' | 'cause'> = {}): CodedError {
  return new CodedError({ code, fault: CLI_ERRORS[code].fault, message, ...extra });
}
