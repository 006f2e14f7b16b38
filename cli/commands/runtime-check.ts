/** `rik runtime check`: builds a custom runtime, packs it, and runs the conformance cases about runtimes on the package. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JOBS_DEFAULT, PATIENCE_SECONDS_DEFAULT, readSelection, SELECTION_OPTIONS, TOLERANCE_MAX, withSuiteFaults } from '../conformance-options.ts';
import { renderBytes } from '../output.ts';
import type { Verb } from '../verb.ts';

export const runtimeCheck: Verb = {
  name: 'runtime check',
  summary: 'Build a custom runtime, pack it, and run the conformance cases on the package',
  description:
    'The handler strings of the functions that the suite asks for are in runtime.json of the folder, or given with --function. Ends with 0 when every case came out as expected, with 1 (FINDINGS) otherwise, with 3 (ENVIRONMENT) when the runtime does not start.',
  arguments: [{ name: 'DIR', summary: 'Folder of the runtime', arity: 'one' }],
  options: [
    { flags: '--function NAME=HANDLER', kind: 'list', summary: 'A function of the handler contract and its handler string; may be repeated' },
    ...SELECTION_OPTIONS,
    { flags: '--tolerance N', kind: 'integer', summary: 'Time spans may be N times as long, for busy machines', minimum: 1, maximum: TOLERANCE_MAX, defaultText: '1' },
  ],
  examples: [{ says: 'What `rik runtime new` has made', command: 'rik runtime check my-runtime' }],
  run: async ({ input, output }) => {
    const { buildRuntime, packRuntime, readRuntimeFolder } = await import('../runtime-folder.ts');
    const suite = await import('../../test/conformance/index.ts');
    const runtime = readRuntimeFolder(input.argument('DIR'));
    await buildRuntime(runtime, output.progress);
    const archive = await packRuntime(runtime, 'code');
    output.progress(`packed: ${renderBytes(archive.length)}`);
    const given = input.list('function');
    const functions = given.length > 0 ? given : Object.entries(runtime.functions ?? {}).map(([name, handler]) => `${name}=${handler}`);
    const folder = mkdtempSync(join(tmpdir(), 'rik-runtime-'));
    try {
      const bootstrap = join(folder, 'package.zip');
      writeFileSync(bootstrap, archive);
      const words = functions.map((word) => ` --function ${word}`).join('');
      const summary = await withSuiteFaults(suite, () =>
        suite.runSuite({
          examined: { bootstrap: { bootstrap, functions } },
          againCommand: `rik conformance run --bootstrap ${input.argument('DIR')}${words}`,
          selection: readSelection(input, suite),
          jobs: JOBS_DEFAULT,
          tolerance: input.integer('tolerance') ?? 1,
          patienceMs: PATIENCE_SECONDS_DEFAULT * 1000,
          keepsExchanges: false,
          settled: () => undefined,
        }),
      );
      process.stdout.write(suite.renderReport('screen', summary, { showExchanges: false }));
      return suite.countResults(summary.results).unexpected === 0 ? 'OK' : 'FINDINGS';
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
