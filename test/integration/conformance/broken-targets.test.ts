// time-limit-seconds: 420
// exclusive: each of twenty targets goes through dozens of cases
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseRuntimeTarget, parseTarget, runCases, runRuntimeCases, RUNTIME_TOPICS, TOPICS } from '../../conformance/index.ts';
import type { CaseResult } from '../../conformance/index.ts';

const FIXTURES = join(import.meta.dirname, '..', '..', 'fixtures', 'conformance');
/** The times of a machine that does much else; the defects here are none of time. */
const TOLERANCE = 10;
const PATIENCE_MS = 500;
const JOBS = 4;
/** Targets at the same time: most of the cases wait most of their time. */
const TARGETS_AT_ONCE = 3;
const SERVER_TOPICS = ['runtime-next', 'runtime-response', 'runtime-error'];
/** Half a minute of a stopped process shows nothing about these. */
const LEFT_OUT = ['frozen-while-waiting'];

/** All of them begin at once, as far as the number allows; each test waits for its own. */
const waiting: (() => Promise<void>)[] = [];

function soon(act: () => Promise<string[]>): Promise<string[]> {
  return new Promise((resolve, reject) => waiting.push(() => act().then(resolve, reject)));
}

const test = suite('conformance/broken-targets');

const wholeRuntime = soon(() => failingOfRuntime('nothing'));
test('a small runtime without a defect passes every case that applies', async () => assert.equal(await wholeRuntime, []));

for (const [defect, id] of [
  ['id-not-encoded', 'request-id-encoded'],
  ['error-without-type', 'handler-error-posted'],
  ['output-trimmed', 'output-unmodified'],
  ['no-user-agent', 'requests-name-their-agent'],
  ['needs-arn', 'event-without-arn'],
  ['stack-as-text', 'handler-error-stack'],
  ['repeats-413', 'response-too-large-answered'],
  ['init-error-type-plain', 'init-error-type-header'],
  ['nothing-is-empty', 'response-of-nothing'],
  ['trace-kept', 'trace-variable-cleared'],
  ['response-type-text', 'response-content-type'],
  ['ignores-sigterm', 'ends-on-sigterm'],
  ['hot-loop', 'next-refused-repeatedly'],
  ['survives-500', 'response-answered-500'],
  ['ends-after-error', 'handler-error-survived'],
] as const) {
  const failing = soon(() => failingOfRuntime(defect));
  test(`a runtime with the defect "${defect}" is caught by ${id} alone`, async () => assert.equal(await failing, [id]));
}

const wholeServer = soon(() => failingOfServer('nothing'));
test('a small server without a defect passes every case of the three topics', async () => assert.equal(await wholeServer, []));

for (const [defect, id] of [
  ['event-content-type', 'next-content-type-json'],
  ['deadline-in-seconds', 'next-deadline-from-timeout'],
  ['arn-is-name', 'next-arn-form'],
  ['client-context-encoded', 'next-client-context-decoded'],
  ['response-as-text', 'response-body-all-byte-values'],
  ['request-id-counter', 'next-request-id-unique'],
  ['payload-reserialised', 'next-payload-unusual-text'],
  ['trace-dropped', 'next-trace-id-of-invoker'],
  ['small-headers', 'error-xray-cause-large'],
  ['cause-kept', 'error-cause-removed'],
  ['empty-refused', 'response-body-empty'],
] as const) {
  const failing = soon(() => failingOfServer(defect));
  test(`a server with the defect "${defect}" is caught by ${id} alone`, async () => assert.equal(await failing, [id]));
}

async function failingOfRuntime(defect: string): Promise<string[]> {
  const path = join(FIXTURES, 'tiny-runtime.json');
  const target = parseRuntimeTarget(readFileSync(path, 'utf8'), path);
  const cases = RUNTIME_TOPICS.flatMap((topic) => topic.cases).filter(({ id }) => !LEFT_OUT.includes(id));
  const options = { target: { ...target, environment: { BROKEN: defect } }, tolerance: TOLERANCE, patienceMs: PATIENCE_MS };
  const failing = notPassed(await runRuntimeCases({ ...options, cases, jobs: JOBS }));
  return confirmed(failing, () => runRuntimeCases({ ...options, cases: cases.filter(({ id }) => failing.includes(id)), jobs: 1 }));
}

async function failingOfServer(defect: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-broken-'));
  try {
    const text = readFileSync(join(FIXTURES, 'tiny-server.json'), 'utf8').replaceAll('{here}', FIXTURES).replace(/\{env:[^}]*\}/, `--broken=${defect}`);
    writeFileSync(join(folder, 'tiny-server.json'), text);
    const target = parseTarget(text, join(folder, 'tiny-server.json'));
    const cases = TOPICS.filter(({ name }) => SERVER_TOPICS.includes(name)).flatMap((topic) => topic.cases);
    const failing = notPassed(await runCases({ target, cases, jobs: JOBS, tolerance: TOLERANCE }));
    return await confirmed(failing, () => runCases({ target, cases: cases.filter(({ id }) => failing.includes(id)), jobs: 1, tolerance: TOLERANCE }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A defect fails its case every time; what a busy machine did to a case is not repeated alone. */
async function confirmed(failing: readonly string[], again: () => Promise<CaseResult[]>): Promise<string[]> {
  if (failing.length === 0) return [];
  return (await again()).filter(({ status }) => status !== 'pass').map(({ case: one }) => one.id);
}

function notPassed(results: readonly CaseResult[]): string[] {
  assert.ok(results.some(({ status }) => status === 'pass'));
  return results.filter(({ status }) => status !== 'pass' && status !== 'skip').map(({ case: one }) => one.id);
}

async function work(): Promise<void> {
  for (let act = waiting.shift(); act !== undefined; act = waiting.shift()) await act();
}

void Promise.all(Array.from({ length: TARGETS_AT_ONCE }, work));
test.run();
