/** The invocations that wait for an environment, in the order of their arrival; bounded in number and in time. */
import type { Clock } from '../../foundation/clock.ts';
import { workerError } from './errors.ts';
import type { FunctionVersion } from './function-version.ts';
import type { WorkerEnvironment } from './worker-environment.ts';

export type WaitingLineOptions = { clock: Clock; waitingMax: number; waitMaxMs: number; patienceMs: number };

export type Waiter = { key: string; version: FunctionVersion };

type Entry = Waiter & { sinceMs: number; resolve(environment: WorkerEnvironment): void; reject(error: unknown): void };

export class WaitingLine {
  readonly #options: WaitingLineOptions;
  #entries: Entry[] = [];
  readonly #countByKey = new Map<string, number>();

  constructor(options: WaitingLineOptions) {
    this.#options = options;
  }

  get length(): number {
    return this.#entries.length;
  }

  has(key: string): boolean {
    return this.#countByKey.has(key);
  }

  versions(): FunctionVersion[] {
    return this.#entries.map((entry) => entry.version);
  }

  /** Settles when an environment is found, or the wait is refused. */
  join(version: FunctionVersion, key: string): Promise<WorkerEnvironment> {
    const { clock, waitingMax, waitMaxMs } = this.#options;
    if (this.#entries.length >= waitingMax) return Promise.reject(workerError('worker/busy', `more than ${waitingMax} invocations are waiting`));
    const { promise, resolve, reject } = Promise.withResolvers<WorkerEnvironment>();
    const entry: Entry = {
      key,
      version,
      sinceMs: clock.monotonicMs(),
      resolve(environment) {
        cancel();
        resolve(environment);
      },
      reject(error) {
        cancel();
        reject(error);
      },
    };
    const cancel = clock.schedule(waitMaxMs, () => {
      this.#remove(entry);
      reject(workerError('worker/busy', `no environment became free within ${waitMaxMs} ms`));
    });
    this.#entries.push(entry);
    this.#count(key, 1);
    return promise;
  }

  /** Offers each waiter, first come first, what `take` finds for its key. */
  serve(take: (key: string) => WorkerEnvironment | undefined): void {
    const emptyHanded = new Set<string>();
    for (const entry of [...this.#entries]) {
      if (emptyHanded.has(entry.key)) continue;
      const environment = take(entry.key);
      if (environment === undefined) {
        emptyHanded.add(entry.key);
        continue;
      }
      this.#remove(entry);
      entry.resolve(environment);
    }
  }

  /** Those for whom nothing is coming; `coming` has one key per environment that is being started. */
  unserved(coming: readonly string[]): Waiter[] {
    const left = new Map<string, number>();
    for (const key of coming) left.set(key, (left.get(key) ?? 0) + 1);
    return this.#entries.filter(({ key }) => {
      const count = left.get(key) ?? 0;
      if (count > 0) left.set(key, count - 1);
      return count === 0;
    });
  }

  /** True when somebody with another key has waited for too long. */
  isImpatient({ except }: { except: string }): boolean {
    const nowMs = this.#options.clock.monotonicMs();
    return this.#entries.some((entry) => entry.key !== except && nowMs - entry.sinceMs >= this.#options.patienceMs);
  }

  /** False when nobody waits with this key. */
  refuseFirst(key: string, error: unknown): boolean {
    const entry = this.#entries.find((candidate) => candidate.key === key);
    if (entry === undefined) return false;
    this.#remove(entry);
    entry.reject(error);
    return true;
  }

  refuseAll(error: () => unknown): void {
    for (const entry of [...this.#entries]) {
      this.#remove(entry);
      entry.reject(error());
    }
  }

  #remove(entry: Entry): void {
    const index = this.#entries.indexOf(entry);
    if (index === -1) return;
    this.#entries.splice(index, 1);
    this.#count(entry.key, -1);
  }

  #count(key: string, by: 1 | -1): void {
    const count = (this.#countByKey.get(key) ?? 0) + by;
    if (count === 0) this.#countByKey.delete(key);
    else this.#countByKey.set(key, count);
  }
}
