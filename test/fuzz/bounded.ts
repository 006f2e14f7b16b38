/** The bounded run of a part, as tests: what was once wrong, then some new inputs. A failure prints seed and input. */
import { suite } from 'uvu';
import { describeFinding, fuzz, readRegressions, Tally } from './part.ts';
import type { FuzzPart } from './part.ts';

export type Bounds = { runs: number; timeLimitMs: number; /** What even a short run must have reached. */ mustSee: readonly string[] };

export function testPart<Input>(part: FuzzPart<Input>, { runs, timeLimitMs, mustSee }: Bounds): void {
  const test = suite(`fuzz/${part.name}`);
  for (const { because, input } of readRegressions(part)) test(because, async () => void (await part.run(input, new Tally())));
  test('no input out of many diverges, hangs or leaves anything behind', async () => {
    const tally = new Tally();
    const seed = Math.floor(Math.random() * 0x7fffffff);
    const { finding, runs: done } = await fuzz(part, { seed, runs, timeLimitMs, tally });
    if (finding !== undefined) throw new Error(describeFinding(finding));
    // On a slow machine the time is over before everything can have been seen.
    if (done < runs) return;
    const unseen = mustSee.filter((what) => !tally.counts.has(what));
    if (unseen.length > 0) throw new Error(`seed ${seed} never reached: ${unseen.join(', ')}`);
  });
  test.after(() => part.close?.());
  test.run();
}
