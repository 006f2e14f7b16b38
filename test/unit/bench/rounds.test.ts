import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runRounds, runSlicedRounds, type Contender, type SlicedContender } from '../../../bench/rounds.ts';
import type { Role } from '../../../bench/subjects.ts';

const test = suite('bench/rounds');

function contender(name: string, role: Role, order: string[], failAt = -1): Contender {
  let round = 0;
  return {
    name,
    role,
    async measure() {
      order.push(name);
      if (round++ === failAt) throw new Error('it broke');
      return { value: round };
    },
  };
}

test('contenders take turns, and each round begins with another one', async () => {
  const order: string[] = [];
  const { rows } = await runRounds({ rounds: 3, contenders: ['a', 'b', 'c'].map((name) => contender(name, 'peer', order)), onProgress: () => undefined });
  assert.is(order.join(''), 'abcbcacab');
  assert.equal(rows.map(({ name, samples }) => [name, samples.length]), [['a', 3], ['b', 3], ['c', 3]]);
});

test('a peer that fails in a later round is left out of all rounds, with a note', async () => {
  const order: string[] = [];
  const contenders = [contender('subject', 'subject', order), contender('peer', 'peer', order, 1)];
  const { rows, notes } = await runRounds({ rounds: 3, contenders, onProgress: () => undefined });
  assert.equal(rows.map(({ name }) => name), ['subject']);
  assert.equal(notes, ['peer is left out: it broke']);
  assert.is(order.filter((name) => name === 'peer').length, 2);
});

test('a subject that fails ends the bench', async () => {
  try {
    await runRounds({ rounds: 2, contenders: [contender('subject', 'subject', [], 0)], onProgress: () => undefined });
    assert.unreachable();
  } catch (error) {
    assert.match(String(error), /it broke/);
  }
});

test('no contenders give no rows', async () => {
  assert.equal(await runRounds({ rounds: 2, contenders: [], onProgress: () => undefined }), { rows: [], notes: [] });
});

function sliced(name: string, role: Role, log: string[], failOn = ''): SlicedContender {
  const step = async (what: string): Promise<void> => {
    log.push(`${name} ${what}`);
    if (failOn === what) throw new Error(`${what} broke`);
  };
  return {
    name,
    role,
    async open() {
      await step('open');
      return { slice: () => step('slice'), close: () => step('close'), finish: () => step('finish').then(() => ({ value: 1 })) };
    },
  };
}

test('all are open while they are loaded in turns, and each turn begins with another one', async () => {
  const log: string[] = [];
  const contenders = [sliced('a', 'peer', log), sliced('b', 'peer', log)];
  const { rows } = await runSlicedRounds({ rounds: 1, slices: 2, contenders, onProgress: () => undefined });
  assert.is(log.join(), 'a open,b open,a slice,b slice,b slice,a slice,a finish,b finish,a close,b close');
  assert.equal(rows.map(({ samples }) => samples), [[{ value: 1 }], [{ value: 1 }]]);
});

for (const failOn of ['open', 'slice', 'finish']) {
  test(`a peer that fails to ${failOn} is left out, closed if it was open, and not tried again`, async () => {
    const log: string[] = [];
    const contenders = [sliced('peer', 'peer', log, failOn), sliced('own', 'subject', log)];
    const { rows, notes } = await runSlicedRounds({ rounds: 2, slices: 1, contenders, onProgress: () => undefined });
    assert.equal(rows.map(({ name, samples }) => [name, samples.length]), [['own', 2]]);
    assert.equal(notes, [`peer is left out: ${failOn} broke`]);
    assert.is(log.filter((line) => line === 'peer open').length, 1);
    assert.is(log.filter((line) => line === 'peer close').length, failOn === 'open' ? 0 : 1);
  });

  test(`a subject that fails to ${failOn} ends the bench, and all that were open are closed`, async () => {
    const log: string[] = [];
    try {
      await runSlicedRounds({ rounds: 2, slices: 1, contenders: [sliced('peer', 'peer', log), sliced('own', 'subject', log, failOn)], onProgress: () => undefined });
      assert.unreachable();
    } catch (error) {
      assert.match(String(error), new RegExp(`${failOn} broke`));
    }
    assert.ok(log.includes('peer close'));
    assert.is(log.includes('own close'), failOn !== 'open');
  });
}

test.run();
