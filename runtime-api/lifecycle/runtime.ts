/**
 * The life cycle of one runtime process, as its calls and the platform's deliveries drive it.
 *
 * Rules: all transitions are in the table; what is not in it is refused and changes nothing; identity (the request id) has been
 * checked before an event gets here. Source: RIE `internal/lambda/core/states.go` and `rapi/handler` at 4fa2157.
 *
 * Deliberately not modelled: process exit, deadlines and resets. They end this machine and begin a new one (environment.ts).
 */
import type { RuntimeState } from '../protocol/runtime-states.ts';
import { type Step, stepBy, type StepTables } from './step.ts';

export const RUNTIME_EVENTS = [
  'nextCalled',
  'invocationDelivered',
  'responseBegun',
  'responseEnded',
  'errorBegun',
  'errorEnded',
  'initErrorReported',
  'restoreNextCalled',
  'restored',
  'restoreErrorReported',
] as const;
export type RuntimeEvent = (typeof RUNTIME_EVENTS)[number];

export const RUNTIME_TRANSITIONS = {
  Started: { nextCalled: 'Ready', initErrorReported: 'InitError', restoreNextCalled: 'RestoreReady' },
  InitError: {},
  Ready: { nextCalled: 'Ready', invocationDelivered: 'Running' },
  // A runtime that asks again before it replied gets the same event again.
  Running: { nextCalled: 'Running', responseBegun: 'InvocationResponse', errorBegun: 'InvocationErrorResponse' },
  InvocationResponse: { responseEnded: 'RuntimeResponseSentState' },
  InvocationErrorResponse: { errorEnded: 'RuntimeResponseSentState' },
  RuntimeResponseSentState: { nextCalled: 'Ready' },
  RestoreReady: { restored: 'Restoring' },
  Restoring: {
    nextCalled: 'Ready',
    initErrorReported: 'RuntimeRestoreErrorState',
    restoreErrorReported: 'RuntimeRestoreErrorState',
  },
  RuntimeRestoreErrorState: {},
} as const satisfies Record<RuntimeState, Partial<Record<RuntimeEvent, RuntimeState>>>;

/** The state that a refused event names in its 403 body. Source: RIE `rapi/rendering/render_error.go`, handlers. */
const NAMED_TARGET = {
  nextCalled: 'Ready',
  invocationDelivered: 'Running',
  responseBegun: 'InvocationResponse',
  responseEnded: 'RuntimeResponseSentState',
  errorBegun: 'InvocationErrorResponse',
  errorEnded: 'RuntimeResponseSentState',
  initErrorReported: 'InitError',
  restoreNextCalled: 'Ready',
  restored: 'Restoring',
  restoreErrorReported: 'RuntimeRestoreErrorState',
} as const satisfies Record<RuntimeEvent, RuntimeState>;

const TABLES: StepTables<RuntimeState, RuntimeEvent> = { transitions: RUNTIME_TRANSITIONS, refusedTo: NAMED_TARGET };

export function stepRuntime(state: RuntimeState, event: RuntimeEvent): Step<RuntimeState> {
  return stepBy(TABLES, state, event);
}
