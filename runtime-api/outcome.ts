/** What a call on the Runtime API comes to, before it is turned into bytes. */
import type { Invocation } from './protocol/invocation.ts';
import type { RuntimeState } from './protocol/runtime-states.ts';

export type Outcome =
  | { kind: 'accepted' }
  | { kind: 'pong' }
  | { kind: 'event'; invocation: Invocation; deadlineEpochMs: number }
  | { kind: 'invalidRequestId' }
  | { kind: 'invalidResponseMode' }
  | { kind: 'refused'; from: RuntimeState; to: RuntimeState }
  | { kind: 'tooLarge'; bytesMax: number }
  | { kind: 'truncated' }
  | { kind: 'internal' }
  | { kind: 'notFound' }
  | { kind: 'methodNotAllowed'; allow: string };
