import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { creationSet, decide, DEFAULT_POLICY, knownSet, parsePolicy, refusalMessage, type PolicyRequest } from '../../../../platform/policy/index.ts';

const test = suite('platform/policy/decide');

const at = (day: string) => Date.parse(`${day}T00:00:00.000Z`);

const POLICY = parsePolicy({
  runtimes: [
    { identifier: 'old', family: 'nodejs', deprecation: '2030-01-01', blockCreate: '2030-02-01', blockUpdate: '2030-03-01' },
    { identifier: 'new', family: 'nodejs', deprecation: null, blockCreate: null, blockUpdate: null },
    { identifier: 'next', family: 'nodejs', deprecation: null, blockCreate: null, blockUpdate: null, preview: true },
    { identifier: 'image', family: 'dotnet', deprecation: null, blockCreate: null, blockUpdate: null, imageOnly: true },
  ],
  internalIdentifiers: ['inner'],
});

const create = (runtime: string): PolicyRequest => ({ action: 'create-function', runtime });
const code = (runtime: string): PolicyRequest => ({ action: 'update-code', runtime });
const configure = (runtime: string, runtimeNext?: string): PolicyRequest => ({ action: 'update-configuration', runtime, runtimeNext });

/** The table of exact results: request, then before block of creation, from it on, from the block of updates on. */
const RESULTS: [string, PolicyRequest, [boolean, boolean, boolean]][] = [
  ['creation with the old runtime', create('old'), [true, false, false]],
  ['a configuration update that goes back to the old runtime', configure('new', 'old'), [true, true, false]],
  ['a code update of a function on the old runtime', code('old'), [true, true, false]],
  ['a configuration update that stays on the old runtime', configure('old'), [true, true, false]],
  ['a configuration update that names the old runtime again', configure('old', 'old'), [true, true, false]],
  ['a configuration update that leaves the old runtime', configure('old', 'new'), [true, true, true]],
];

for (const [title, request, [before, createBlocked, updateBlocked]] of RESULTS) {
  test(`${title} is ${before} / ${createBlocked} / ${updateBlocked} over the phases`, () => {
    const allowed = (nowEpochMs: number) => decide(POLICY, nowEpochMs, request).allowed;
    assert.is(allowed(at('2029-12-31')), before, 'before deprecation');
    assert.is(allowed(at('2030-01-15')), before, 'deprecated');
    assert.is(allowed(at('2030-02-01') - 1), before, 'the last instant before the creation block');
    assert.is(allowed(at('2030-02-01')), createBlocked, 'the first instant of the creation block');
    assert.is(allowed(at('2030-03-01') - 1), createBlocked, 'the last instant before the update block');
    assert.is(allowed(at('2030-03-01')), updateBlocked, 'the first instant of the update block');
  });
}

for (const runtime of ['nonsense', 'NEW', 'next', 'image', 'inner', '', '__proto__'])
  test(`"${runtime}" is unknown to every request`, () => {
    for (const request of [create(runtime), code(runtime), configure('new', runtime)])
      assert.equal(decide(POLICY, at('2029-01-01'), request), { allowed: false, runtime, refusal: 'unknown' });
  });

test('a decision says in which phase the runtime is', () => {
  assert.equal(decide(POLICY, at('2030-01-01'), create('old')), { allowed: true, runtime: 'old', phase: 'deprecated' });
});

test('both blocks give the same recorded text', () => {
  const recorded =
    'The runtime parameter of go1.x is no longer supported for creating or updating AWS Lambda functions. ' +
    'We recommend you use a supported runtime while creating or updating functions.';
  for (const [day, request] of [['2026-01-12', create('go1.x')], ['2027-03-03', code('go1.x')]] as const) {
    const decision = decide(DEFAULT_POLICY, at(day), request);
    assert.is(decision.allowed, false);
    if (!decision.allowed) assert.is(refusalMessage(DEFAULT_POLICY, at(day), decision), recorded);
  }
});

test('an unknown runtime is answered with the set that may be created, without the blocked ones', () => {
  const decision = decide(POLICY, at('2030-02-01'), create('PYTHON3.9'));
  assert.is(decision.allowed, false);
  if (decision.allowed) return;
  const text = "Value PYTHON3.9 at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [new] or be a valid ARN";
  assert.is(refusalMessage(POLICY, at('2030-02-01'), decision), text);
});

test('the creation set holds every identifier recorded in January 2026 and no blocked one', () => {
  const recorded = ['nodejs20.x', 'python3.14', 'provided.al2023', 'python3.12', 'python3.13', 'nodejs24.x', 'nodejs22.x', 'java25',
    'python3.10', 'python3.11', 'java21', 'ruby3.3', 'ruby3.4', 'ruby3.2', 'python3.8', 'python3.9', 'java17', 'nodejs16.x', 'dotnet10',
    'dotnet8', 'java11', 'dotnet6', 'nodejs18.x', 'provided.al2', 'java8.al2'];
  const set = creationSet(DEFAULT_POLICY, at('2026-01-12'));
  for (const identifier of recorded) assert.ok(set.includes(identifier), identifier);
  for (const blocked of ['java8', 'go1.x', 'provided', 'ruby2.7', 'nodejs14.x', 'python3.7', 'dotnetcore3.1', 'nodejs12.x'])
    assert.not.ok(set.includes(blocked), blocked);
});

test('the known set holds blocked, preview and internal identifiers too', () => {
  const set = knownSet(DEFAULT_POLICY);
  for (const identifier of ['nodejs', 'nodejs4.3', 'nodejs26.x', 'python2.7', 'python3.15', 'ruby2.5', 'go1.9', 'byol', 'nasa', 'provided'])
    assert.ok(set.includes(identifier), identifier);
});

test.run();
