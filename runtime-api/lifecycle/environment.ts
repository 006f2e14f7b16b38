/**
 * The life cycle of one execution environment: initialisation, invocation, reset, end.
 *
 * Rules: one invocation at a time; a failed initialisation is repeated inside the next invocation and under its deadline
 * ("suppressed init"); every failure resets: all processes die, `/tmp` stays. Source: AWS guide "execution environment life cycle";
 * RIE `internal/lambda/rapid/handlers.go`.
 *
 * With SnapStart a runtime that wants to know of its restore leaves the initialisation for `snapshotted` instead of `idle`; the first
 * invocation restores it. No snapshot is taken here: the processes simply wait. Source: AWS guide "SnapStart hooks".
 *
 * `stopping` covers the time between the decision to kill and the last process being gone. Deliberately not modelled: extensions, which only
 * decide when the runtime's events count (environment.ts, extensions/).
 */

export const ENVIRONMENT_STATES = [
  'blank',
  'initializing',
  'snapshotted',
  'restoring',
  'idle',
  'invoking',
  'stoppingInit',
  'stopping',
  'reset',
  'reinitializing',
  'ended',
] as const;
export type EnvironmentState = (typeof ENVIRONMENT_STATES)[number];

export const ENVIRONMENT_EVENTS = [
  'configured',
  'runtimeReady',
  'snapshotReady',
  'initFailed',
  'invocationAccepted',
  'invocationCompleted',
  'invocationFailed',
  'runtimeLost',
  'processesGone',
  'shutDown',
] as const;
export type EnvironmentEventName = (typeof ENVIRONMENT_EVENTS)[number];

export const ENVIRONMENT_TRANSITIONS = {
  blank: { configured: 'initializing', shutDown: 'ended' },
  initializing: { runtimeReady: 'idle', snapshotReady: 'snapshotted', initFailed: 'stoppingInit', shutDown: 'ended' },
  snapshotted: { invocationAccepted: 'restoring', runtimeLost: 'stopping', shutDown: 'ended' },
  restoring: { runtimeReady: 'invoking', invocationFailed: 'stopping', shutDown: 'ended' },
  idle: { invocationAccepted: 'invoking', runtimeLost: 'stopping', shutDown: 'ended' },
  invoking: { invocationCompleted: 'idle', invocationFailed: 'stopping', shutDown: 'ended' },
  stoppingInit: { processesGone: 'reset', shutDown: 'ended' },
  stopping: { processesGone: 'reset', shutDown: 'ended' },
  reset: { invocationAccepted: 'reinitializing', shutDown: 'ended' },
  reinitializing: { runtimeReady: 'invoking', snapshotReady: 'restoring', invocationFailed: 'stopping', shutDown: 'ended' },
  ended: {},
} as const satisfies Record<EnvironmentState, Partial<Record<EnvironmentEventName, EnvironmentState>>>;

export type EnvironmentStep = { moved: true; from: EnvironmentState; to: EnvironmentState } | { moved: false; from: EnvironmentState };

export function stepEnvironment(state: EnvironmentState, event: EnvironmentEventName): EnvironmentStep {
  const row: Partial<Record<EnvironmentEventName, EnvironmentState>> = ENVIRONMENT_TRANSITIONS[state];
  const to = row[event];
  return to === undefined ? { moved: false, from: state } : { moved: true, from: state, to };
}
