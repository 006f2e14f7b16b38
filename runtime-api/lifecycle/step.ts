/** One step of a machine whose callers are told what they asked for when it is refused. */

export type Step<State> = { moved: true; from: State; to: State } | { moved: false; from: State; refusedTo: State };

export type StepTables<State extends string, Event extends string> = {
  transitions: Record<State, Partial<Record<Event, State>>>;
  /** The state that a refused event names in its 403 body. */
  refusedTo: Record<Event, State>;
};

/** What is not in the table is refused and changes nothing. */
export function stepBy<State extends string, Event extends string>(tables: StepTables<State, Event>, state: State, event: Event): Step<State> {
  const to = tables.transitions[state][event];
  return to === undefined ? { moved: false, from: state, refusedTo: tables.refusedTo[event] } : { moved: true, from: state, to };
}
