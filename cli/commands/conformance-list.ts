/** `rik conformance list`: the cases there are. */

import { readSelection, SELECTION_OPTIONS, withSuiteFaults } from '../conformance-options.ts';
import { renderTable } from '../output.ts';
import { JSON_OPTION } from '../shared-options.ts';
import type { Verb } from '../verb.ts';

export const conformanceList: Verb = {
  name: 'conformance list',
  summary: 'List the conformance cases',
  description: 'Each case with its id, its id in the catalogue, its level and the sentence that it checks. `--json` adds the source and the features that it needs.',
  arguments: [],
  options: [{ flags: '--subject NAME', kind: 'text', summary: 'Cases about a Runtime API server or about a runtime', choices: ['server', 'runtime'], defaultText: 'both' }, ...SELECTION_OPTIONS, JSON_OPTION],
  examples: [
    { says: 'What a runtime is examined for', command: 'rik conformance list --subject runtime --level required' },
    { says: 'Where a case comes from', command: "rik conformance list --case RUN-030 --json | jq -r '.cases[].source'" },
  ],
  run: async ({ input, output }) => {
    const suite = await import('../../test/conformance/index.ts');
    const subject = suite.SUBJECTS.find((name) => name === input.text('subject'));
    const cases = await withSuiteFaults(suite, async () => suite.listCases(readSelection(input, suite), subject));
    output.report({
      json: () => ({ cases: cases.map(({ id, ref, level, title, source, needs, dependsOn = [] }) => ({ id, ref, level, title, source, needs, dependsOn })) }),
      people: () => renderTable(['REF', 'LEVEL', 'ID', 'CLAIM'], cases.map(({ id, ref, level, title }) => [ref, level, id, title])),
    });
    return 'OK';
  },
};
