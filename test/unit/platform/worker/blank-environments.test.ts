import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { settled } from './fake-sandbox.ts';
import { functionNamed, poolBench, rootNamed, useOnce } from './pool-bench.ts';

const test = suite('platform/worker/blank-environments');
const A = functionNamed('a');

/** As the worker uses it, one blank environment per image. */
function blankBench(options: Parameters<typeof poolBench>[0] = {}) {
  return poolBench({ blankPerRoot: 1, ...options });
}

test('after a start one more is made of the same image, a little later', async () => {
  const bench = blankBench();
  await useOnce(bench, A);
  bench.clock.advance(149);
  await settled();
  assert.is(bench.sandboxes.length, 1);
  bench.clock.advance(1);
  await settled();
  assert.is(bench.pool.counts.blank, 1);
});

test('the next start uses it, and the one after that another', async () => {
  const bench = blankBench();
  await useOnce(bench, A);
  bench.clock.advance(150);
  await settled();
  const second = await bench.pool.acquire(functionNamed('b'));
  assert.is(second.id, bench.sandboxes[1]?.id);
  bench.clock.advance(150);
  await settled();
  assert.is(bench.pool.counts.blank, 1);
  assert.is(bench.sandboxes.length, 3);
});

test('a blank one is bound once and never given back', async () => {
  const bench = blankBench();
  bench.pool.warm(A.root);
  await settled();
  const environment = await useOnce(bench, A);
  assert.is.not(await bench.pool.acquire(functionNamed('b')), environment);
});

test('warming makes one before the first use', async () => {
  const bench = blankBench();
  bench.pool.warm(A.root);
  await settled();
  assert.is(bench.pool.counts.blank, 1);
});

test('without blank environments in the settings none is made', async () => {
  const bench = blankBench({ blankPerRoot: 0 });
  bench.pool.warm(A.root);
  await useOnce(bench, A);
  bench.clock.advance(1_000);
  await settled();
  assert.is(bench.sandboxes.length, 1);
});

const UNFIT = [
  { title: 'another image', version: functionNamed('b', { root: rootNamed('other') }) },
  { title: 'a larger /tmp', version: functionNamed('b', { tmpMiB: 1_024 }) },
];
for (const { title, version } of UNFIT) {
  test(`a function with ${title} gets a fresh one`, async () => {
    const bench = blankBench();
    bench.pool.warm(A.root);
    await settled();
    const environment = await bench.pool.acquire(version);
    assert.is.not(environment.id, bench.sandboxes[0]?.id);
  });
}

test('blank ones of several images are made one after the other', async () => {
  const bench = blankBench();
  bench.hold.isHeld = true;
  for (const name of ['one', 'two', 'three']) bench.pool.warm(rootNamed(name));
  await settled();
  for (let made = 1; made <= 3; made += 1) {
    assert.is(bench.hold.waiting.length, made);
    bench.hold.waiting[made - 1]?.comeUp();
    await settled();
  }
  assert.is(bench.pool.counts.blank, 3);
});

test('none is made while somebody waits or something starts', async () => {
  const bench = blankBench();
  bench.hold.isHeld = true;
  const wanted = bench.pool.acquire(A);
  bench.pool.warm(A.root);
  await settled();
  assert.is(bench.hold.waiting.length, 1, 'the one that is wanted');
  bench.hold.waiting[0]?.comeUp();
  await wanted;
  bench.clock.advance(150);
  await settled();
  assert.is(bench.hold.waiting.length, 2);
});

test('a blank one of another image makes room before an idle one is ended', async () => {
  const bench = blankBench({ environmentsMax: 2 });
  const idle = await useOnce(bench, A);
  bench.pool.warm(rootNamed('other'));
  await settled();
  assert.is(bench.pool.counts.blank, 1);
  await bench.pool.acquire(functionNamed('b', { root: rootNamed('third') }));
  assert.not.ok(bench.sandboxOf(idle).calls.includes('destroy'));
  assert.ok(bench.sandboxes[1]?.calls.includes('destroy'));
});

test('the limit leaves no room for blank ones', async () => {
  const bench = blankBench({ environmentsMax: 1 });
  await useOnce(bench, A);
  bench.clock.advance(1_000);
  await settled();
  assert.is(bench.sandboxes.length, 1);
});

test('a blank one that dies is taken away and not made again before its image is wanted', async () => {
  const bench = blankBench();
  bench.pool.warm(A.root);
  await settled();
  bench.sandboxes[0]?.die();
  await settled();
  bench.clock.advance(1_000);
  await settled();
  assert.ok(bench.sandboxes[0]?.calls.includes('destroy'));
  assert.is(bench.sandboxes.length, 1);
  await useOnce(bench, A);
  bench.clock.advance(150);
  await settled();
  assert.is(bench.pool.counts.blank, 1);
});

test('a blank one that died unseen costs its function nothing but time', async () => {
  const bench = blankBench();
  bench.pool.warm(A.root);
  await settled();
  const [dead] = bench.sandboxes;
  if (dead !== undefined) dead.onBind = () => Promise.reject(new Error('the sandbox is dead'));
  const environment = await bench.pool.acquire(A);
  assert.is.not(environment.id, dead?.id);
  assert.ok(dead?.calls.includes('destroy'));
  assert.is(bench.problems.length, 1);
});

test('one that cannot be made is a problem, told once', async () => {
  const bench = blankBench();
  bench.hold.isHeld = true;
  bench.pool.warm(A.root);
  await settled();
  bench.hold.waiting[0]?.fail(new Error('no such root'));
  bench.clock.advance(10_000);
  await settled();
  assert.is(bench.problems.length, 1);
  assert.is(bench.hold.waiting.length, 1);
});

test('an image that nothing was started of for the idle time keeps none', async () => {
  const bench = blankBench();
  bench.pool.warm(A.root);
  await settled();
  bench.clock.advance(599_999);
  assert.is(bench.pool.counts.blank, 1);
  bench.clock.advance(1);
  await settled();
  assert.is(bench.living(), 0);
});

test('closing ends those that are ready and those that are being made', async () => {
  const bench = blankBench();
  bench.pool.warm(A.root);
  await settled();
  bench.hold.isHeld = true;
  bench.pool.warm(rootNamed('other'));
  await settled();
  const closing = bench.pool.close();
  bench.hold.waiting[0]?.comeUp();
  await closing;
  assert.is(bench.living(), 0);
});

test.run();
