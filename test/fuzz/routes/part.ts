/** Routes and life cycles against the model: generated sequences of calls, connections, invocations, deadlines and exits. */
import type { FuzzPart } from '../part.ts';
import { playSequence } from './play.ts';
import { SEQUENCE } from './step.ts';
import type { Sequence } from './step.ts';
import { ExtensionFolders } from './subject.ts';

export function routesPart(): FuzzPart<Sequence> {
  const folders = new ExtensionFolders();
  return {
    name: 'routes',
    inputs: SEQUENCE,
    run: (sequence, tally) => playSequence(sequence, { folders, tally }),
    close: async () => folders.remove(),
  };
}
