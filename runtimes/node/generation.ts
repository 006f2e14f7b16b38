/**
 * The vendor's Node.js runtime exists in two generations. Up to Node.js 22 a handler may answer through a callback, and the runtime
 * reports what escapes from it; from Node.js 24 on there are promises only. Source: managed-runtimes §2.
 */

export type Generation = 'callbacks' | 'promises';

/** Ours: callbacks on every version, for functions that cannot be changed. */
const CALLBACKS_VARIABLE = 'RIK_NODEJS_CALLBACKS';
const FIRST_WITHOUT_CALLBACKS = 24;

export function generationOf(environment: NodeJS.ProcessEnv, nodeVersion: string): Generation {
  // Several invocations at once cannot tell whose loop has drained.
  if (environment['AWS_LAMBDA_MAX_CONCURRENCY'] !== undefined) return 'promises';
  if (['1', 'true'].includes(environment[CALLBACKS_VARIABLE] ?? '')) return 'callbacks';
  return Number.parseInt(nodeVersion, 10) < FIRST_WITHOUT_CALLBACKS ? 'callbacks' : 'promises';
}
