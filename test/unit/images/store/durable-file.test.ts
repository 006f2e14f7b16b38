import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { canonicalJson, createFileAtomically, readFileIfThere, readJsonIfThere, writeFileAtomically } from '../../../../images/store/durable-file.ts';

const test = suite('images/store/durable-file');
let folder: string;
test.before.each(() => { folder = mkdtempSync(join(tmpdir(), 'rik-durable-')); });
test.after.each(() => rmSync(folder, { recursive: true, force: true }));

test('writing replaces, creating does not, and neither leaves anything else', async () => {
  const path = join(folder, 'deep/file');
  assert.is(await createFileAtomically(path, 'first'), true);
  assert.is(await createFileAtomically(path, 'second'), false);
  assert.is(readFileSync(path, 'utf8'), 'first');
  await writeFileAtomically(path, 'third');
  assert.is(readFileSync(path, 'utf8'), 'third');
  assert.equal(readdirSync(join(folder, 'deep')), ['file']);
});

test('of many creators exactly one wins', async () => {
  const won = await Promise.all(Array.from({ length: 20 }, (_, i) => createFileAtomically(join(folder, 'x'), String(i))));
  assert.is(won.filter(Boolean).length, 1);
  assert.is(readFileSync(join(folder, 'x'), 'utf8'), String(won.indexOf(true)));
});

test('an absent file is undefined, and so is a file that is not JSON', async () => {
  assert.is(await readFileIfThere(join(folder, 'none')), undefined);
  assert.is(await readJsonIfThere(join(folder, 'none')), undefined);
  writeFileSync(join(folder, 'bad'), '{');
  assert.is(await readJsonIfThere(join(folder, 'bad')), undefined);
});

test('equal values have equal text, whatever the order of their keys', () => {
  assert.is(canonicalJson({ b: [1, { d: 1, c: 2 }], a: 'ü' }), canonicalJson({ a: 'ü', b: [1, { c: 2, d: 1 }] }));
  assert.is(canonicalJson({ b: 1, a: [2, 1] }), '{"a":[2,1],"b":1}\n');
});

test.run();
