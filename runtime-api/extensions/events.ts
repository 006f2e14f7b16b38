/** The two events that an extension can get, as they stand in the answer of `event/next`. Source: extensions guide, next. */
import { randomUUID } from 'node:crypto';
import type { Outcome } from '../outcome.ts';

export type InvocationEvent = { deadlineEpochMs: number; requestId: string; functionArn: string; traceId: string | undefined };

/** Without the event's payload. The trace is always there: a missing one broke the Rust library (RIE issue 109). */
export function invocationEvent(event: InvocationEvent): Outcome {
  return eventOutcome({
    eventType: 'INVOKE',
    deadlineMs: event.deadlineEpochMs,
    requestId: event.requestId,
    invokedFunctionArn: event.functionArn,
    tracing: { type: 'X-Amzn-Trace-Id', value: event.traceId ?? '' },
  });
}

/** `reason` as the profile spells it. */
export function shutdownEvent(event: { deadlineEpochMs: number; reason: string }): Outcome {
  return eventOutcome({ eventType: 'SHUTDOWN', deadlineMs: event.deadlineEpochMs, shutdownReason: event.reason });
}

function eventOutcome(body: Record<string, unknown>): Outcome {
  return { kind: 'extensionEvent', eventIdentifier: randomUUID(), body };
}
