import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { compareSurfaces, findLogic, parseSurface } from '../../../tools/check-exports.ts';

const test = suite('tools/check-exports');

test('equal surfaces have no finding, whatever their order', () => {
  assert.equal(compareSurfaces({ 'a/index.ts': ['x', 'y'] }, { 'a/index.ts': ['y', 'x'] }), []);
});

test('what was added, removed, and a whole new file are findings, with the way to accept them', () => {
  const findings = compareSurfaces({ 'a/index.ts': ['x'], 'gone/index.ts': ['g'] }, { 'a/index.ts': ['y'], 'new/index.ts': ['n'] }).join('\n');
  assert.match(findings, /a\/index\.ts: exports what tools\/exports\.json does not list: y/);
  assert.match(findings, /a\/index\.ts: no longer exports what tools\/exports\.json lists: x/);
  assert.match(findings, /gone\/index\.ts: no longer exports .*: g/);
  assert.match(findings, /new\/index\.ts: exports .*: n/);
  assert.match(findings, /--update/);
});

test('an index that does more than list names is a finding, except for the composition root', () => {
  assert.equal(findLogic('layers/index.ts', "/** Doc. */\nexport { a } from './a.ts';\nexport type {\n  B,\n} from './b.ts';\n"), []);
  assert.is(findLogic('layers/index.ts', "export { a } from './a.ts';\nconsole.log(1);\n").length, 1);
  assert.is(findLogic('layers/index.ts', 'export const a = 1;\n').length, 1);
  assert.equal(findLogic('platform/index.ts', 'export const a = 1;\n'), []);
});

test('a list that is no list of names is refused', () => {
  assert.equal(parseSurface('{"a/index.ts":["x"]}'), { 'a/index.ts': ['x'] });
  assert.throws(() => parseSurface('{"a/index.ts":"x"}'), /not a list/);
  assert.throws(() => parseSurface('{"a/index.ts":[1]}'), /not a list/);
});

test.run();
