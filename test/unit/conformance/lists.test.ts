import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ListFault, loadLists, parseList } from '../../conformance/index.ts';

const test = suite('conformance/lists');

test('ids have the reason above them, over several lines and for several ids', () => {
  const list = parseList('# it is\n# so\na-b\nc-d\n\n# other\ne-f\n', 'list');
  assert.equal([...list], [['a-b', 'it is so'], ['c-d', 'it is so'], ['e-f', 'other']]);
});

test('an id without a reason is refused', () => {
  assert.throws(() => parseList('a-b\n', 'list'), (error: unknown) => error instanceof ListFault && /list:1: a-b has no reason/.test(error.message));
});

test('a reason does not reach over an empty line', () => {
  assert.throws(() => parseList('# why\n\na-b\n', 'list'), /list:3/);
});

test('an id that is listed twice is refused', () => {
  assert.throws(() => parseList('# why\na-b\na-b\n', 'list'), /listed twice/);
});

test('a target without lists has none', () => {
  const { knownFailing, flaky } = loadLists('no-such-target');
  assert.is(knownFailing.size + flaky.size, 0);
});

test.run();
