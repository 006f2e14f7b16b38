import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isCodedError } from '../../../../foundation/coded-error.ts';
import { invocationRequest, settled, stateOf } from './fake-sandbox.ts';
import { functionNamed, poolBench, useOnce } from './pool-bench.ts';

const test = suite('platform/worker/environment-pool');
const A = functionNamed('a');
const B = functionNamed('b');
const C = functionNamed('c');

function codeOf(state: unknown): string {
  return typeof state === 'object' && state !== null && 'rejected' in state && isCodedError(state.rejected) ? state.rejected.code : String(state);
}

test('a released environment serves the same version again', async () => {
  const bench = poolBench();
  const first = await useOnce(bench, A);
  assert.is(await bench.pool.acquire(A), first);
  assert.is(bench.sandboxes.length, 1);
});

const OTHERS = [
  { title: 'another function', other: B },
  { title: 'another generation', other: functionNamed('a', { generation: 'g2' }) },
  { title: 'another version', other: functionNamed('a', { version: '7' }) },
  { title: 'another root', other: functionNamed('a', { root: { ...A.root, rootDigest: 'sha256:other' } }) },
  { title: 'the same name in another region', other: { ...A, functionArnUnqualified: 'arn:aws:lambda:eu-west-1:000000000000:function:a' } },
];
for (const { title, other } of OTHERS) {
  test(`${title} never gets it`, async () => {
    const bench = poolBench();
    const first = await useOnce(bench, A);
    assert.is.not(await bench.pool.acquire(other), first);
  });
}

test('the most recently used one is taken first', async () => {
  const bench = poolBench();
  const [first, second] = [await bench.pool.acquire(A), await bench.pool.acquire(A)];
  bench.pool.release(second);
  bench.pool.release(first);
  assert.is(await bench.pool.acquire(A), first);
  assert.is(await bench.pool.acquire(A), second);
});

test('no environment is given to two', async () => {
  const bench = poolBench();
  const taken = await Promise.all([1, 2, 3, 4].map(() => bench.pool.acquire(A)));
  assert.is(new Set(taken).size, 4);
});

test('the limit holds: whoever comes later waits and gets what is released', async () => {
  const bench = poolBench({ environmentsMax: 2 });
  const [first] = await Promise.all([bench.pool.acquire(A), bench.pool.acquire(A)]);
  const third = bench.pool.acquire(A);
  assert.is(await stateOf(third), 'pending');
  assert.is(bench.sandboxes.length, 2);
  bench.pool.release(first);
  assert.is(await third, first);
});

test('those who wait are served in the order of their arrival', async () => {
  const bench = poolBench({ environmentsMax: 1 });
  const environment = await bench.pool.acquire(A);
  const order: number[] = [];
  const waits = [1, 2, 3].map((number) => bench.pool.acquire(A).then((found) => (order.push(number), bench.pool.release(found))));
  bench.pool.release(environment);
  await Promise.all(waits);
  assert.equal(order, [1, 2, 3]);
});

test('the idle environment that was unused for longest makes room for another function, once it is gone', async () => {
  const bench = poolBench({ environmentsMax: 2 });
  const oldest = await useOnce(bench, A);
  const newer = await useOnce(bench, B);
  let gone = (): void => {};
  bench.sandboxOf(oldest).onDestroy = () => new Promise((resolve) => (gone = resolve));
  const wanted = bench.pool.acquire(C);
  assert.is(await stateOf(wanted), 'pending');
  assert.equal(bench.sandboxOf(oldest).calls.at(-1), 'destroy');
  assert.is(bench.sandboxes.length, 2, 'the limit counts what is still ending');
  gone();
  await wanted;
  assert.not.ok(bench.sandboxOf(newer).calls.includes('destroy'));
});

test('one waiter has one environment ended for it, however often something else happens', async () => {
  const bench = poolBench({ environmentsMax: 3 });
  const busy = await bench.pool.acquire(B);
  const idle = await Promise.all([bench.pool.acquire(A), bench.pool.acquire(A)]);
  for (const environment of idle) bench.sandboxOf(environment).onDestroy = () => new Promise(() => {});
  for (const environment of idle) bench.pool.release(environment);
  void bench.pool.acquire(C);
  await settled();
  bench.pool.release(busy);
  await settled();
  assert.is(idle.filter((environment) => bench.sandboxOf(environment).calls.includes('destroy')).length, 1);
});

test('a function that is called without a pause does not keep others out for ever', async () => {
  const bench = poolBench({ environmentsMax: 1 });
  let busy = await bench.pool.acquire(A);
  const other = bench.pool.acquire(B);
  for (let round = 0; round < 5; round += 1) {
    const next = bench.pool.acquire(A);
    bench.pool.release(busy);
    busy = await next;
    bench.clock.advance(199);
  }
  assert.is(await stateOf(other), 'pending');
  bench.clock.advance(5);
  void bench.pool.acquire(A);
  bench.pool.release(busy);
  assert.is((await other).version?.functionName, 'b');
});

test('no more than the limit are started at once', async () => {
  const bench = poolBench({ startsMax: 2 });
  bench.hold.isHeld = true;
  const waits = [1, 2, 3].map(() => bench.pool.acquire(A));
  await settled();
  assert.is(bench.hold.waiting.length, 2);
  bench.hold.waiting[0]?.comeUp();
  await waits[0];
  await settled();
  assert.is(bench.hold.waiting.length, 3);
});

test('a waiter is served by a released environment when that comes before the new one', async () => {
  const bench = poolBench();
  const first = await bench.pool.acquire(A);
  bench.hold.isHeld = true;
  const second = bench.pool.acquire(A);
  bench.pool.release(first);
  assert.is(await second, first);
  bench.hold.waiting[0]?.comeUp();
  await settled();
  assert.is(bench.pool.counts.idle, 1, 'the new one is kept for the next');
});

test('a start that fails is told to one who waits for it; the others are still served', async () => {
  const bench = poolBench();
  bench.hold.isHeld = true;
  const [first, second] = [bench.pool.acquire(A), bench.pool.acquire(A)];
  await settled();
  bench.hold.waiting[0]?.fail(new Error('no room on disk'));
  const state = await stateOf(first);
  assert.ok(typeof state === 'object' && 'rejected' in state);
  bench.hold.waiting[1]?.comeUp();
  assert.is((await second).version, A);
});

test('an environment that cannot be bound is destroyed and its waiter told', async () => {
  const bench = poolBench();
  bench.hold.isHeld = true;
  const wanted = bench.pool.acquire(A);
  await settled();
  bench.hold.waiting[0]?.comeUp();
  while (bench.sandboxes.length === 0) await Promise.resolve();
  const [sandbox] = bench.sandboxes;
  if (sandbox !== undefined) sandbox.onBind = () => Promise.reject(new Error('code is gone'));
  const state = await stateOf(wanted);
  assert.ok(typeof state === 'object' && 'rejected' in state);
  assert.is(bench.living(), 0);
});

test('waiting has a limit in number', async () => {
  const bench = poolBench({ environmentsMax: 1, waitingMax: 1 });
  await bench.pool.acquire(A);
  const second = bench.pool.acquire(A);
  assert.is(codeOf(await stateOf(bench.pool.acquire(A))), 'worker/busy');
  assert.is(await stateOf(second), 'pending');
});

test('waiting has a limit in time', async () => {
  const bench = poolBench({ environmentsMax: 1, waitMaxMs: 5_000 });
  const busy = await bench.pool.acquire(A);
  const second = bench.pool.acquire(A);
  bench.clock.advance(4_999);
  assert.is(await stateOf(second), 'pending');
  bench.clock.advance(1);
  assert.is(codeOf(await stateOf(second)), 'worker/busy');
  bench.pool.release(busy);
  assert.is(bench.pool.counts.idle, 1, 'nobody is served twice');
});

test('an idle environment is frozen after its time and ended after the longer one', async () => {
  const bench = poolBench();
  const environment = await useOnce(bench, A);
  const { calls } = bench.sandboxOf(environment);
  bench.clock.advance(99);
  assert.not.ok(calls.includes('freeze'));
  bench.clock.advance(1);
  await settled();
  assert.ok(calls.includes('freeze'));
  bench.clock.advance(599_899);
  assert.not.ok(calls.includes('destroy'));
  bench.clock.advance(1);
  assert.ok(calls.includes('destroy'));
  await settled();
  assert.equal(bench.pool.counts, { busy: 0, idle: 0, blank: 0, starting: 0, ending: 0, waiting: 0 });
});

test('use begins both times anew', async () => {
  const bench = poolBench();
  const environment = await useOnce(bench, A);
  bench.clock.advance(599_000);
  await useOnce(bench, A);
  bench.clock.advance(599_000);
  assert.not.ok(bench.sandboxOf(environment).calls.includes('destroy'));
});

test('a spent environment is destroyed on release', async () => {
  const bench = poolBench();
  const environment = await bench.pool.acquire(A);
  bench.sandboxOf(environment).server.say('started', { requestId: 'nobody' });
  await settled();
  bench.pool.release(environment);
  assert.ok(bench.sandboxOf(environment).calls.includes('destroy'));
  assert.is(bench.pool.counts.idle, 0);
});

test('an idle environment that ends by itself gives back its room at once', async () => {
  const bench = poolBench({ environmentsMax: 1 });
  const environment = await useOnce(bench, A);
  bench.sandboxOf(environment).die();
  await settled();
  assert.ok(bench.sandboxOf(environment).calls.includes('destroy'));
  assert.is((await bench.pool.acquire(B)).version, B);
});

test('releasing twice changes nothing', async () => {
  const bench = poolBench();
  const environment = await bench.pool.acquire(A);
  bench.pool.release(environment);
  bench.pool.release(environment);
  assert.is(bench.pool.counts.idle, 1);
});

test('retiring ends idle environments of the function and of no other', async () => {
  const bench = poolBench();
  const [a, b] = [await useOnce(bench, A), await useOnce(bench, B)];
  bench.pool.retire(A.functionArnUnqualified);
  assert.ok(bench.sandboxOf(a).calls.includes('destroy'));
  assert.not.ok(bench.sandboxOf(b).calls.includes('destroy'));
});

test('retiring lets a busy environment finish, and ends it then', async () => {
  const bench = poolBench();
  const environment = await bench.pool.acquire(A);
  bench.pool.retire(A.functionArnUnqualified);
  assert.not.ok(bench.sandboxOf(environment).calls.includes('destroy'));
  bench.pool.release(environment);
  assert.ok(bench.sandboxOf(environment).calls.includes('destroy'));
});

test('what was being started for a retired version serves who waits for it, and nobody else', async () => {
  const bench = poolBench();
  bench.hold.isHeld = true;
  const wanted = bench.pool.acquire(A);
  await settled();
  bench.pool.retire(A.functionArnUnqualified);
  bench.hold.waiting[0]?.comeUp();
  const environment = await wanted;
  bench.pool.release(environment);
  await settled();
  assert.is(bench.living(), 0);
});

test('what was started for a retired version and is wanted by nobody any more is ended', async () => {
  const bench = poolBench();
  const first = await bench.pool.acquire(A);
  bench.hold.isHeld = true;
  const second = bench.pool.acquire(A);
  await settled();
  bench.pool.release(first);
  assert.is(await second, first);
  bench.pool.retire(A.functionArnUnqualified);
  bench.hold.waiting[0]?.comeUp();
  await settled();
  bench.pool.release(first);
  await settled();
  assert.is(bench.living(), 0);
});

test('the version that takes the place of a retired one is kept', async () => {
  const bench = poolBench();
  const busy = await bench.pool.acquire(A);
  bench.pool.retire(A.functionArnUnqualified);
  const next = functionNamed('a', { generation: 'g2' });
  const environment = await useOnce(bench, next);
  bench.pool.release(busy);
  assert.is(await bench.pool.acquire(next), environment);
});

test('a version that is retired and comes back into force is kept again', async () => {
  const bench = poolBench();
  await useOnce(bench, A);
  bench.pool.retire(A.functionArnUnqualified);
  await settled();
  const environment = await useOnce(bench, A);
  assert.is(await bench.pool.acquire(A), environment);
});

test('closing ends all, refuses who waits, and waits for what is being started and for what is ending', async () => {
  const bench = poolBench({ environmentsMax: 3 });
  await useOnce(bench, A);
  const busy = await bench.pool.acquire(B);
  let gone = (): void => {};
  bench.sandboxOf(busy).onDestroy = () => new Promise((resolve) => (gone = resolve));
  bench.hold.isHeld = true;
  const starting = bench.pool.acquire(C);
  await settled();
  const closing = bench.pool.close();
  assert.is(codeOf(await stateOf(starting)), 'worker/closed');
  assert.is(await stateOf(closing), 'pending');
  bench.hold.waiting[0]?.comeUp();
  await settled();
  assert.is(await stateOf(closing), 'pending');
  gone();
  assert.is(await stateOf(closing), undefined);
  assert.is(bench.living(), 0);
  assert.is(codeOf(await stateOf(bench.pool.acquire(A))), 'worker/closed');
});

test('closing an empty pool ends at once', async () => {
  assert.is(await stateOf(poolBench().pool.close()), undefined);
});

test('what cannot be destroyed is a problem, and the pool goes on', async () => {
  const bench = poolBench({ environmentsMax: 1 });
  const environment = await useOnce(bench, A);
  bench.sandboxOf(environment).onDestroy = () => Promise.reject(new Error('a mount is left'));
  assert.is((await bench.pool.acquire(B)).version, B);
  assert.equal(bench.problems.map(String), ['Error: a mount is left']);
});

/** An environment whose invocation has been answered and not yet completed. */
async function answered(bench: ReturnType<typeof poolBench>) {
  const environment = await bench.pool.acquire(A);
  const { server } = bench.sandboxOf(environment);
  const outcome = environment.invoke(invocationRequest('r1'));
  server.initReported();
  await settled();
  server.say('started', { requestId: 'r1' });
  server.answered('r1');
  await outcome?.answered;
  return { environment, server, outcome };
}

test('nothing is started for who finds one that has just answered', async () => {
  const bench = poolBench();
  const { environment, server, outcome } = await answered(bench);
  const next = bench.pool.acquire(A);
  assert.is(await stateOf(next), 'pending');
  assert.is(bench.sandboxes.length, 1);
  server.say('completed', { requestId: 'r1', status: 'success' });
  await outcome?.completed;
  bench.pool.release(environment);
  assert.is(await next, environment);
  bench.clock.advance(1_000);
  await settled();
  assert.is(bench.sandboxes.length, 1);
});

test('one that has answered but does not ask for more is not waited for', async () => {
  const bench = poolBench();
  const { environment } = await answered(bench);
  const next = bench.pool.acquire(A);
  bench.clock.advance(19);
  assert.is(await stateOf(next), 'pending');
  bench.clock.advance(1);
  assert.is.not(await next, environment);
});

test('two who find one that has just answered are not both put off', async () => {
  const bench = poolBench();
  const { environment } = await answered(bench);
  const waits = [bench.pool.acquire(A), bench.pool.acquire(A)];
  await settled();
  assert.is(bench.sandboxes.length, 2);
  assert.is.not(await waits[0], environment);
});

test('whatever is called in whatever order, the limit holds and none is lost or given twice', async () => {
  let seed = 12_345;
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * below);
  };
  const versions = [A, B, C, functionNamed('a', { generation: 'g2' })];
  const bench = poolBench({ environmentsMax: 3, startsMax: 2, blankPerRoot: 1 });
  const held: Awaited<ReturnType<typeof bench.pool.acquire>>[] = [];
  let asked = 0;
  let got = 0;
  for (let step = 0; step < 1_500; step += 1) {
    const what = random(10);
    if (what < 4) {
      asked += 1;
      const version = versions[random(4)] ?? A;
      void bench.pool.acquire(version).then((environment) => {
        got += 1;
        assert.not.ok(held.includes(environment), 'given twice');
        assert.is(environment.version, version);
        held.push(environment);
      });
    } else if (what < 8) {
      const [environment] = held.splice(random(held.length), 1);
      if (environment !== undefined) bench.pool.release(environment);
    } else if (what === 8) {
      bench.pool.retire((versions[random(4)] ?? A).functionArnUnqualified);
      const sandbox = bench.sandboxes[random(bench.sandboxes.length)];
      if (sandbox !== undefined && !sandbox.calls.includes('destroy') && random(4) === 0) sandbox.die();
    } else {
      bench.clock.advance(random(400));
    }
    if (step % 3 === 0) await settled();
    assert.ok(bench.living() <= 3, `${bench.living()} environments live`);
  }
  for (let round = 0; round < 3_000 && got < asked; round += 1) {
    const environment = held.pop();
    if (environment !== undefined) bench.pool.release(environment);
    await settled();
  }
  assert.is(got, asked);
  await bench.pool.close();
  assert.is(bench.living(), 0);
});

test.run();
