import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readExampleDescription } from '../../../examples/description.ts';
import { isCodedError } from '../../../foundation/coded-error.ts';
import { caught, withTemporaryFolder } from '../../support/temporary-folder.ts';

const test = suite('examples/description');
const GOOD = { runtime: 'nodejs24.x', handler: 'index.handler', event: { a: [1, null] } };

async function read(content: string): Promise<unknown> {
  return withTemporaryFolder((folder) => {
    writeFileSync(join(folder, 'function.json'), content);
    return readExampleDescription(folder);
  });
}

test('a description is read with its limits', async () => {
  assert.equal(await read(JSON.stringify(GOOD)), GOOD);
  const limited = { ...GOOD, memoryMiB: 128, timeoutSeconds: 900 };
  assert.equal(await read(JSON.stringify(limited)), limited);
});

const BAD = [
  { title: 'text that is not JSON', content: '{', message: /cannot be read as JSON/ },
  { title: 'a list', content: '[]', message: /is wrong at its top/ },
  { title: 'an empty handler', content: JSON.stringify({ ...GOOD, handler: '' }), message: /is wrong at handler/ },
  { title: 'a missing event', content: JSON.stringify({ runtime: 'r', handler: 'h' }), message: /is wrong at event/ },
  { title: 'too little memory', content: JSON.stringify({ ...GOOD, memoryMiB: 127 }), message: /is wrong at memoryMiB/ },
  { title: 'too long a time', content: JSON.stringify({ ...GOOD, timeoutSeconds: 901 }), message: /is wrong at timeoutSeconds/ },
  { title: 'an unknown member', content: JSON.stringify({ ...GOOD, memory: 128 }), message: /is wrong/ },
];
for (const { title, content, message } of BAD) {
  test(`${title} is refused`, async () => {
    const error = await caught(() => read(content));
    assert.ok(isCodedError(error) && error.code === 'examples/bad-description');
    assert.match(error.message, message);
  });
}

test.run();
