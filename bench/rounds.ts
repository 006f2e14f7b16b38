/** Runs contenders in turns. Whatever else the machine does then hits all of them, and ratios are taken inside a round. */
import type { Role } from './subjects.ts';

export type Sample = Readonly<Record<string, number>>;

export type Contender = {
  name: string;
  role: Role;
  measure(): Promise<Sample>;
};

export type Row = { name: string; role: Role; samples: Sample[] };

/**
 * Measures every contender once per round; each round begins with the next one, so that nobody always follows the same
 * neighbour. A peer or floor that fails is left out of all rounds with a note; a subject that fails ends the bench.
 */
export async function runRounds(options: {
  rounds: number;
  contenders: readonly Contender[];
  onProgress: (line: string) => void;
}): Promise<{ rows: Row[]; notes: string[] }> {
  const rows = options.contenders.map(({ name, role }): Row => ({ name, role, samples: [] }));
  const notes: string[] = [];
  const failed = new Set<string>();
  for (let round = 0; round < options.rounds; round += 1) {
    for (const contender of rotate(options.contenders, round)) {
      if (failed.has(contender.name)) continue;
      options.onProgress(`round ${round + 1} of ${options.rounds}: ${contender.name}`);
      try {
        rows.find((row) => row.name === contender.name)?.samples.push(await contender.measure());
      } catch (error) {
        if (contender.role === 'subject') throw error;
        failed.add(contender.name);
        notes.push(`${contender.name} is left out: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
  return { rows: rows.filter((row) => !failed.has(row.name)), notes };
}

function rotate<T>(items: readonly T[], by: number): T[] {
  const from = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(from), ...items.slice(0, from)];
}
