/**
 * Reads the members of a frame's header that came from outside, each with its type and limit; anything else is a `FrameError`.
 * By hand and not by zod: it runs for every message of every invocation, and zod alone was more than half of what `rik dev` loaded.
 */
import { FrameError } from './frames.ts';

export class HeaderReader {
  readonly #members: ReadonlyMap<string, unknown>;

  constructor(header: unknown) {
    if (typeof header !== 'object' || header === null || Array.isArray(header)) throw new FrameError('frame header that is no object');
    this.#members = new Map(Object.entries(header));
  }

  /** At least one character. */
  text(name: string, charactersMax: number): string {
    const value = this.optionalText(name, charactersMax);
    if (value === undefined || value === '') throw wrong(name);
    return value;
  }

  optionalText(name: string, charactersMax: number): string | undefined {
    const value = this.#members.get(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'string' || value.length > charactersMax) throw wrong(name);
    return value;
  }

  flag(name: string): boolean {
    const value = this.optionalFlag(name);
    if (value === undefined) throw wrong(name);
    return value;
  }

  optionalFlag(name: string): boolean | undefined {
    const value = this.#members.get(name);
    if (value !== undefined && typeof value !== 'boolean') throw wrong(name);
    return value;
  }

  integer(name: string, { minimum }: { minimum: number }): number {
    const value = this.#members.get(name);
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < minimum) throw wrong(name);
    return value;
  }

  oneOf<Word extends string>(name: string, words: readonly Word[]): Word {
    const value = this.#members.get(name);
    const word = words.find((candidate) => candidate === value);
    if (word === undefined) throw wrong(name);
    return word;
  }
}

function wrong(name: string): FrameError {
  return new FrameError(`frame header of the wrong shape: ${name}`);
}
