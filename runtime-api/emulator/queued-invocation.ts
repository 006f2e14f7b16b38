/** One invocation on its way through the emulator, with what to do about it. */
import type { Invocation, InvocationAnswer } from '../protocol/invocation.ts';

/** Takes a streamed response while it comes. */
export type ResponseSink = {
  begun(beginning: { contentType: string | undefined; resume(): void }): void;
  /** False: enough for now; `resume` is called when it goes on. */
  piece(bytes: Buffer): boolean;
};

export type QueuedInvocation = {
  invocation: Invocation;
  /** Nobody waits for its answer, so it may wait for an environment however busy they are. */
  isEvent: boolean;
  wantsLogTail: boolean;
  /** The invoker is answered when the runtime replied (AWS), or only when the invocation is complete (RIE, log tail). */
  answerWhen: 'answered' | 'completed';
  /** Given together with the invocation's `responseMode`; `settle` then ends it. */
  stream?: ResponseSink | undefined;
  settle(result: InvocationAnswer, logTail: Buffer | undefined): void;
};
