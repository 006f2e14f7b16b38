import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CONDUCT_AT_START, stepConduct } from '../../../../platform/worker/server-conduct.ts';
import type { ConductState, EnvironmentConduct, InvocationConduct } from '../../../../platform/worker/server-conduct.ts';

const test = suite('platform/worker/server-conduct');

const EVENTS: readonly (EnvironmentConduct | InvocationConduct)[] = ['hello', 'configured', 'initReported', 'given', 'initRepeated', 'started', 'answered', 'completed'];

function after(events: readonly (EnvironmentConduct | InvocationConduct)[]): ConductState | undefined {
  return events.reduce<ConductState | undefined>((state, event) => (state === undefined ? undefined : stepConduct(state, event)), CONDUCT_AT_START);
}

/** Each lawful story up to some point, and what may come next; retyped from runtime-api.md §6.5 and §7.1. */
const STORIES: readonly { story: string; lawful: string }[] = [
  { story: '', lawful: 'hello' },
  { story: 'hello', lawful: 'configured' },
  { story: 'hello configured', lawful: 'initReported given' },
  { story: 'hello configured given', lawful: 'initReported' },
  { story: 'hello configured initReported', lawful: 'given' },
  { story: 'hello configured given initReported', lawful: 'initRepeated started' },
  { story: 'hello configured initReported given', lawful: 'initRepeated started' },
  { story: 'hello configured initReported given initRepeated', lawful: 'started' },
  { story: 'hello configured initReported given started', lawful: 'answered' },
  { story: 'hello configured initReported given started answered', lawful: 'completed' },
  { story: 'hello configured initReported given started answered completed', lawful: 'given' },
];

for (const { story, lawful } of STORIES) {
  test(`after "${story}" exactly "${lawful}" may come`, () => {
    const events = EVENTS.filter((event) => story.split(' ').includes(event));
    const inOrder = story === '' ? [] : story.split(' ').map((name) => events.find((event) => event === name) ?? 'hello');
    const state = after(inOrder);
    assert.ok(state);
    assert.equal(EVENTS.filter((event) => stepConduct(state, event) !== undefined).sort(), lawful.split(' ').sort());
  });
}

test('a second invocation goes through the same steps as the first', () => {
  const first = after(['hello', 'configured', 'initReported', 'given', 'started', 'answered', 'completed']);
  const second = after(['hello', 'configured', 'initReported', 'given', 'started', 'answered', 'completed', 'given', 'started', 'answered', 'completed']);
  assert.equal(second, first);
});

test.run();
