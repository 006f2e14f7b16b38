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

export type ExtensionStep =
  | { moved: true; from: ExtensionState; to: ExtensionState }
  | { moved: false; from: ExtensionState; refusedTo: ExtensionState };

export function stepExtension(state: ExtensionState, event: ExtensionEvent): ExtensionStep {
  const row: Partial<Record<ExtensionEvent, ExtensionState>> = EXTENSION_TRANSITIONS[state];
  const to = row[event];
  return to === undefined ? { moved: false, from: state, refusedTo: NAMED_TARGET[event] } : { moved: true, from: state, to };
}
