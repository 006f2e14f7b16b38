/** The member `Architectures` of creation and code updates: a list of exactly one. */
import { MUST_NOT_BE_NULL, mustBeOneOf, type Violations } from '../input/violations.ts';
import type { Architecture } from '../lifecycle/apply-settings.ts';

const ARCHITECTURES = ['x86_64', 'arm64'] as const satisfies Architecture[];

export function checkArchitectures(violations: Violations, given: readonly string[] | undefined): void {
  violations.list('architectures', given, {
    min: 1,
    max: 1,
    element: {
      accepts: (value) => ARCHITECTURES.some((architecture) => architecture === value),
      texts: [mustBeOneOf(ARCHITECTURES), MUST_NOT_BE_NULL],
    },
  });
}

/** Of a list that passed the check. */
export function architectureOf(given: readonly string[] | undefined): Architecture | undefined {
  return ARCHITECTURES.find((architecture) => architecture === given?.[0]);
}
