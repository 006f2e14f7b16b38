/**
 * The one pure function that says whether a runtime may be used for a change: (policy, clock, request) → decision.
 * No file, no socket, no clock of its own. Invoke, delete, get and list are not asked: no phase affects them.
 */
import type { LifecycleEntry, LifecyclePolicy } from './lifecycle-schema.ts';
import { phaseOf, type Phase } from './phase.ts';

export type PolicyRequest =
  | { action: 'create-function'; runtime: string }
  | { action: 'update-code'; runtime: string }
  /** `runtimeNext` is absent when the update leaves the runtime alone. */
  | { action: 'update-configuration'; runtime: string; runtimeNext?: string | undefined };

export type PolicyDecision =
  | { allowed: true; runtime: string; phase: Phase }
  /** `blocked`: known, and its time is over. `unknown`: not an identifier that may be named at all. */
  | { allowed: false; runtime: string; refusal: 'blocked' | 'unknown' };

export function decide(policy: LifecyclePolicy, nowEpochMs: number, request: PolicyRequest): PolicyDecision {
  switch (request.action) {
    case 'create-function':
      return judge(policy, nowEpochMs, request.runtime, ['create-blocked', 'update-blocked']);
    case 'update-code':
      return judge(policy, nowEpochMs, request.runtime, ['update-blocked']);
    case 'update-configuration':
      // Only where the function ends up counts: leaving a blocked runtime is always allowed, going back to one that is
      // merely create-blocked is too, staying on an update-blocked one is not.
      return judge(policy, nowEpochMs, request.runtimeNext ?? request.runtime, ['update-blocked']);
    default:
      return request satisfies never;
  }
}

/** Identifiers that a new function may name today, in the table's order: also deprecated ones until creation is blocked. */
export function creationSet(policy: LifecyclePolicy, nowEpochMs: number): string[] {
  return policy.runtimes
    .filter((entry) => isSelectable(entry))
    .filter((entry) => ['active', 'deprecated'].includes(phaseOf(entry, nowEpochMs)))
    .map((entry) => entry.identifier);
}

/** Every identifier ever known, including blocked, preview and internal ones. */
export function knownSet(policy: LifecyclePolicy): string[] {
  return [...policy.runtimes.map((entry) => entry.identifier), ...policy.internalIdentifiers];
}

/** The public text of a refusal. Both texts are recorded (January 2026); the blocked text is the same for both blocks. */
export function refusalMessage(
  policy: LifecyclePolicy,
  nowEpochMs: number,
  refused: Extract<PolicyDecision, { allowed: false }>,
): string {
  if (refused.refusal === 'blocked') {
    return (
      `The runtime parameter of ${refused.runtime} is no longer supported for creating or updating AWS Lambda functions. ` +
      'We recommend you use a supported runtime while creating or updating functions.'
    );
  }
  return (
    `Value ${refused.runtime} at 'runtime' failed to satisfy constraint: ` +
    `Member must satisfy enum value set: [${creationSet(policy, nowEpochMs).join(', ')}] or be a valid ARN`
  );
}

/** Known but blocked is said before unknown: a blocked identifier is absent from the creation set too. */
function judge(policy: LifecyclePolicy, nowEpochMs: number, runtime: string, blocking: Phase[]): PolicyDecision {
  const entry = policy.runtimes.find((candidate) => candidate.identifier === runtime);
  if (entry === undefined || !isSelectable(entry)) return { allowed: false, runtime, refusal: 'unknown' };
  const phase = phaseOf(entry, nowEpochMs);
  if (blocking.includes(phase)) return { allowed: false, runtime, refusal: 'blocked' };
  return { allowed: true, runtime, phase };
}

function isSelectable(entry: LifecycleEntry): boolean {
  return !entry.preview && !entry.imageOnly;
}
