/**
 * The two state machines of the protocol, typed by hand from the protocol notes (sections 4.2 and 11.4) and not from our life cycles:
 * this is what those are compared with. A cell is what the caller gets: `B` blocks, `A` is accepted, `again` is the same event at once,
 * and a name is the state that the refusal names.
 *
 * Where we differ from the notes on purpose it says so here, with the reason.
 */

export type RuntimeState = 'Started' | 'InitError' | 'Ready' | 'Running' | 'InvocationResponse' | 'InvocationErrorResponse' | 'RuntimeResponseSentState';

/** GET invocation/next. */
export const NEXT: Record<RuntimeState, string> = {
  Started: 'B',
  InitError: 'Ready',
  Ready: 'B',
  Running: 'again',
  InvocationResponse: 'Ready',
  InvocationErrorResponse: 'Ready',
  RuntimeResponseSentState: 'B',
};

/** POST response and error, for the current id; any other is 400 before the state is looked at. */
export const REPLY: Record<RuntimeState, 'A' | 'refused'> = {
  Started: 'refused',
  InitError: 'refused',
  Ready: 'refused',
  Running: 'A',
  InvocationResponse: 'refused',
  InvocationErrorResponse: 'refused',
  RuntimeResponseSentState: 'refused',
};

/** POST init/error. */
export const INIT_ERROR: Record<RuntimeState, 'A' | 'refused'> = {
  Started: 'A',
  InitError: 'refused',
  Ready: 'refused',
  Running: 'refused',
  InvocationResponse: 'refused',
  InvocationErrorResponse: 'refused',
  RuntimeResponseSentState: 'refused',
};

export type ExtensionState = 'Started' | 'Registered' | 'Ready' | 'Running' | 'InitError' | 'ExitError' | 'Exited' | 'ShutdownFailed';

/** GET event/next. Listed difference: in `Ready`, a call whose predecessor lost its connection blocks as that one did; RIE refuses it, and the extension is lost. */
export const EXTENSION_NEXT: Record<ExtensionState, 'B' | 'refused'> = {
  Started: 'refused',
  Registered: 'B',
  Ready: 'refused',
  Running: 'B',
  InitError: 'refused',
  ExitError: 'refused',
  Exited: 'refused',
  ShutdownFailed: 'refused',
};

/** POST init/error. `told` is accepted and changes nothing. */
export const EXTENSION_INIT_ERROR: Record<ExtensionState, 'A' | 'told' | 'refused'> = {
  Started: 'refused',
  Registered: 'A',
  Ready: 'refused',
  Running: 'refused',
  InitError: 'told',
  ExitError: 'refused',
  Exited: 'refused',
  ShutdownFailed: 'refused',
};

/** POST exit/error. */
export const EXTENSION_EXIT_ERROR: Record<ExtensionState, 'A' | 'told' | 'refused'> = {
  Started: 'refused',
  Registered: 'A',
  Ready: 'A',
  Running: 'A',
  InitError: 'refused',
  ExitError: 'told',
  Exited: 'refused',
  ShutdownFailed: 'refused',
};

export function refusedForRuntime(from: RuntimeState, to: string): string {
  return `403 InvalidStateTransition State transition from ${from} to ${to} failed for runtime. Error: State transition is not allowed`;
}

export function refusedForExtension(from: ExtensionState, to: string, who: string): string {
  return `403 Extension.InvalidExtensionState State transition from ${from} to ${to} failed for extension ${who}. Error: State transition is not allowed`;
}

/** Milliseconds; sections 6.4, 7.1, 10, and for the time to exit after a report our own number. */
export const TIMES = { init: 10_000, function: 3_000, exitAfterReport: 1_000, endInternal: 500, endRuntime: 300, endExternal: 2_000 } as const;
export const RESPONSE_BYTES_MAX = 6_291_556;
export const EPOCH_MS = 1_700_000_000_000;
