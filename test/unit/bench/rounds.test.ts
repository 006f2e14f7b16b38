import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runRounds, type Contender } from '../../../bench/rounds.ts';
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

test.run();
