/** What a call on the Runtime API comes to, before it is turned into bytes. */
import type { ExtensionReplyErrorType } from './protocol/error-types.ts';
import type { Invocation } from './protocol/invocation.ts';
import type { RuntimeState } from './protocol/runtime-states.ts';

export type Outcome =
  | { kind: 'accepted' }
  | { kind: 'pong' }
  | { kind: 'restored' }
  | { kind: 'event'; invocation: Invocation; deadlineEpochMs: number }
  /** To a worker of a runtime that takes several. */
  | { kind: 'concurrentEvent'; invocation: Invocation; deadlineEpochMs: number }
  | { kind: 'invalidRequestId' }
  | { kind: 'invokeTimeout' }
  | { kind: 'invalidResponseMode' }
  | { kind: 'refused'; from: RuntimeState; to: RuntimeState }
  | { kind: 'tooLarge'; bytesMax: number }
  | { kind: 'truncated' }
  | { kind: 'internal' }
  | { kind: 'registered'; identifier: string; body: Readonly<Record<string, string>> }
  | { kind: 'extensionEvent'; eventIdentifier: string; body: Readonly<Record<string, unknown>> }
  | { kind: 'extensionRefused'; errorType: ExtensionReplyErrorType; message: string }
  | { kind: 'subscribed' }
  | { kind: 'subscriptionInvalid'; errorType: ExtensionReplyErrorType; message: string }
  /** The API is known and not offered here. */
  | { kind: 'notSupported'; errorType: ExtensionReplyErrorType; message: string }
  | { kind: 'credentials'; body: Readonly<Record<string, string>> }
  | { kind: 'noCredentials' }
  | { kind: 'notFound' }
  | { kind: 'methodNotAllowed'; allow: string };
