import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openImageStore, type ImageStore } from '../../../images/image-store.ts';
import { codeOf } from './error-code.ts';

const test = suite('images/image-store');
let folder: string;
let store: ImageStore;
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'rik-store-'));
  store = openImageStore({ stateDir: join(folder, 'state'), clientsDir: join(folder, 'clients') });
});
test.after.each(() => rmSync(folder, { recursive: true, force: true }));

test('an empty store lists and finds nothing, and opening it writes nothing', async () => {
  assert.equal(await store.list(), []);
  assert.is(await store.find('nodejs24.x', ['debian']), undefined);
  assert.equal(readdirSync(folder), []);
});

test('an unknown reference is refused by ensure and build', async () => {
  for (const reference of ['nodejs1.x@debian', 'nodejs24.x', '../../etc@debian', '']) {
    assert.is(await codeOf(() => store.ensure(reference)), 'images/unknown-reference');
    assert.is(await codeOf(() => store.build(reference)), 'images/unknown-reference');
  }
});

test('an identifier that is a path finds nothing, even where a record lies', async () => {
  mkdirSync(join(folder, 'state/images/versions/x@debian'), { recursive: true });
  writeFileSync(join(folder, 'state/images/versions/x@debian/stable'), '1\n');
  assert.is(await store.find('../versions/x', ['debian']), undefined);
  assert.is(await store.find('x', ['debian']), undefined);
});

test('a build without the runtime client stops before anything is fetched', async () => {
  assert.is(await codeOf(() => store.ensure('nodejs24.x@debian')), 'images/client-missing');
  mkdirSync(join(folder, 'clients/nodejs'), { recursive: true });
  assert.is(await codeOf(() => store.ensure('nodejs24.x@debian')), 'images/client-missing');
  writeFileSync(join(folder, 'clients/nodejs/bootstrap'), '#!/bin/sh\n', { mode: 0o644 });
  assert.is(await codeOf(() => store.ensure('nodejs24.x@debian')), 'images/client-missing');
  assert.equal(readdirSync(folder), ['clients']);
});

test.run();
