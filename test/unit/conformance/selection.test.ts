import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Schedule, selectCases, SelectionFault, skipReason } from '../../conformance/index.ts';
import type { CaseResult, ConformanceCase, Target } from '../../conformance/index.ts';
import { sampleCase, sampleResult } from './sample-cases.ts';

const TOPICS = [
  { name: 'first', cases: [sampleCase({ id: 'a-b', ref: 'RT-001' }), sampleCase({ id: 'c-d', ref: 'RT-002', level: 'optional' as const })] },
  { name: 'second', cases: [sampleCase({ id: 'e-f', ref: 'RT-003', profile: 'rie' as const })] },
];

const TARGET: Target = {
  name: 'sample',
  about: '',
  profile: 'aws',
  command: ['true'],
  bootstrapArguments: [],
  environment: {},
  options: {},
  folders: { task: '/var/task', opt: '/opt' },
  functionName: 'function',
  healthPath: undefined,
  cognitoHeader: undefined,
  restoreTrigger: undefined,
  features: new Set(['runtime-api']),
  lacks: new Map([['streaming', 'not there']]),
};

const test = suite('conformance/selection');

const idsOf = (selection: Parameters<typeof selectCases>[1]): string[] => selectCases(TOPICS, selection).map(({ id }) => id);

test('without a selection every case is run', () => assert.equal(idsOf({}), ['a-b', 'c-d', 'e-f']));
test('a case is named by its id or by its catalogue id in any case', () => assert.equal(idsOf({ ids: ['a-b', 'rt-002'] }), ['a-b', 'c-d']));
test('levels, topics and profiles narrow the selection', () => {
  assert.equal(idsOf({ levels: ['optional'] }), ['c-d']);
  assert.equal(idsOf({ topics: ['second'] }), ['e-f']);
  assert.equal(idsOf({ profile: 'rie' }), ['e-f']);
});

for (const [title, selection] of [
  ['an id that no case has is refused', { ids: ['a-b', 'x-y'] }],
  ['a topic that is not there is refused', { topics: ['third'] }],
  ['a selection of nothing is refused', { ids: ['a-b'], levels: ['observed' as const] }],
] as const) {
  test(title, () => assert.throws(() => idsOf(selection), (error: unknown) => error instanceof SelectionFault));
}

test('a case about the other profile is skipped with the reason', () => {
  assert.match(skipReason(sampleCase({ profile: 'rie' }), TARGET, new Map()) ?? '', /profile rie; sample has aws/);
});

test('a case that needs what the target lacks is skipped with its reason', () => {
  assert.is(skipReason(sampleCase({ needs: ['streaming'] }), TARGET, new Map()), 'needs streaming: not there');
});

test('a case that needs what the machine does not allow is skipped', () => {
  assert.is(skipReason(sampleCase({ needs: ['folders'] }), TARGET, new Map([['folders', 'no namespaces']])), 'needs folders: no namespaces');
});

test('a case that the target can do is not skipped', () => {
  assert.is(skipReason(sampleCase(), TARGET, new Map()), undefined);
});

test('the schedule gives out dependencies first and the longest before the others', () => {
  const schedule = new Schedule([sampleCase({ id: 'a-b', dependsOn: ['c-d'] }), sampleCase({ id: 'c-d' }), sampleCase({ id: 'e-f', limitSeconds: 100 })]);
  assert.equal([take(schedule), take(schedule)], ['e-f', 'c-d']);
  assert.is(schedule.next().kind, 'wait');
  schedule.settle(result('c-d', 'pass'));
  assert.is(take(schedule), 'a-b');
  assert.is(schedule.next().kind, 'done');
});

test('a case whose dependency did not pass is blocked', () => {
  const schedule = new Schedule([sampleCase({ id: 'a-b', dependsOn: ['c-d'] }), sampleCase({ id: 'c-d' })]);
  take(schedule);
  schedule.settle(result('c-d', 'fail'));
  const turn = schedule.next();
  assert.is(turn.kind, 'blocked');
  assert.is(turn.kind === 'blocked' ? turn.by : '', 'c-d');
});

test('a dependency that is not part of the run is taken for granted', () => {
  assert.is(take(new Schedule([sampleCase({ id: 'a-b', dependsOn: ['not-selected'] })])), 'a-b');
});

function take(schedule: Schedule<ConformanceCase>): string {
  const turn = schedule.next();
  return turn.kind === 'run' ? turn.case.id : turn.kind;
}

function result(id: ConformanceCase['id'], status: CaseResult['status']): CaseResult {
  return sampleResult(id, status);
}

test.run();
