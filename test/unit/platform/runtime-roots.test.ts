import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isCodedError } from '../../../foundation/coded-error.ts';
import type { ImageStore, RuntimeImage } from '../../../images/index.ts';
import { loadRecipes } from '../../../images/index.ts';
import { hostRoots, imageRoots } from '../../../platform/runtime-roots.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { caught } from '../../support/temporary-folder.ts';
import { settled } from './worker/fake-sandbox.ts';

const test = suite('platform/runtime-roots');

function imageOf(versionName: string): RuntimeImage {
  return {
    reference: 'nodejs24.x@debian', identifier: 'nodejs24.x', family: 'nodejs', base: 'debian', architecture: 'x86_64', imageDigest: 'sha256:i',
    rootPath: '/roots/1', rootDigest: 'sha256:r', environment: {}, versionName, runtimeVersionArn: 'arn', languageVersion: '24',
  };
}

function open() {
  const clock = fakeClock();
  const asked: string[] = [];
  const built: string[] = [];
  const state: { image: RuntimeImage | undefined } = { image: imageOf('nodejs:24.v1') };
  const images: ImageStore = {
    recipes: () => loadRecipes(),
    list: async () => [],
    async find(identifier) {
      asked.push(identifier);
      return state.image;
    },
    async ensure(reference) {
      built.push(reference);
      return imageOf('nodejs:24.v9');
    },
    build: async () => imageOf('never'),
  };
  return { clock, asked, built, state, images, roots: imageRoots({ clock, images, clientsDir: '/clients', bases: ['debian'] }) };
}

test('an image is a root with the client of its family', async () => {
  const root = await open().roots.find('nodejs24.x');
  assert.equal([root?.clientPath, root?.rootPath, root?.versionName], ['/clients/nodejs', '/roots/1', 'nodejs:24.v1']);
});

test('within two seconds the store is asked once', async () => {
  const { roots, asked, clock } = open();
  for (let count = 0; count < 5; count += 1) await roots.get('nodejs24.x');
  clock.advance(1_999);
  await roots.find('nodejs24.x');
  assert.is(asked.length, 1);
});

test('afterwards it is asked behind the one who comes, and the next has the new image', async () => {
  const { roots, clock, state } = open();
  await roots.find('nodejs24.x');
  state.image = imageOf('nodejs:24.v2');
  clock.advance(2_000);
  assert.is((await roots.find('nodejs24.x'))?.versionName, 'nodejs:24.v1');
  await settled();
  assert.is((await roots.find('nodejs24.x'))?.versionName, 'nodejs:24.v2');
});

test('an image that is gone is found no more', async () => {
  const { roots, clock, state } = open();
  await roots.find('nodejs24.x');
  state.image = undefined;
  clock.advance(2_000);
  await roots.find('nodejs24.x');
  await settled();
  assert.is(await roots.find('nodejs24.x'), undefined);
});

test('getting builds what is missing, finding does not', async () => {
  const { roots, state, built } = open();
  state.image = undefined;
  assert.is(await roots.find('nodejs24.x'), undefined);
  assert.equal(built, []);
  assert.is((await roots.get('nodejs24.x')).versionName, 'nodejs:24.v9');
  assert.equal(built, ['nodejs24.x@debian']);
});

test('a runtime without a recipe is told with those that there are', async () => {
  const { roots, state } = open();
  state.image = undefined;
  const error = await caught(() => roots.get('cobol85.x'));
  assert.ok(isCodedError(error));
  assert.is(error.code, 'platform/runtime-unavailable');
  assert.match(String(error.hint), /nodejs24\.x@debian/);
});

test('on the host the runtime is what the host has', async () => {
  const roots = hostRoots({ images: open().images, clientsDir: '/clients', nodePath: '/ours/bin/node' });
  const root = await roots.get('nodejs24.x');
  assert.equal([root.reference, root.rootPath, root.clientPath], ['nodejs24.x@host', '/', '/clients/nodejs']);
  assert.match(root.environment['PATH'] ?? '', /^\/ours\/bin:/);
  assert.ok(isCodedError(await caught(() => roots.get('cobol85.x'))));
});

test.run();
