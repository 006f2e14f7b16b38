/**
 * The life cycle of one extension, external or internal, as its calls, the platform's events and its end drive it.
 *
 * Rules: all transitions are in the table; what is not in it is refused and changes nothing; the identifier has been checked before an
 * event gets here. An internal extension comes into being with its registration, so it never is in `Started` for anybody to see.
 * Source: RIE `core/{externalagent,internalagent}_states.go` at 4fa2157; extensions guide.
 *
 * Deliberately not modelled: a blocked call that lost its connection (registry.ts lets it be made again; RIE refuses that), and which
 * extension takes part in what.
 */
import type { ExtensionState } from '../protocol/extension-states.ts';
import { type Step, stepBy, type StepTables } from './step.ts';

export const EXTENSION_EVENTS = [
  'registerCalled',
  'nextCalled',
  'eventDelivered',
  'initErrorReported',
  'exitErrorReported',
  'launchFailed',
  'processExited',
  'shutdownFailed',
] as const;
export type ExtensionEvent = (typeof EXTENSION_EVENTS)[number];

export const EXTENSION_TRANSITIONS = {
  Started: { registerCalled: 'Registered', launchFailed: 'LaunchError', processExited: 'Exited', shutdownFailed: 'ShutdownFailed' },
  Registered: {
    nextCalled: 'Ready',
    initErrorReported: 'InitError',
    exitErrorReported: 'ExitError',
    processExited: 'Exited',
    shutdownFailed: 'ShutdownFailed',
  },
  Ready: { eventDelivered: 'Running', exitErrorReported: 'ExitError', processExited: 'Exited', shutdownFailed: 'ShutdownFailed' },
  Running: { nextCalled: 'Ready', exitErrorReported: 'ExitError', processExited: 'Exited', shutdownFailed: 'ShutdownFailed' },
  // Told twice is told once; what the extension said stays on record after its end.
  InitError: { initErrorReported: 'InitError', processExited: 'InitError', shutdownFailed: 'ShutdownFailed' },
  ExitError: { exitErrorReported: 'ExitError', processExited: 'ExitError', shutdownFailed: 'ShutdownFailed' },
  Exited: {},
  ShutdownFailed: {},
  LaunchError: {},
} as const satisfies Record<ExtensionState, Partial<Record<ExtensionEvent, ExtensionState>>>;

/** The state that a refused call names in its 403 body. */
const NAMED_TARGET = {
  registerCalled: 'Registered',
  nextCalled: 'Ready',
  eventDelivered: 'Running',
  initErrorReported: 'InitError',
  exitErrorReported: 'Exited',
  launchFailed: 'LaunchError',
  processExited: 'Exited',
  shutdownFailed: 'ShutdownFailed',
} as const satisfies Record<ExtensionEvent, ExtensionState>;

const TABLES: StepTables<ExtensionState, ExtensionEvent> = { transitions: EXTENSION_TRANSITIONS, refusedTo: NAMED_TARGET };

export function stepExtension(state: ExtensionState, event: ExtensionEvent): Step<ExtensionState> {
  return stepBy(TABLES, state, event);
}
