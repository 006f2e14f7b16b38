import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ARCHIVE_LIMITS } from '../../../layers/limits.ts';
import { marksPackage, planMerge, type NamedEntries } from '../../../layers/merge-order.ts';
import { shapeTree } from '../../../layers/tree-shape.ts';
import { parentPath, type TreeEntry } from '../../../layers/tree.ts';

const test = suite('layers/merge-order');

const file = (path: string, unpackedBytes = 1): TreeEntry => ({ kind: 'file', path, isExecutable: false, unpackedBytes, modifiedEpochSeconds: 0 });
const folder = (path: string): TreeEntry => ({ kind: 'folder', path, isImplied: false });
const link = (path: string, target = 'x'): TreeEntry => ({ kind: 'link', path, target });
const layer = (name: string, ...entries: TreeEntry[]): NamedEntries => ({ name, entries: shapeTree(entries, ARCHIVE_LIMITS).entries });

/** `path:layer` for content and `path/` for folders. */
function merged(...layers: NamedEntries[]): string[] {
  return planMerge(layers).entries.map(({ entry, layerIndex }) => (entry.kind === 'folder' ? `${entry.path}/` : `${entry.path}:${layerIndex}`));
}

test('layers that share nothing are laid side by side', () => {
  assert.equal(merged(layer('a', file('lib/x')), layer('b', file('lib/y'), file('bin/z'))), ['bin/', 'bin/z:1', 'lib/', 'lib/x:0', 'lib/y:1']);
});

test('a later layer wins a path and the override is reported', () => {
  const plan = planMerge([layer('a', file('x', 1)), layer('b'), layer('c', file('x', 2))]);
  assert.equal(plan.entries.map(({ layerIndex }) => layerIndex), [2]);
  assert.equal(plan.overrides.map(({ path, winner, loser }) => [path, winner.layerIndex, loser.layerIndex]), [['x', 2, 0]]);
});

test('a path that three layers have is reported twice', () => {
  const plan = planMerge([layer('a', file('x')), layer('b', file('x')), layer('c', file('x'))]);
  assert.equal(plan.overrides.map(({ winner, loser }) => [winner.layerIndex, loser.layerIndex]), [[1, 0], [2, 1]]);
});

test('a file replaces a folder with everything below it', () => {
  const plan = planMerge([layer('a', file('d/e/f'), file('d/g'), file('d-near')), layer('b', file('d'))]);
  assert.equal(plan.entries.map(({ entry }) => entry.path), ['d', 'd-near']);
  assert.equal(plan.overrides.map(({ path }) => path).sort(), ['d', 'd/e/f', 'd/g']);
});

test('a folder replaces a file', () => {
  assert.equal(merged(layer('a', file('d')), layer('b', file('d/x'))), ['d/', 'd/x:1']);
});

test('a link replaces a folder and a file, and a file replaces a link', () => {
  assert.equal(merged(layer('a', file('d/x'), file('f')), layer('b', link('d'), link('f')), layer('c', file('f'))), ['d:1', 'f:2']);
});

test('a folder that a later layer names replaces a link, and one that is only implied is refused', () => {
  assert.equal(merged(layer('a', link('d', 'e')), layer('b', folder('d'), file('d/x'))), ['d/', 'd/x:1']);
  assert.throws(() => planMerge([layer('a', link('d', 'e')), layer('b', file('d/x'))]), /below "d", which is a symbolic link of an earlier layer/);
});

test('what was replaced can come back in a still later layer', () => {
  assert.equal(merged(layer('a', file('d/x'), file('d/y')), layer('b', file('d')), layer('c', file('d/x'))), ['d/', 'd/x:2']);
});

test('replacing tens of thousands of folders takes one pass', () => {
  const names = Array.from({ length: 30_000 }, (_, index) => `d${index}`);
  const plan = planMerge([layer('a', ...names.map((name) => file(`${name}/x`))), layer('b', ...names.map((name) => file(name)))]);
  assert.is(plan.entries.length, 30_000);
  assert.is(plan.overrides.length, 60_000);
});

test('whatever is merged, the result is a tree in which each path is from the last layer that has it', () => {
  const path = fc.array(fc.constantFrom('a', 'b', 'a-'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
  const entry = fc.tuple(path, fc.constantFrom(file, folder, (at: string) => link(at))).map(([at, make]) => make(at));
  const entries = fc.array(entry, { maxLength: 6 });
  fc.assert(
    fc.property(fc.array(entries, { maxLength: 4 }), (given) => {
      const layers: NamedEntries[] = [];
      for (const each of given) {
        try {
          layers.push(layer('l', ...each));
        } catch {
          // Not a tree by itself; that is tested elsewhere.
        }
      }
      let plan: ReturnType<typeof planMerge>;
      try {
        plan = planMerge(layers);
      } catch (error) {
        assert.match(String(error), /symbolic link of an earlier layer/);
        return;
      }
      const kinds = new Map(plan.entries.map((item) => [item.entry.path, item.entry.kind]));
      assert.is(kinds.size, plan.entries.length);
      for (const { entry: { path: at } } of plan.entries) {
        const parent = parentPath(at);
        if (parent !== undefined) assert.is(kinds.get(parent), 'folder');
      }
      const last = layers.at(-1)?.entries ?? [];
      for (const each of last) assert.is(kinds.get(each.path), each.kind);
    }),
    { numRuns: 3000 },
  );
});

test('the files that mark a package are told from others', () => {
  for (const path of ['nodejs/node_modules/a/package.json', 'nodejs/node_modules/@s/a/package.json', 'python/x-1.0.dist-info/RECORD', 'java/lib/a-1.jar']) assert.ok(marksPackage(path), path);
  for (const path of ['package.json', 'nodejs/node_modules/a/lib/package.json', 'python/x.py', 'lib/a.jar.txt']) assert.not(marksPackage(path), path);
});

test.run();
