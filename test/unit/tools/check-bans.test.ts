import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findBanned } from '../../../tools/check-bans.ts';

const test = suite('tools/check-bans');

/** In pieces, so that this file is not a finding itself. */
const join = (...parts: string[]): string => parts.join('');

const banned: [title: string, text: string][] = [
  ['a download address in a lock file', join('"resolved": "ht', 'tps://x/y.tgz"')],
  ['the host of a registry', join('registry.', 'npmjs', '.org')],
  ['work that is left to do without an issue', join('// TO', 'DO later')],
  ['an unfinished merge', join('<<<<', '<<< HEAD')],
];
for (const [title, text] of banned) test(`${title} is a finding with its line`, () => assert.match(findBanned('a.ts', `first\n${text}\n`).join('\n'), /^a\.ts:2: /));

test('ordinary text and binary content have no finding', () => {
  assert.equal(findBanned('a.ts', 'const todoList = 1; // =======\n'), []);
  assert.equal(findBanned('a.bin', join('\0 TO', 'DO')), []);
});

test.run();
