import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BROKERS, expandArgv, expandText } from '../../../bench/subjects.ts';

const test = suite('bench/subjects');

test('placeholders are filled in anywhere in an element', () => {
  assert.equal(expandArgv(['{node}', '--listen', '127.0.0.1:{front-port}'], { node: '/n', 'front-port': '81' }), ['/n', '--listen', '127.0.0.1:81']);
});

test('an element that is a list placeholder becomes the whole list', () => {
  assert.equal(expandArgv(['x', '{bootstrap}', 'y'], { bootstrap: ['a', 'b c'] }), ['x', 'a', 'b c', 'y']);
});

test('a value is not expanded again', () => {
  assert.is(expandText('{a}', { a: '{b}', b: 'no' }), '{b}');
});

test('a placeholder without a value is an error that names it', () => {
  assert.throws(() => expandText('x{rie}', { rie: undefined }), /\{rie\}/);
});

test('a list inside a text is an error', () => {
  assert.throws(() => expandText('x{bootstrap}', { bootstrap: ['a'] }), /\{bootstrap\}/);
});

test('names are unique, there is one subject first and one floor last', () => {
  assert.is(new Set(BROKERS.map(({ name }) => name)).size, BROKERS.length);
  assert.is(BROKERS[0]?.role, 'subject');
  assert.is(BROKERS.at(-1)?.role, 'floor');
});

for (const spec of BROKERS) {
  test(`${spec.name} is given both ports and starts its bootstrap exactly when it says so`, () => {
    const text = spec.argv.join(' ');
    assert.ok(text.includes('{front-port}') && text.includes('{api-port}'));
    assert.is(spec.argv.includes('{bootstrap}'), spec.bootstrap === 'started-by-broker');
    assert.ok(spec.needs.length === 0 || spec.otherwise !== '');
  });
}

test.run();
