/**
 * What the server inside an environment may say, and when. It shares the function's user and may have been taken over, so the worker
 * follows its life from outside: a message that is not in these tables ends the environment. Pure; the effects are worker-environment.ts's.
 *
 * Deliberately not modelled: log output, which may come at any time, pieces of a response, which may come while it is streaming, and
 * requests for help of the supervisor (admit, endAll, and that there are extensions), which
 * are counted instead. Source of the order: runtime-api.md §6.5, §7.1; `runtime-api/environment.ts` as the one lawful speaker.
 */

const ENVIRONMENT_STEPS = {
  starting: { hello: 'blank' },
  blank: { configured: 'initializing' },
  initializing: { initReported: 'initialized' },
  initialized: {},
} as const satisfies Record<string, Partial<Record<string, string>>>;

/** `given` is the worker's own event, all others are the server's. The id of an event has been compared before the step. */
const INVOCATION_STEPS = {
  none: { given: 'given' },
  given: { initRepeated: 'initRepeated', started: 'started' },
  initRepeated: { started: 'started' },
  started: { streamBegun: 'streaming', answered: 'answered' },
  streaming: { answered: 'answered' },
  answered: { completed: 'none' },
} as const satisfies Record<string, Partial<Record<string, string>>>;

export type EnvironmentPhase = keyof typeof ENVIRONMENT_STEPS;
export type InvocationPhase = keyof typeof INVOCATION_STEPS;
export type EnvironmentConduct = 'hello' | 'configured' | 'initReported';
export type InvocationConduct = 'given' | 'initRepeated' | 'started' | 'streamBegun' | 'answered' | 'completed';
export type ConductState = { environment: EnvironmentPhase; invocation: InvocationPhase };

/**
 * Of the supervisor, between two messages of the worker. A lawful server needs at most two resets and, for ten extensions and the
 * runtime, eleven gates twice; and it tells of its extensions.
 */
export const REQUESTS_MAX = 32;

export const CONDUCT_AT_START: ConductState = { environment: 'starting', invocation: 'none' };

/** The next state, or undefined when the step is not allowed. */
export function stepConduct(state: ConductState, event: EnvironmentConduct | InvocationConduct): ConductState | undefined {
  switch (event) {
    case 'hello':
    case 'configured':
    case 'initReported': {
      const steps: Partial<Record<EnvironmentConduct, EnvironmentPhase>> = ENVIRONMENT_STEPS[state.environment];
      const environment = steps[event];
      return environment === undefined ? undefined : { ...state, environment };
    }
    case 'given':
      // Handed over while the initialisation still runs; before there is a configuration nothing can be run.
      return state.environment === 'initializing' || state.environment === 'initialized' ? stepInvocation(state, event) : undefined;
    case 'initRepeated':
    case 'started':
    case 'streamBegun':
    case 'answered':
    case 'completed':
      return state.environment === 'initialized' ? stepInvocation(state, event) : undefined;
    default:
      return event satisfies never;
  }
}

function stepInvocation(state: ConductState, event: InvocationConduct): ConductState | undefined {
  const steps: Partial<Record<InvocationConduct, InvocationPhase>> = INVOCATION_STEPS[state.invocation];
  const invocation = steps[event];
  return invocation === undefined ? undefined : { ...state, invocation };
}
