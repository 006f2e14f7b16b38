import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { refuseImport, ZONES } from '../../../../tools/checks/import-rules.ts';

const test = suite('tools/checks/import-rules');

const allowed: [from: string, to: string][] = [
  ['layers/a.ts', 'layers/b.ts'],
  ['layers/a.ts', 'foundation/coded-error.ts'],
  ['platform/api/errors.ts', 'foundation/coded-error.ts'],
  ['runtimes/node/x.ts', 'runtime-api/protocol/paths.ts'],
  ['cli/x.ts', 'runtime-api/protocol/paths.ts'],
  ['platform/worker/pool.ts', 'platform/isolation/index.ts'],
  ['platform/worker/pool.ts', 'layers/index.ts'],
  ['platform/invoke/x.ts', 'platform/api/index.ts'],
  ['platform/control-plane/x.ts', 'platform/api/index.ts'],
  ['platform/index.ts', 'platform/worker/index.ts'],
  ['runtime-api/server.ts', 'runtime-api/lifecycle/runtime.ts'],
  ['runtime-api/routes/next.ts', 'runtime-api/outcome.ts'],
  ['cli/x.ts', 'test/conformance/index.ts'],
  ['tools/build.ts', 'runtimes/index.ts'],
  ['tools/start.ts', 'cli/main.ts'],
  ['runtimes/sdk/run.ts', 'runtimes/node/runtime-client.ts'],
  ['runtimes/sdk/run.ts', 'runtime-api/protocol/paths.ts'],
  ['runtimes/sdk/test-kit/call.ts', 'runtimes/sdk/context.ts'],
  ['bench/x.ts', 'platform/index.ts'],
  ['test/unit/layers/x.test.ts', 'layers/merge-order.ts'],
  ['test/unit/layers/x.test.ts', 'test/support/fake-clock.ts'],
  ['test/unit/cli/x.test.ts', 'platform/index.ts'],
  ['test/unit/tools/x.test.ts', 'tools/run-tests.ts'],
  ['test/contract/x.test.ts', 'platform/worker/pool.ts'],
  ['test/integration/x.test.ts', 'platform/index.ts'],
];
for (const [from, to] of allowed) test(`${from} may import ${to}`, () => assert.is(refuseImport(from, to), undefined));

const refused: [from: string, to: string, why: RegExp][] = [
  ['foundation/clock.ts', 'layers/index.ts', /imports nothing/],
  ['foundation/clock.ts', 'runtime-api/protocol/paths.ts', /imports nothing/],
  ['runtime-api/protocol/paths.ts', 'foundation/coded-error.ts', /imports nothing/],
  ['platform/api/errors.ts', 'runtime-api/protocol/paths.ts', /nothing of the product/],
  ['runtimes/sdk/run.ts', 'foundation/coded-error.ts', /runtime-api\/protocol and nothing else/],
  ['runtimes/sdk/run.ts', 'runtimes/node/errors.ts', /no arrow/],
  ['runtimes/sdk/run.ts', 'runtime-api/index.ts', /no arrow/],
  ['runtimes/sdk/run.ts', 'runtimes/sdk/test-kit/call.ts', /no arrow/],
  ['layers/a.ts', 'platform/index.ts', /no arrow/],
  ['layers/a.ts', 'cli/main.ts', /nothing imports cli/],
  ['runtime-api/lifecycle/a.ts', 'runtime-api/server.ts', /no arrow/],
  ['runtime-api/routes/a.ts', 'runtime-api/server.ts', /no arrow/],
  ['platform/isolation/a.ts', 'platform/worker/index.ts', /no arrow/],
  ['platform/worker/a.ts', 'platform/isolation/backend.ts', /through its index/],
  ['platform/worker/a.ts', 'runtime-api/server.ts', /through its index/],
  ['cli/a.ts', 'layers/merge-order.ts', /through its index/],
  ['cli/a.ts', 'test/support/fake-clock.ts', /only tests/],
  ['tools/check.ts', 'layers/index.ts', /no arrow/],
  ['tools/check.ts', 'cli/main.ts', /nothing imports cli/],
  ['layers/a.ts', 'somewhere/b.ts', /no known folder/],
  ['test/unit/layers/x.test.ts', 'images/recipe.ts', /mirrors/],
  ['test/integration/x.test.ts', 'platform/worker/pool.ts', /any index/],
  ['test/support/x.ts', 'layers/merge-order.ts', /any index/],
  ['test/conformance/x.ts', 'runtime-api/protocol/paths.ts', /nothing of the product/],
];
for (const [from, to, why] of refused) test(`${from} may not import ${to}`, () => assert.match(refuseImport(from, to) ?? 'allowed', why));

test('the arrows between folders close no circle', () => {
  const reaches = (from: string, to: string, seen = new Set<string>()): boolean => {
    const zone = ZONES.find(({ folder }) => folder === from);
    if (zone === undefined || typeof zone.may === 'string') return false;
    return zone.may.some((next) => next === to || (!seen.has(next) && reaches(next, to, seen.add(next))));
  };
  for (const { folder } of ZONES) assert.is(reaches(folder, folder), false, folder);
});

test('every arrow leads to a folder that has rules itself', () => {
  for (const { folder, may } of ZONES) if (typeof may !== 'string') for (const target of may) assert.ok(ZONES.some((zone) => zone.folder === target), `${folder} → ${target}`);
});

test.run();
