/** Error codes of the composition root. */
import { CodedError } from '../foundation/coded-error.ts';
import type { CodedErrorOptions, Fault } from '../foundation/coded-error.ts';

export const PLATFORM_ERRORS = {
  'platform/runtime-unavailable': { fault: 'environment', summary: 'No image of the runtime is on this machine and none can be built here.' },
  'platform/address-unusable': { fault: 'environment', summary: 'The address to listen on is in use or needs privileges.' },
  'platform/not-loopback': { fault: 'caller', summary: 'An address outside this machine was asked for while requests are not authenticated.' },
} as const satisfies Record<string, { fault: Fault; summary: string }>;

export type PlatformErrorCode = keyof typeof PLATFORM_ERRORS;

export function platformError(
  code: PlatformErrorCode,
  message: string,
  extra: Pick<CodedErrorOptions, 'hint' | 'detail' | 'cause'> = {},
): CodedError {
  return new CodedError({ code, fault: PLATFORM_ERRORS[code].fault, message, ...extra });
}
