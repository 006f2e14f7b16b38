/** Public surface of `platform/policy`: life-cycle data of the runtimes and the decisions that follow from it. */
export { creationSet, decide, knownSet, refusalMessage, type PolicyDecision, type PolicyRequest } from './decide.ts';
export { POLICY_ERRORS } from './errors.ts';
export { parsePolicy, type LifecycleEntry, type LifecyclePolicy } from './lifecycle-schema.ts';
export { DEFAULT_POLICY } from './lifecycle-table.ts';
export { PHASES, phaseOf, type Phase } from './phase.ts';
