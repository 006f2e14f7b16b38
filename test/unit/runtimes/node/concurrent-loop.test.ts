/** Several invocations at once. Cases: managed-runtimes §1.7, NODE-112. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bodyOf, type FunctionRunner, type FunctionRunResult, openFunctionRunner } from '../../../support/function-run.ts';

const test = suite('runtimes/node/concurrent-loop');
let runner: FunctionRunner;
test.before(async () => {
  runner = await openFunctionRunner('nodejs');
});
test.after(() => runner.close());

type Run = { source: string; events: string[]; threads?: number; environment?: Record<string, string>; until?: 'exit' };

function run({ source, events, threads = 1, environment = {}, until }: Run): Promise<FunctionRunResult> {
  return runner.run({
    handler: 'index.handler',
    files: { 'index.mjs': source },
    environment: { AWS_LAMBDA_MAX_CONCURRENCY: '8', AWS_LAMBDA_NODEJS_WORKER_COUNT: String(threads), ...environment },
    invocations: events.map((event) => ({ event })),
    ...(until === undefined ? {} : { until }),
  });
}

/** Each waits for all the others: only side by side do they end. */
const MEETING = `
  let waiting = [];
  export const handler = async ({ name, of }) => {
    await new Promise((resolve) => { waiting.push(resolve); if (waiting.length === of) for (const go of waiting) go(); });
    return { name, id: awslambda.InvokeStore.getRequestId(), trace: process.env._X_AMZN_TRACE_ID ?? null };
  };`;

test('one thread serves several invocations side by side, each with its own request id', async () => {
  const { reports } = await run({ source: MEETING, events: [1, 2, 3, 4].map((name) => JSON.stringify({ name, of: 4 })) });
  assert.equal(reports.map((report) => [report.kind, Object(bodyOf(report)).id === report.requestId, Object(bodyOf(report)).trace]), Array.from({ length: 4 }, () => ['response', true, null]));
  assert.equal(new Set(reports.map((report) => Object(bodyOf(report)).name)).size, 4);
});

test('each thread takes invocations', async () => {
  const source = `
    import { threadId } from 'node:worker_threads';
    // Blocks its thread until the other one has taken its invocation, too.
    import { existsSync, writeFileSync } from 'node:fs';
    export const handler = async ({ mine, other }) => { writeFileSync(mine, ''); while (!existsSync(other)); return threadId; };`;
  const folder = `${runner.runtimeDir}/../met`;
  const events = [['a', 'b'], ['b', 'a']].map(([mine, other]) => JSON.stringify({ mine: `${folder}-${mine}`, other: `${folder}-${other}` }));
  const { reports } = await run({ source, events, threads: 2 });
  assert.is(new Set(reports.map(bodyOf)).size, 2);
});

test('log lines are JSON with the request id they belong to, whatever the format variable says', async () => {
  const source = `${MEETING.replace('return {', 'console.log(name); return {')}`;
  const { stdout, reports } = await run({ source, events: ['{"name":"a","of":2}', '{"name":"b","of":2}'] });
  const logged = stdout.trim().split('\n').map((line) => JSON.parse(line));
  const expected = new Map(reports.map((report) => [Object(bodyOf(report)).name, report.requestId]));
  assert.equal(new Map(logged.map(({ message, requestId }) => [message, requestId])), expected);
});

test('an error and an event that is no JSON concern their invocation only', async () => {
  const source = 'export const handler = async (event) => { if (event.fail) throw new RangeError("r"); return "ok"; };';
  const { reports } = await run({ source, events: ['{"fail":true}', '{bad', '{}'] });
  const kinds = Object.fromEntries(reports.map((report) => [report.requestId, report.kind === 'error' ? Object(bodyOf(report)).errorType : bodyOf(report)]));
  assert.equal(kinds, { r1: 'RangeError', r2: 'SyntaxError', r3: 'ok' });
});

test('responses are streamed side by side', async () => {
  const source = `
    let waiting = [];
    export const handler = awslambda.streamifyResponse(async ({ name }, stream) => {
      stream.write(name);
      await new Promise((resolve) => { waiting.push(resolve); if (waiting.length === 2) for (const go of waiting) go(); });
      stream.end(name);
    });`;
  const { reports } = await run({ source, events: ['{"name":"a"}', '{"name":"b"}'] });
  assert.equal(reports.map((report) => report.body.toString('utf8')).sort(), ['aa', 'bb']);
});

test('an initialisation that fails is reported, and the process ends', async () => {
  const { reports, exitCode } = await run({ source: 'throw new TypeError("boom");', events: [], until: 'exit' });
  assert.equal([exitCode, reports[0]?.kind, Object(bodyOf(reports[0])).errorType], [1, 'init-error', 'TypeError']);
});

test('a thread that dies takes only its own invocations with it', async () => {
  const source = `
    import { existsSync, writeFileSync } from 'node:fs';
    import { setTimeout as pause } from 'node:timers/promises';
    export const handler = async ({ dies, folder }) => {
      if (dies) {
        // Blocked until the other thread has its invocation.
        while (!existsSync(folder + '-taken'));
        setImmediate(() => { writeFileSync(folder + '-dying', ''); throw new Error('uc'); });
        return pause(60_000);
      }
      writeFileSync(folder + '-taken', '');
      while (!existsSync(folder + '-dying')) await pause(5);
      await pause(50);
      return 'alive';
    };`;
  const folder = `${runner.runtimeDir}/../death`;
  const { reports } = await runner.run({
    handler: 'index.handler',
    files: { 'index.mjs': source },
    environment: { AWS_LAMBDA_MAX_CONCURRENCY: '2', AWS_LAMBDA_NODEJS_WORKER_COUNT: '2' },
    prepare: (api) => api.offer({ event: JSON.stringify({ dies: true, folder }) }),
    invocations: [{ event: JSON.stringify({ folder }) }],
  });
  assert.equal(reports.map(bodyOf), ['alive']);
});

test.run();
