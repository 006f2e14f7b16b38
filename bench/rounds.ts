/** Runs contenders in turns. Whatever else the machine does then hits all of them, and ratios are taken inside a round. */
import type { Role } from './subjects.ts';

export type Sample = Readonly<Record<string, number>>;

type Named = { name: string; role: Role };
export type Contender = Named & { measure(): Promise<Sample> };
/** Stays up during a round, so that it can be measured in short slices between the others'. */
export type SlicedContender = Named & { open(): Promise<OpenContender> };
export type OpenContender = { slice(): Promise<void>; finish(): Promise<Sample>; close(): Promise<void> };

export type Row = Named & { samples: Sample[] };
export type Rounds = { rows: Row[]; notes: string[] };
type RoundOptions<C> = { rounds: number; contenders: readonly C[]; onProgress: (line: string) => void };

/**
 * Measures every contender once per round; each round begins with the next one, so that nobody always follows the same
 * neighbour. A peer or floor that fails is left out of all rounds with a note; a subject that fails ends the bench.
 */
export async function runRounds(options: RoundOptions<Contender>): Promise<Rounds> {
  const book = openBook(options.contenders);
  for (let round = 0; round < options.rounds; round += 1) {
    for (const contender of rotate(options.contenders, round)) {
      await book.attempt(contender, async () => {
        options.onProgress(`round ${round + 1} of ${options.rounds}: ${contender.name}`);
        book.add(contender, await contender.measure());
      });
    }
  }
  return book.close();
}

/**
 * The same with all contenders up at once and measured by turns in `slices` short slices per round. On a machine that others
 * use too, disturbances last longer than a slice, so they fall on everybody and cancel out in the ratios.
 */
export async function runSlicedRounds(options: RoundOptions<SlicedContender> & { slices: number }): Promise<Rounds> {
  const book = openBook(options.contenders);
  for (let round = 0; round < options.rounds; round += 1) {
    options.onProgress(`round ${round + 1} of ${options.rounds}`);
    const opened: { contender: SlicedContender; open: OpenContender }[] = [];
    try {
      for (const contender of rotate(options.contenders, round)) {
        await book.attempt(contender, async () => void opened.push({ contender, open: await contender.open() }));
      }
      for (let slice = 0; slice < options.slices; slice += 1) {
        for (const { contender, open } of rotate(opened, slice)) await book.attempt(contender, () => open.slice());
      }
      for (const { contender, open } of opened) await book.attempt(contender, async () => book.add(contender, await open.finish()));
    } finally {
      for (const { open } of opened) await open.close();
    }
  }
  return book.close();
}

/** Keeps the samples, and who has failed and why. */
function openBook(contenders: readonly Named[]) {
  const rows = contenders.map(({ name, role }): Row => ({ name, role, samples: [] }));
  const notes: string[] = [];
  const failed = new Set<string>();
  return {
    async attempt({ name, role }: Named, step: () => Promise<void>): Promise<void> {
      if (failed.has(name)) return;
      try {
        await step();
      } catch (error) {
        if (role === 'subject') throw error;
        failed.add(name);
        notes.push(`${name} is left out: ${error instanceof Error ? error.message : String(error)}`);
      }
    },
    add: ({ name }: Named, sample: Sample): void => void rows.find((row) => row.name === name)?.samples.push(sample),
    close: (): Rounds => ({ rows: rows.filter(({ name }) => !failed.has(name)), notes }),
  };
}

function rotate<T>(items: readonly T[], by: number): T[] {
  const from = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(from), ...items.slice(0, from)];
}
