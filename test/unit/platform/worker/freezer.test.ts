import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Freezer } from '../../../../platform/worker/freezer.ts';

const test = suite('platform/worker/freezer');

/** A group whose freezing ends when the test says so; `frozen` is what the kernel would show. */
function slowGroup() {
  const calls: string[] = [];
  const pending: { resolve: () => void; reject: (error: Error) => void }[] = [];
  return {
    calls,
    pending,
    freeze(): Promise<void> {
      calls.push('freeze');
      return new Promise((resolve, reject) => pending.push({ resolve, reject }));
    },
    thaw(): Promise<void> {
      calls.push('thaw');
      return Promise.resolve();
    },
  };
}

test('a thaw after a freeze lets the processes go once', async () => {
  const group = slowGroup();
  const freezer = new Freezer(group);
  const frozen = freezer.freeze();
  group.pending[0]?.resolve();
  await frozen;
  await freezer.thaw();
  await freezer.thaw();
  assert.equal(group.calls, ['freeze', 'thaw']);
});

test('without a freeze nothing is thawed', async () => {
  const group = slowGroup();
  await new Freezer(group).thaw();
  assert.equal(group.calls, []);
});

test('a thaw during a freeze wins, also when the freeze comes to its end afterwards', async () => {
  const group = slowGroup();
  const freezer = new Freezer(group);
  const frozen = freezer.freeze();
  await freezer.thaw();
  group.pending[0]?.resolve();
  await frozen;
  assert.is(group.calls.at(-1), 'thaw');
  const again = freezer.freeze();
  group.pending[1]?.resolve();
  await again;
  assert.equal(group.calls, ['freeze', 'thaw', 'thaw', 'freeze']);
});

test('a freeze that fails because it was thawed meanwhile is no failure', async () => {
  const group = slowGroup();
  const freezer = new Freezer(group);
  const frozen = freezer.freeze();
  await freezer.thaw();
  group.pending[0]?.reject(new Error('did not freeze'));
  await frozen;
});

test('a freeze that fails by itself is told, and the next one tries again', async () => {
  const group = slowGroup();
  const freezer = new Freezer(group);
  const frozen = freezer.freeze().then(
    () => 'frozen',
    (error: Error) => error.message,
  );
  group.pending[0]?.reject(new Error('did not freeze'));
  assert.is(await frozen, 'did not freeze');
  const again = freezer.freeze();
  group.pending[1]?.resolve();
  await again;
  assert.equal(group.calls, ['freeze', 'freeze']);
});

test('a freeze that is wanted again while a revoked one is under way happens behind it', async () => {
  const group = slowGroup();
  const freezer = new Freezer(group);
  const first = freezer.freeze();
  await freezer.thaw();
  const second = freezer.freeze();
  group.pending[0]?.reject(new Error('did not freeze, being thawed'));
  while (group.pending.length < 2) await new Promise((resolve) => setImmediate(resolve));
  group.pending[1]?.resolve();
  await Promise.all([first, second]);
  assert.equal(group.calls, ['freeze', 'thaw', 'freeze']);
});

test('what was reset is not frozen any more', async () => {
  const group = slowGroup();
  const freezer = new Freezer(group);
  const frozen = freezer.freeze();
  group.pending[0]?.resolve();
  await frozen;
  freezer.forget();
  await freezer.thaw();
  assert.equal(group.calls, ['freeze']);
});

test.run();
