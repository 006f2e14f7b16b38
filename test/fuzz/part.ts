/** One thing that is fuzzed: how inputs are made, and what is done with one. Used by the bounded tests and by the long run alike. */
import fc from 'fast-check';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY_ROOT } from '../../tools/repository.ts';

export type FuzzPart<Input> = {
  name: string;
  inputs: fc.Arbitrary<Input>;
  /** Throws when the input shows something wrong. Returns what it counts for: requests, or 1. */
  run(input: Input, tally: Tally): Promise<number> | number;
  close?(): Promise<void>;
};

/** How often what was seen: shows what a run has reached. */
export class Tally {
  readonly counts = new Map<string, number>();

  add(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }
}

export type Finding = { part: string; seed: number; path: string; input: string; message: string };
export type Batch = { runs: number; count: number; finding: Finding | undefined };

/** After this a single input counts as hung, however slow the machine is. */
const INPUT_TIMEOUT_MS = 60_000;

/** Runs until either limit; what is wrong comes back made small. */
export async function fuzz<Input>(part: FuzzPart<Input>, options: { seed: number; runs: number; timeLimitMs?: number; tally?: Tally }): Promise<Batch> {
  const tally = options.tally ?? new Tally();
  let count = 0;
  const property = fc.asyncProperty(part.inputs, async (input) => void (count += await part.run(input, tally)));
  const limit = options.timeLimitMs === undefined ? {} : { interruptAfterTimeLimit: options.timeLimitMs };
  const details = await fc.check(property, { seed: options.seed, numRuns: options.runs, timeout: INPUT_TIMEOUT_MS, ...limit });
  if (!details.failed) return { runs: details.numRuns, count, finding: undefined };
  const message = details.errorInstance instanceof Error ? (details.errorInstance.stack ?? details.errorInstance.message) : String(details.errorInstance);
  const finding = { part: part.name, seed: details.seed, path: details.counterexamplePath ?? '', input: JSON.stringify(details.counterexample?.[0]), message };
  return { runs: details.numRuns, count, finding };
}

export type Regression<Input> = { because: string; input: Input };

/** What was once wrong and is kept: `test/fuzz/regressions/<part>/*.json`. */
export function readRegressions<Input>(part: FuzzPart<Input>): Regression<Input>[] {
  const folder = join(REPOSITORY_ROOT, 'test', 'fuzz', 'regressions', part.name);
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return names.toSorted().map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Regression<Input>);
}

export function describeFinding({ part, seed, path, input, message }: Finding): string {
  return `${part}: seed ${seed}, path ${path}\ninput: ${input}\n${message}`;
}
