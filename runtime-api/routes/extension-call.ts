/** What the calls of the Extensions API have in common: the caller's identifier, and the refusal of whoever has none. */
import type { Extension } from '../extensions/extension.ts';
import type { Outcome } from '../outcome.ts';
import { EXTENSION_IDENTIFIER_HEADER } from '../protocol/headers.ts';
import type { RouteCall } from './route.ts';

const IDENTIFIER = EXTENSION_IDENTIFIER_HEADER.toLowerCase();

export function identifyExtension({ extensions, request }: RouteCall, call: 'event' | 'error'): Extension | Outcome {
  return extensions.identify(headerOf(request, IDENTIFIER), call);
}

/** `name` in lower case. */
export function headerOf({ head }: RouteCall['request'], name: string): string | undefined {
  return head.headers.get(name);
}
