/**
 * The life of `$LATEST` as a table. What is not in the table is refused and changes nothing.
 * Source: API reference (State, LastUpdateStatus) and recorded life cycles of the real service (25 November 2025).
 * Two wire members, State and LastUpdateStatus, are one state here, because only these five pairs occur.
 * Deliberately not modelled yet: Inactive (idle for two weeks) and what only image functions and capacity providers have.
 */

export const TRANSITIONS = {
  /** Created, code not ready. */
  Pending: { activated: 'Active', activationFailed: 'Failed' },
  Active: { updateRequested: 'Updating' },
  /** The old generation is served until the new one is ready. */
  Updating: { activated: 'Active', activationFailed: 'UpdateFailed' },
  UpdateFailed: { updateRequested: 'Updating' },
  /** Never was ready: there is no old generation, so an update starts over. */
  Failed: { updateRequested: 'Pending' },
} as const satisfies Record<string, Partial<Record<LifecycleEvent, string>>>;

export type LifecycleEvent = 'updateRequested' | 'activated' | 'activationFailed';
export type LifecycleState = keyof typeof TRANSITIONS;

export const LIFECYCLE_STATES = ['Pending', 'Active', 'Updating', 'UpdateFailed', 'Failed'] as const satisfies LifecycleState[];
export const LIFECYCLE_EVENTS = ['updateRequested', 'activated', 'activationFailed'] as const satisfies LifecycleEvent[];

export type Step = { moved: true; state: LifecycleState } | { moved: false; state: LifecycleState };

export function step(state: LifecycleState, event: LifecycleEvent): Step {
  const row: Partial<Record<LifecycleEvent, LifecycleState>> = TRANSITIONS[state];
  const next = row[event];
  return next === undefined ? { moved: false, state } : { moved: true, state: next };
}

export type WireState = {
  State: 'Pending' | 'Active' | 'Failed';
  StateReason?: string;
  StateReasonCode?: string;
  LastUpdateStatus?: 'Successful' | 'InProgress' | 'Failed';
  LastUpdateStatusReason?: string;
  LastUpdateStatusReasonCode?: string;
};

export type Failure = { reason: string; reasonCode: string };

/** The reason while work is under way; the service says the same for an update. Source: recorded. */
const CREATING = { reason: 'The function is being created.', reasonCode: 'Creating' };

/** How a state is shown. A new function has no LastUpdateStatus until it was ready once. */
export function wireState(state: LifecycleState, failure: Failure | undefined): WireState {
  switch (state) {
    case 'Pending':
      return { State: 'Pending', StateReason: CREATING.reason, StateReasonCode: CREATING.reasonCode };
    case 'Active':
      return { State: 'Active', LastUpdateStatus: 'Successful' };
    case 'Updating':
      return { State: 'Active', ...lastUpdate('InProgress', CREATING) };
    case 'UpdateFailed':
      return { State: 'Active', ...lastUpdate('Failed', failure) };
    case 'Failed':
      return failure === undefined
        ? { State: 'Failed' }
        : { State: 'Failed', StateReason: failure.reason, StateReasonCode: failure.reasonCode };
    default:
      return state satisfies never;
  }
}

function lastUpdate(status: 'InProgress' | 'Failed', why: Failure | undefined): Omit<WireState, 'State'> {
  if (why === undefined) return { LastUpdateStatus: status };
  return { LastUpdateStatus: status, LastUpdateStatusReason: why.reason, LastUpdateStatusReasonCode: why.reasonCode };
}
