/** Hands out cases to workers: dependencies first, then the longest, so that the last to end is not the last to start. */
import type { CaseBase } from './case.ts';
import type { CaseResult } from './result.ts';

export type Turn<One extends CaseBase> = { kind: 'run'; case: One } | { kind: 'blocked'; case: One; by: string } | { kind: 'wait' } | { kind: 'done' };

/** A guard and no measure: every wait inside a case has a limit of its own. */
const LIMIT_DEFAULT_SECONDS = 30;

export class Schedule<One extends CaseBase> {
  readonly #waiting: One[];
  readonly #selected: ReadonlySet<string>;
  readonly #statuses = new Map<string, CaseResult['status']>();
  #changed = Promise.withResolvers<void>();

  constructor(cases: readonly One[]) {
    this.#waiting = [...cases].sort((left, right) => limitOf(right) - limitOf(left));
    this.#selected = new Set(cases.map(({ id }) => id));
  }

  /** A dependency that is not part of the run is taken for granted. */
  next(): Turn<One> {
    for (const [index, one] of this.#waiting.entries()) {
      const dependencies = (one.dependsOn ?? []).filter((id) => this.#selected.has(id));
      const blocker = dependencies.find((id) => this.#isSettled(id) && this.#statuses.get(id) !== 'pass');
      if (blocker === undefined && !dependencies.every((id) => this.#isSettled(id))) continue;
      this.#waiting.splice(index, 1);
      return blocker === undefined ? { kind: 'run', case: one } : { kind: 'blocked', case: one, by: blocker };
    }
    return { kind: this.#waiting.length === 0 ? 'done' : 'wait' };
  }

  settle(result: CaseResult): void {
    this.#statuses.set(result.case.id, result.status);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  /** Resolves when another case has ended. */
  get changed(): Promise<void> {
    return this.#changed.promise;
  }

  #isSettled(id: string): boolean {
    return this.#statuses.has(id);
  }
}

export function limitOf(one: CaseBase): number {
  return one.limitSeconds ?? LIMIT_DEFAULT_SECONDS;
}
