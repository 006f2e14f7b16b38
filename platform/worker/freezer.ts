/**
 * Stops and lets go the function's processes between invocations. An invocation never waits for a freeze that is under way: it takes
 * the wish back and thaws; whoever finishes last looks at the wish once more. Source: isolation specification, freezing between invokes.
 */
import type { Sandbox } from '../isolation/index.ts';

export class Freezer {
  readonly #sandbox: Pick<Sandbox, 'freeze' | 'thaw'>;
  #isWanted = false;
  #isFrozen = false;
  /** How often it was taken back; tells a freeze under way that its result is of yesterday. */
  #thaws = 0;
  #freezing: Promise<void> | undefined;

  constructor(sandbox: Pick<Sandbox, 'freeze' | 'thaw'>) {
    this.#sandbox = sandbox;
  }

  /** Rejects when the processes run on although nobody wanted them to. */
  freeze(): Promise<void> {
    this.#isWanted = true;
    this.#freezing ??= this.#freeze().finally(() => {
      this.#freezing = undefined;
    });
    return this.#freezing;
  }

  async thaw(): Promise<void> {
    this.#isWanted = false;
    if (!this.#isFrozen && this.#freezing === undefined) return;
    this.#isFrozen = false;
    this.#thaws += 1;
    await this.#sandbox.thaw();
  }

  /** Every process was ended by somebody else, which also undoes a freeze. */
  forget(): void {
    this.#thaws += 1;
    this.#isWanted = false;
    this.#isFrozen = false;
  }

  async #freeze(): Promise<void> {
    while (this.#isWanted && !this.#isFrozen) {
      const thaws = this.#thaws;
      try {
        await this.#sandbox.freeze();
        // The thaw may have come before the last process stood still.
        if (this.#thaws === thaws) this.#isFrozen = true;
        else await this.#sandbox.thaw();
      } catch (error) {
        // Thawed meanwhile: a freeze that found no rest is what was wanted.
        if (this.#thaws !== thaws) continue;
        this.#isWanted = false;
        throw error;
      }
    }
  }
}
