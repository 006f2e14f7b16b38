/**
 * The life cycle of an environment that takes several invocations at the same time (managed instances).
 *
 * Rules: it serves once the first worker of the runtime waits; there is no reset: whatever ends the runtime or an extension ends the
 * environment, and a new one takes its place. Source: AWS guide "Lambda Managed Instances: execution environment"; RIE
 * `internal/lambda-managed-instances/rapid` at 4fa2157.
 *
 * Deliberately not modelled: the invocations, each of which has a machine of its own (concurrent-invocation.ts).
 */

export const CONCURRENT_ENVIRONMENT_STATES = ['blank', 'initializing', 'serving', 'stopping', 'ended'] as const;
export type ConcurrentEnvironmentState = (typeof CONCURRENT_ENVIRONMENT_STATES)[number];

export const CONCURRENT_ENVIRONMENT_EVENTS = ['configured', 'runtimeReady', 'failed', 'processesGone', 'shutDown'] as const;
export type ConcurrentEnvironmentEvent = (typeof CONCURRENT_ENVIRONMENT_EVENTS)[number];

export const CONCURRENT_ENVIRONMENT_TRANSITIONS = {
  blank: { configured: 'initializing', shutDown: 'ended' },
  initializing: { runtimeReady: 'serving', failed: 'stopping', shutDown: 'ended' },
  serving: { failed: 'stopping', shutDown: 'ended' },
  stopping: { processesGone: 'ended', shutDown: 'ended' },
  ended: {},
} as const satisfies Record<ConcurrentEnvironmentState, Partial<Record<ConcurrentEnvironmentEvent, ConcurrentEnvironmentState>>>;

/** The next state, or undefined for a refusal. */
export function stepConcurrentEnvironment(state: ConcurrentEnvironmentState, event: ConcurrentEnvironmentEvent): ConcurrentEnvironmentState | undefined {
  const row: Partial<Record<ConcurrentEnvironmentEvent, ConcurrentEnvironmentState>> = CONCURRENT_ENVIRONMENT_TRANSITIONS[state];
  return row[event];
}
