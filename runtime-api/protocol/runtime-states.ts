/**
 * State names of the runtime as they reach a 403 body: wire text in the owner's exact, uneven spelling.
 * Source: RIE `internal/lambda/core/states.go` at 4fa2157.
 */
export const RUNTIME_STATES = [
  'Started',
  'InitError',
  'Ready',
  'Running',
  'InvocationResponse',
  'InvocationErrorResponse',
  'RuntimeResponseSentState',
  'RestoreReady',
  'Restoring',
  'RuntimeRestoreErrorState',
] as const;
export type RuntimeState = (typeof RUNTIME_STATES)[number];
