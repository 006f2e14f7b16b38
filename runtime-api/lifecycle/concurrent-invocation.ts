/**
 * One of several invocations that a runtime has at the same time, from its delivery to its reply.
 *
 * Rules: all transitions are in the table; what is not in it is refused and changes nothing. Unlike with one invocation at a time an
 * error may be reported while the response is being received: it cuts the response off. Source: RIE
 * `internal/lambda-managed-instances/invoke/running_invoke.go` at 4fa2157. The names of the states are those of the classic machine;
 * none of them reaches the wire here, because every refusal is `InvalidRequestID`.
 *
 * Deliberately not modelled: the deadline, which takes the invocation away from its machine (concurrent-session.ts).
 */
import type { RuntimeState } from '../protocol/runtime-states.ts';

export const CONCURRENT_INVOCATION_STATES = [
  'Running',
  'InvocationResponse',
  'InvocationErrorResponse',
  'RuntimeResponseSentState',
] as const satisfies readonly RuntimeState[];
export type ConcurrentInvocationState = (typeof CONCURRENT_INVOCATION_STATES)[number];

export const CONCURRENT_INVOCATION_EVENTS = ['responseBegun', 'responseEnded', 'errorBegun', 'errorEnded'] as const;
export type ConcurrentInvocationEvent = (typeof CONCURRENT_INVOCATION_EVENTS)[number];

export const CONCURRENT_INVOCATION_TRANSITIONS = {
  Running: { responseBegun: 'InvocationResponse', errorBegun: 'InvocationErrorResponse' },
  InvocationResponse: { responseEnded: 'RuntimeResponseSentState', errorBegun: 'InvocationErrorResponse' },
  InvocationErrorResponse: { errorEnded: 'RuntimeResponseSentState' },
  RuntimeResponseSentState: {},
} as const satisfies Record<ConcurrentInvocationState, Partial<Record<ConcurrentInvocationEvent, ConcurrentInvocationState>>>;

/** The next state, or undefined for a refusal. */
export function stepConcurrentInvocation(state: ConcurrentInvocationState, event: ConcurrentInvocationEvent): ConcurrentInvocationState | undefined {
  const row: Partial<Record<ConcurrentInvocationEvent, ConcurrentInvocationState>> = CONCURRENT_INVOCATION_TRANSITIONS[state];
  return row[event];
}
