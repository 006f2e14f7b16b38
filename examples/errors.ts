/** Faults of reading and building the examples. */
import { CodedError, type Fault } from '../foundation/coded-error.ts';

export const EXAMPLES_ERRORS = {
  'examples/bad-description': { fault: 'platform', summary: 'an function.json is missing or not of the right shape' },
} as const satisfies Record<string, { fault: Fault; summary: string }>;

export function badDescription(name: string, reason: string, cause?: unknown): CodedError {
  const code = 'examples/bad-description';
  return new CodedError({ code, fault: EXAMPLES_ERRORS[code].fault, message: `examples/${name}/function.json ${reason}`, cause });
}
