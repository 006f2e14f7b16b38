/**
 * Which environment runs which invocation: reuse by the same version only, most recently used first; new ones while there is room;
 * blank ones made ahead per image; idle ones ended after a while. Invocations that find no free environment wait in line, and are
 * served by whichever comes first, a released environment or a new one.
 *
 * Every environment that takes room is in exactly one of: blank, starting, idle, busy, ending. Source: platform.md §9.6; isolation.md §9.
 */
import type { Clock } from '../../foundation/clock.ts';
import { BlankEnvironments } from './blank-environments.ts';
import { workerError } from './errors.ts';
import { versionKey } from './function-version.ts';
import type { FunctionVersion, RuntimeRoot } from './function-version.ts';
import { WaitingLine } from './waiting-line.ts';
import { FINISHING_MS } from './worker-environment.ts';
import type { WorkerEnvironment } from './worker-environment.ts';

export type PoolOptions = {
  clock: Clock;
  /** Makes a blank environment, whose server may still be starting; slow, may reject. */
  startBlank(root: RuntimeRoot, tmpMiB: number): Promise<WorkerEnvironment>;
  environmentsMax: number;
  /** Environments started at the same time; beyond two per core they only slow each other down. */
  startsMax: number;
  waitingMax: number;
  /** An invocation that has found no environment for this long is refused. */
  waitMaxMs: number;
  /** One that has waited for this long gets the room of an environment that others would go on using without end. */
  patienceMs: number;
  idleTimeoutMs: number;
  /** An environment is frozen when it was idle for this long: a busy loop should not pay for it. */
  freezeAfterMs: number;
  /** Blank environments kept ready per image that is in use. */
  blankPerRoot: number;
  /** Size of `/tmp` that blank ones are made with. */
  blankTmpMiB: number;
  /** After a start, before the next blank one is made: the function that has just begun goes first. */
  refillAfterMs: number;
  onProblem(error: unknown): void;
};

export type PoolCounts = { busy: number; idle: number; blank: number; starting: number; ending: number; waiting: number };

type Idle = { environment: WorkerEnvironment; key: string; cancel: () => void };

export class EnvironmentPool {
  readonly #options: PoolOptions;
  readonly #line: WaitingLine;
  readonly #blanks: BlankEnvironments;
  /** In the order of their last use. */
  #idle: Idle[] = [];
  readonly #busy = new Set<WorkerEnvironment>();
  /** Versions of the environments that are being started, one entry each. */
  readonly #starting = new Set<FunctionVersion & { key: string }>();
  readonly #ending = new Set<Promise<void>>();
  /** Keys that serve whoever has them already, and nobody afterwards. */
  readonly #retiredKeys = new Set<string>();
  #isClosed = false;
  #whenSettled: () => void = () => {};
  #cancelSecondLook: () => void = () => {};

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#line = new WaitingLine(options);
    this.#blanks = new BlankEnvironments({
      ...options,
      hasRoom: () => !this.#isClosed && this.#starting.size === 0 && this.#line.length === 0 && this.#taken < options.environmentsMax,
      discard: (environment) => this.#discard(environment),
      onChange: () => this.#pump(),
      watch: (environment) => this.#watch(environment),
    });
  }

  get counts(): PoolCounts {
    const counts = { busy: this.#busy.size, idle: this.#idle.length, blank: this.#blanks.ready };
    return { ...counts, starting: this.#starting.size + this.#blanks.starting, ending: this.#ending.size, waiting: this.#line.length };
  }

  acquire(version: FunctionVersion): Promise<WorkerEnvironment> {
    if (this.#isClosed) return Promise.reject(closed());
    const key = versionKey(version);
    const environment = this.#line.has(key) ? undefined : this.#takeIdle(key);
    if (environment !== undefined) {
      this.#busy.add(environment);
      return Promise.resolve(environment);
    }
    const found = this.#line.join(version, key);
    this.#pump();
    return found;
  }

  /** The environment is free again, or spent. */
  release(environment: WorkerEnvironment): void {
    if (!this.#busy.delete(environment)) return;
    const key = environment.version === undefined ? undefined : versionKey(environment.version);
    if (key === undefined || !this.#isWorthKeeping(environment, key)) this.#discard(environment);
    else this.#keep(environment, key);
    this.#pump();
  }

  /** A function has changed or is gone: its idle environments are ended now; others serve who has them or waits for them, then end. */
  retire(functionArnUnqualified: string): void {
    const isOf = (version: FunctionVersion | undefined): boolean => version?.functionArnUnqualified === functionArnUnqualified;
    for (const version of [...this.#line.versions(), ...this.#starting, ...[...this.#busy].map((environment) => environment.version)]) {
      if (version !== undefined && isOf(version)) this.#retiredKeys.add(versionKey(version));
    }
    for (const idle of this.#idle.filter((entry) => isOf(entry.environment.version))) this.#discardIdle(idle);
  }

  /** Makes blank environments for an image ahead of its first use. */
  warm(root: RuntimeRoot): void {
    this.#blanks.want(root, 0);
  }

  /** Ends everything; resolves when nothing is left, whatever was under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#line.refuseAll(closed);
    this.#blanks.close();
    this.#cancelSecondLook();
    for (const idle of [...this.#idle]) this.#discardIdle(idle);
    for (const environment of [...this.#busy]) this.#discard(environment);
    while (this.#taken > 0) await new Promise<void>((resolve) => (this.#whenSettled = resolve));
  }

  get #taken(): number {
    return this.#busy.size + this.#idle.length + this.#blanks.taken + this.#starting.size + this.#ending.size;
  }

  #pump(): void {
    if (this.#isClosed) return this.#whenSettled();
    this.#serveFromIdle();
    this.#startForWaiting();
    this.#forgetRetired();
    this.#blanks.refill();
  }

  #serveFromIdle(): void {
    if (this.#idle.length === 0) return;
    this.#line.serve((key) => {
      const environment = this.#takeIdle(key);
      if (environment !== undefined) this.#busy.add(environment);
      return environment;
    });
  }

  /** Last in, first out: the others grow cold and are ended. */
  #takeIdle(key: string): WorkerEnvironment | undefined {
    for (;;) {
      const idle = this.#idle.findLast((entry) => entry.key === key);
      if (idle === undefined) return undefined;
      if (!idle.environment.isUsable) {
        this.#discardIdle(idle);
        continue;
      }
      this.#removeIdle(idle);
      return idle.environment;
    }
  }

  /** In the order of arrival; who finds no room has it made, one environment's worth each. */
  #startForWaiting(): void {
    if (this.#line.length === 0) return;
    let roomToCome = this.#ending.size;
    for (const { version, key } of this.#line.unserved([...[...this.#starting].map((entry) => entry.key), ...this.#finishingKeys()])) {
      if (this.#starting.size >= this.#options.startsMax) return;
      const blank = this.#blanks.take(version);
      if (blank !== undefined || this.#taken < this.#options.environmentsMax) this.#start(version, key, blank);
      else if (roomToCome > 0) roomToCome -= 1;
      else if (!this.#makeRoom(key)) return;
    }
  }

  /** Of busy ones that will be free before a new one could be there. Whoever counts on them in vain is looked at again soon. */
  #finishingKeys(): string[] {
    const keys: string[] = [];
    for (const environment of this.#busy) if (environment.isFinishing && environment.version !== undefined) keys.push(versionKey(environment.version));
    if (keys.length > 0) {
      this.#cancelSecondLook();
      this.#cancelSecondLook = this.#options.clock.schedule(FINISHING_MS, () => this.#pump());
    }
    return keys;
  }

  /** Ends a blank one of another image, or the idle one that was unused for longest. False: all others are at work. */
  #makeRoom(key: string): boolean {
    if (this.#blanks.discardOne()) return true;
    const oldest = this.#idle.find((entry) => entry.key !== key);
    if (oldest === undefined) return false;
    this.#discardIdle(oldest);
    return true;
  }

  #start(version: FunctionVersion, key: string, blank: WorkerEnvironment | undefined): void {
    const entry = { ...version, key };
    this.#starting.add(entry);
    void this.#open(version, blank).then(
      (environment) => {
        this.#starting.delete(entry);
        if (this.#isClosed) this.#discard(environment);
        else this.#keep(environment, key);
        this.#blanks.want(version.root, this.#options.refillAfterMs);
        this.#pump();
      },
      (error: unknown) => {
        this.#starting.delete(entry);
        // A blank one that waited may have died unseen; who waits stays in line, and a fresh one tells whether anything is really wrong.
        if (blank !== undefined || !this.#line.refuseFirst(key, error)) this.#options.onProblem(error);
        this.#pump();
      },
    );
  }

  async #open(version: FunctionVersion, blank: WorkerEnvironment | undefined): Promise<WorkerEnvironment> {
    const environment = blank ?? (await this.#options.startBlank(version.root, version.tmpMiB));
    if (blank === undefined) this.#watch(environment);
    try {
      await environment.bind(version);
      return environment;
    } catch (error) {
      this.#discard(environment);
      throw error;
    }
  }

  #isWorthKeeping(environment: WorkerEnvironment, key: string): boolean {
    if (!environment.isUsable || this.#retiredKeys.has(key)) return false;
    // Else a function that is called without a pause would keep out all others for ever.
    const isFull = this.#taken + 1 >= this.#options.environmentsMax && this.#ending.size === 0;
    return !(isFull && this.#line.isImpatient({ except: key }));
  }

  #keep(environment: WorkerEnvironment, key: string): void {
    const { clock, freezeAfterMs, idleTimeoutMs } = this.#options;
    const idle: Idle = { environment, key, cancel: () => {} };
    // One timer at a time: most are cancelled long before they are due.
    idle.cancel = clock.schedule(freezeAfterMs, () => {
      environment.freeze().catch(this.#options.onProblem);
      idle.cancel = clock.schedule(idleTimeoutMs - freezeAfterMs, () => this.#discardIdle(idle));
    });
    this.#idle.push(idle);
  }

  /** One that ends by itself gives back its room at once. The busy one is released by who uses it. */
  #watch(environment: WorkerEnvironment): void {
    void environment.ended.then(() => {
      const idle = this.#idle.find((entry) => entry.environment === environment);
      if (idle !== undefined) this.#discardIdle(idle);
      else this.#blanks.dropEnded(environment);
    });
  }

  #discardIdle(idle: Idle): void {
    this.#removeIdle(idle);
    this.#discard(idle.environment);
  }

  #removeIdle(idle: Idle): void {
    idle.cancel();
    const index = this.#idle.indexOf(idle);
    if (index !== -1) this.#idle.splice(index, 1);
  }

  #discard(environment: WorkerEnvironment): void {
    this.#busy.delete(environment);
    const ending = environment.destroy().catch(this.#options.onProblem);
    this.#ending.add(ending);
    void ending.then(() => {
      this.#ending.delete(ending);
      this.#pump();
    });
  }

  /** A key is kept in mind for as long as anything of it could come back. */
  #forgetRetired(): void {
    if (this.#retiredKeys.size === 0) return;
    const living = new Set([...this.#starting].map((entry) => entry.key));
    for (const environment of this.#busy) if (environment.version !== undefined) living.add(versionKey(environment.version));
    for (const idle of this.#idle) if (this.#retiredKeys.has(idle.key)) this.#discardIdle(idle);
    for (const key of this.#retiredKeys) if (!living.has(key) && !this.#line.has(key)) this.#retiredKeys.delete(key);
  }
}

function closed(): Error {
  return workerError('worker/closed', 'the worker is shutting down');
}
