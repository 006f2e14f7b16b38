/**
 * Environments made ahead: sandbox up, server listening, no code. Kept per image that is in use, one at a time and only when nobody
 * waits, because what is made ahead must not slow down what is asked for. Source: isolation.md §9.
 */
import type { Clock } from '../../foundation/clock.ts';
import type { FunctionVersion, RuntimeRoot } from './function-version.ts';
import type { WorkerEnvironment } from './worker-environment.ts';

export type BlankOptions = {
  clock: Clock;
  startBlank(root: RuntimeRoot, tmpMiB: number): Promise<WorkerEnvironment>;
  blankPerRoot: number;
  blankTmpMiB: number;
  /** An image that nothing was started of for this long is not in use. */
  idleTimeoutMs: number;
  hasRoom(): boolean;
  discard(environment: WorkerEnvironment): void;
  /** Something became ready, failed, or was given up. */
  onChange(): void;
  watch(environment: WorkerEnvironment): void;
  onProblem(error: unknown): void;
};

type Wanted = { root: RuntimeRoot; isDue: boolean; cancelDue: () => void; cancelEnd: () => void };

export class BlankEnvironments {
  readonly #options: BlankOptions;
  #ready: { rootDigest: string; environment: WorkerEnvironment }[] = [];
  /** By digest of the root. */
  readonly #wanted = new Map<string, Wanted>();
  #starting = 0;
  #isClosed = false;

  constructor(options: BlankOptions) {
    this.#options = options;
  }

  get ready(): number {
    return this.#ready.length;
  }

  get starting(): number {
    return this.#starting;
  }

  get taken(): number {
    return this.#ready.length + this.#starting;
  }

  /** The image is in use from now on; the next blank one of it may be made after the delay. */
  want(root: RuntimeRoot, afterMs: number): void {
    if (this.#isClosed || this.#options.blankPerRoot === 0) return;
    const { clock, idleTimeoutMs } = this.#options;
    this.#unwant(root.rootDigest);
    const wanted: Wanted = {
      root,
      isDue: afterMs === 0,
      cancelDue: () => {},
      cancelEnd: clock.schedule(idleTimeoutMs, () => this.#giveUp(root.rootDigest)),
    };
    this.#wanted.set(root.rootDigest, wanted);
    if (afterMs === 0) return this.refill();
    wanted.cancelDue = clock.schedule(afterMs, () => {
      wanted.isDue = true;
      this.refill();
    });
  }

  take(version: FunctionVersion): WorkerEnvironment | undefined {
    if (version.tmpMiB !== this.#options.blankTmpMiB) return undefined;
    for (;;) {
      const blank = this.#ready.find((entry) => entry.rootDigest === version.root.rootDigest);
      if (blank === undefined) return undefined;
      this.#remove(blank.environment);
      if (blank.environment.isUsable) return blank.environment;
      this.#options.discard(blank.environment);
    }
  }

  /** Gives up the oldest one; false when there is none. */
  discardOne(): boolean {
    const [oldest] = this.#ready;
    if (oldest === undefined) return false;
    this.#remove(oldest.environment);
    this.#options.discard(oldest.environment);
    return true;
  }

  /** Not replaced before its image is wanted again: one that dies by itself would be made without end. */
  dropEnded(environment: WorkerEnvironment): void {
    const ended = this.#ready.find((entry) => entry.environment === environment);
    if (ended === undefined) return;
    this.#unwant(ended.rootDigest);
    this.#remove(environment);
    this.#options.discard(environment);
  }

  refill(): void {
    if (this.#starting > 0 || !this.#options.hasRoom()) return;
    for (const [rootDigest, wanted] of this.#wanted) {
      const ready = this.#ready.filter((entry) => entry.rootDigest === rootDigest).length;
      if (!wanted.isDue || ready >= this.#options.blankPerRoot) continue;
      void this.#make(wanted.root);
      return;
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const rootDigest of [...this.#wanted.keys()]) this.#unwant(rootDigest);
    while (this.discardOne());
  }

  async #make(root: RuntimeRoot): Promise<void> {
    this.#starting += 1;
    try {
      const environment = await this.#options.startBlank(root, this.#options.blankTmpMiB);
      await environment.ready.catch((error: unknown) => {
        this.#options.discard(environment);
        throw error;
      });
      if (this.#isClosed) this.#options.discard(environment);
      else {
        this.#ready.push({ rootDigest: root.rootDigest, environment });
        // Tells at once when it has ended already.
        this.#options.watch(environment);
      }
    } catch (error) {
      // The next start of this image tries again; until then its failures are nobody's news.
      this.#unwant(root.rootDigest);
      this.#options.onProblem(error);
    } finally {
      this.#starting -= 1;
      this.#options.onChange();
    }
  }

  #remove(environment: WorkerEnvironment): void {
    this.#ready = this.#ready.filter((entry) => entry.environment !== environment);
  }

  #unwant(rootDigest: string): void {
    const wanted = this.#wanted.get(rootDigest);
    wanted?.cancelDue();
    wanted?.cancelEnd();
    this.#wanted.delete(rootDigest);
  }

  #giveUp(rootDigest: string): void {
    this.#unwant(rootDigest);
    for (const { environment } of this.#ready.filter((entry) => entry.rootDigest === rootDigest)) {
      this.#remove(environment);
      this.#options.discard(environment);
    }
  }
}
