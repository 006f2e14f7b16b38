/**
 * Which environment runs which invocation: reuse by the same version only, most recently used first; new ones while there is room;
 * blank ones made ahead per image; idle ones ended after a while. Invocations that find no free environment wait in line, and are
 * served by whichever comes first, a released environment or a new one.
 */
import type { Clock } from '../../foundation/clock.ts';
import { workerError } from './errors.ts';
import { versionKey } from './function-version.ts';
import type { FunctionVersion, RuntimeRoot } from './function-version.ts';
import type { WorkerEnvironment } from './worker-environment.ts';

export type PoolOptions = {
  clock: Clock;
  /** Makes a blank environment; slow, may reject. */
  openBlank(root: RuntimeRoot, tmpMiB: number): Promise<WorkerEnvironment>;
  environmentsMax: number;
  /** Environments started at the same time; beyond two per core they only slow each other down. */
  startsMax: number;
  waitingMax: number;
  idleTimeoutMs: number;
  /** An environment is frozen when it was idle for this long: a busy loop should not pay for it. */
  freezeAfterMs: number;
  /** Blank environments kept ready per image that is in use. */
  blankPerRoot: number;
  /** Size of `/tmp` that blank ones are made with. */
  blankTmpMiB: number;
  onProblem(error: unknown): void;
};

type Waiter = { key: string; version: FunctionVersion; resolve(environment: WorkerEnvironment): void; reject(error: unknown): void };
type Idle = { environment: WorkerEnvironment; key: string; cancel: () => void };
type Blank = { root: RuntimeRoot; environment: WorkerEnvironment };

export class EnvironmentPool {
  readonly #options: PoolOptions;
  #waiting: Waiter[] = [];
  #idle: Idle[] = [];
  #blank: Blank[] = [];
  readonly #busy = new Set<WorkerEnvironment>();
  readonly #retired = new WeakSet<WorkerEnvironment>();
  /** Keys of environments that are being started, one entry each. */
  #starting: string[] = [];
  #startingBlank: string[] = [];
  readonly #ending = new Set<Promise<void>>();
  #isClosed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  get counts(): { busy: number; idle: number; blank: number; waiting: number } {
    return { busy: this.#busy.size, idle: this.#idle.length, blank: this.#blank.length, waiting: this.#waiting.length };
  }

  acquire(version: FunctionVersion): Promise<WorkerEnvironment> {
    if (this.#isClosed) return Promise.reject(workerError('worker/closed', 'the worker is shutting down'));
    if (this.#waiting.length >= this.#options.waitingMax) {
      return Promise.reject(workerError('worker/busy', `more than ${this.#options.waitingMax} invocations are waiting`));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ key: versionKey(version), version, resolve, reject });
      this.#pump();
    });
  }

  /** The environment is free again, or spent. */
  release(environment: WorkerEnvironment): void {
    this.#busy.delete(environment);
    const version = environment.version;
    if (version === undefined || !environment.isUsable || this.#retired.has(environment) || this.#isClosed) this.#discard(environment);
    else this.#keep(environment, versionKey(version));
    this.#pump();
  }

  /** A function has changed or is gone: its idle environments are ended now, its busy ones when they are done. */
  retire(functionArnUnqualified: string): void {
    for (const environment of this.#busy) {
      if (environment.version?.functionArnUnqualified === functionArnUnqualified) this.#retired.add(environment);
    }
    for (const idle of this.#idle.filter((entry) => entry.environment.version?.functionArnUnqualified === functionArnUnqualified)) {
      this.#removeIdle(idle);
      this.#discard(idle.environment);
    }
  }

  /** Makes blank environments for an image ahead of its first use. */
  warm(root: RuntimeRoot): void {
    this.#refill(root);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const waiter of this.#waiting.splice(0)) waiter.reject(workerError('worker/closed', 'the worker is shutting down'));
    for (const idle of this.#idle.splice(0)) {
      idle.cancel();
      this.#discard(idle.environment);
    }
    for (const blank of this.#blank.splice(0)) this.#discard(blank.environment);
    for (const environment of this.#busy) this.#discard(environment);
    await Promise.all(this.#ending);
  }

  #pump(): void {
    this.#serveFromIdle();
    for (const waiter of this.#unservedWaiters()) {
      if (this.#starting.length >= this.#options.startsMax || !this.#makeRoom(waiter.key)) return;
      void this.#start(waiter.version, waiter.key);
    }
  }

  #serveFromIdle(): void {
    this.#waiting = this.#waiting.filter((waiter) => {
      const environment = this.#takeIdle(waiter.key);
      if (environment === undefined) return true;
      this.#busy.add(environment);
      waiter.resolve(environment);
      return false;
    });
  }

  /** Last in, first out: the others grow cold and are ended. */
  #takeIdle(key: string): WorkerEnvironment | undefined {
    for (;;) {
      const idle = this.#idle.findLast((entry) => entry.key === key);
      if (idle === undefined) return undefined;
      this.#removeIdle(idle);
      if (idle.environment.isUsable) return idle.environment;
      this.#discard(idle.environment);
    }
  }

  /** Waiters for which nothing is being started yet, in the order of their arrival. */
  #unservedWaiters(): Waiter[] {
    const coming = new Map<string, number>();
    for (const key of this.#starting) coming.set(key, (coming.get(key) ?? 0) + 1);
    return this.#waiting.filter((waiter) => {
      const left = coming.get(waiter.key) ?? 0;
      if (left > 0) coming.set(waiter.key, left - 1);
      return left === 0;
    });
  }

  /** True when one more may be started, if need be in the place of the idle one that was unused for longest, or of a blank one. */
  #makeRoom(key: string): boolean {
    const total = this.#busy.size + this.#idle.length + this.#blank.length + this.#starting.length + this.#startingBlank.length;
    if (total < this.#options.environmentsMax) return true;
    const oldest = this.#idle.find((entry) => entry.key !== key);
    if (oldest !== undefined) {
      this.#removeIdle(oldest);
      this.#discard(oldest.environment);
      return true;
    }
    return this.#blank.length > 0;
  }

  async #start(version: FunctionVersion, key: string): Promise<void> {
    this.#starting.push(key);
    try {
      const environment = await this.#openFor(version);
      this.#starting.splice(this.#starting.indexOf(key), 1);
      this.#keep(environment, key);
    } catch (error) {
      this.#starting.splice(this.#starting.indexOf(key), 1);
      this.#rejectFirst(key, error);
    }
    this.#pump();
    this.#refill(version.root);
  }

  async #openFor(version: FunctionVersion): Promise<WorkerEnvironment> {
    const ready = this.#takeBlank(version);
    const environment = ready ?? (await this.#options.openBlank(version.root, version.tmpMiB));
    try {
      await environment.bind(version);
      return environment;
    } catch (error) {
      this.#discard(environment);
      // One that waited may have died unseen; a fresh one tells whether anything is really wrong.
      if (ready === undefined) throw error;
      this.#options.onProblem(error);
      return this.#openFor(version);
    }
  }

  #takeBlank(version: FunctionVersion): WorkerEnvironment | undefined {
    for (;;) {
      const index = this.#blank.findIndex(
        (blank) => blank.root.rootDigest === version.root.rootDigest && version.tmpMiB === this.#options.blankTmpMiB,
      );
      const blank = this.#blank[index];
      if (blank === undefined) return undefined;
      this.#blank.splice(index, 1);
      if (blank.environment.isUsable) return blank.environment;
      this.#discard(blank.environment);
    }
  }

  /** One at a time and only when nobody waits: what is made ahead must not slow down what is asked for. */
  #refill(root: RuntimeRoot): void {
    const { environmentsMax, blankPerRoot, blankTmpMiB } = this.#options;
    const total = this.#busy.size + this.#idle.length + this.#blank.length + this.#starting.length;
    const ready = this.#blank.filter((blank) => blank.root.rootDigest === root.rootDigest).length;
    if (this.#isClosed || ready >= blankPerRoot || this.#startingBlank.length > 0 || this.#starting.length > 0 || total >= environmentsMax) return;
    this.#startingBlank.push(root.rootDigest);
    void this.#options
      .openBlank(root, blankTmpMiB)
      .then((environment) => {
        if (this.#isClosed) this.#discard(environment);
        else this.#blank.push({ root, environment });
      }, this.#options.onProblem)
      .finally(() => {
        this.#startingBlank.splice(this.#startingBlank.indexOf(root.rootDigest), 1);
        this.#pump();
      });
  }

  #rejectFirst(key: string, error: unknown): void {
    const index = this.#waiting.findIndex((waiter) => waiter.key === key);
    const waiter = this.#waiting[index];
    if (waiter === undefined) return this.#options.onProblem(error);
    this.#waiting.splice(index, 1);
    waiter.reject(error);
  }

  #keep(environment: WorkerEnvironment, key: string): void {
    if (this.#isClosed) return this.#discard(environment);
    const { clock, freezeAfterMs, idleTimeoutMs } = this.#options;
    const cancelFreeze = clock.schedule(freezeAfterMs, () => {
      environment.freeze().catch(this.#options.onProblem);
    });
    const cancelEnd = clock.schedule(idleTimeoutMs, () => {
      this.#removeIdle(idle);
      this.#discard(environment);
    });
    const idle: Idle = {
      environment,
      key,
      cancel() {
        cancelFreeze();
        cancelEnd();
      },
    };
    this.#idle.push(idle);
  }

  #removeIdle(idle: Idle): void {
    idle.cancel();
    this.#idle = this.#idle.filter((entry) => entry !== idle);
  }

  #discard(environment: WorkerEnvironment): void {
    this.#busy.delete(environment);
    const ending = environment.destroy().catch(this.#options.onProblem);
    this.#ending.add(ending);
    void ending.finally(() => this.#ending.delete(ending));
  }
}
