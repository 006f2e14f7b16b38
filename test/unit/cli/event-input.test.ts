import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readEvent } from '../../../cli/event-input.ts';
import { isCodedError } from '../../../foundation/coded-error.ts';
import { withTemporaryFolder } from '../../support/temporary-folder.ts';

const test = suite('cli/event-input');

test('without a word the fallback is the event', () => {
  assert.is(readEvent(undefined, '{"a":1}').toString(), '{"a":1}');
});

test('a word that is JSON is the event itself', () => {
  for (const word of ['{"name":"Ada"}', '[]', '"text"', '12', 'null']) assert.is(readEvent(word, '{}').toString(), word);
});

test('a word that names a file is read, bytes unchanged', () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, 'event.json');
    writeFileSync(path, '{ "name" : "Zoë" }\n');
    assert.is(readEvent(path, '{}').toString(), '{ "name" : "Zoë" }\n');
  }));

test('a word that is neither a file nor JSON is refused by its own words, so that a misspelt file name is noticed', () => {
  try {
    readEvent('evnt.json', '{}');
    assert.unreachable();
  } catch (error) {
    assert.ok(isCodedError(error));
    assert.is(error.code, 'cli/usage');
    assert.match(error.message, 'evnt.json');
  }
});

test('a file that is not JSON is refused', () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, 'event.json');
    writeFileSync(path, '{ name: 1 }');
    assert.throws(() => readEvent(path, '{}'), /is not JSON/);
  }));

test.run();
