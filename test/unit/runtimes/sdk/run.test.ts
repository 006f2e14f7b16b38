import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Answer } from '../../../../runtimes/sdk/test-kit/index.ts';
import { withSdkProgram } from '../../../support/sdk-program.ts';

const test = suite('runtimes/sdk/run');
const member = (value: unknown, name: string): unknown => (typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined);
const errorOf = (answer: Answer): unknown => answer.error?.body;

/** Handlers of every kind, and what the platform gets for an event. */
const ANSWERS: { title: string; source: string; event: unknown; text: string; contentType?: string }[] = [
  { title: 'a function of events answers with JSON', source: `run((event) => ({ twice: event.n * 2 }))`, event: { n: 4 }, text: '{"twice":8}' },
  { title: 'a result that is undefined is answered as null', source: `run(async () => undefined)`, event: {}, text: 'null' },
  { title: 'a raw handler gets the bytes as they came and answers with bytes', source: `run(raw((bytes) => ({ body: bytes.slice().reverse(), contentType: 'text/plain' })))`, event: Buffer.from('abc'), text: 'cba', contentType: 'text/plain' },
  { title: 'text of all planes arrives as UTF-8', source: `run((event) => event)`, event: 'é😀\u2028', text: '"é😀\u2028"' },
  { title: 'a service that is loaded later answers', source: `run({ load: async () => typed(() => 'loaded') })`, event: {}, text: '"loaded"' },
];
for (const { title, source, event, text, contentType = 'application/json' } of ANSWERS) {
  test(title, () =>
    withSdkProgram({ source: `import { run, raw, typed } from 'rik/sdk'; await ${source};` }, async ({ api }) => {
      for (const round of [1, 2]) {
        const answer = await api.invoke(event);
        assert.equal([round, answer.kind, answer.text(), answer.contentType], [round, 'response', text, contentType]);
      }
    }));
}

test('a program that was bundled as CommonJS runs', () =>
  withSdkProgram({ format: 'cjs', source: `import { run } from 'rik/sdk'; run(() => 'cjs');` }, async ({ api }) => assert.is((await api.invoke({})).text(), '"cjs"')));

/** What a handler does, and what is reported for it. */
const ERRORS: { title: string; handler: string; headerType: string; body: Record<string, unknown> }[] = [
  { title: 'a thrown error', handler: `throw new TypeError('wrong')`, headerType: 'Function.TypeError', body: { errorType: 'TypeError', errorMessage: 'wrong' } },
  { title: 'an error with a type of its own', handler: `throw new LambdaError('Orders.NotFound', 'no order 7')`, headerType: 'Function.OrdersNotFound', body: { errorType: 'Orders.NotFound', errorMessage: 'no order 7' } },
  { title: 'a string', handler: `throw 'text'`, headerType: 'Function.String', body: { errorType: 'string', errorMessage: 'text', stackTrace: [] } },
  { title: 'an object without a text form', handler: `throw Object.create(null)`, headerType: 'Runtime.UnreadableError', body: { errorType: 'Runtime.UnreadableError' } },
  { title: 'a circle as result', handler: `const a = {}; a.a = a; return a`, headerType: 'Runtime.UnserialisableResult', body: { errorType: 'Runtime.UnserialisableResult' } },
  { title: 'a function as result', handler: `return () => 1`, headerType: 'Runtime.UnserialisableResult', body: { errorType: 'Runtime.UnserialisableResult' } },
  { title: 'a promise that nobody settles', handler: `return new Promise(() => {})`, headerType: 'Runtime.NeverSettled', body: { errorType: 'Runtime.NeverSettled' } },
];
for (const { title, handler, headerType, body } of ERRORS) {
  test(`${title} is reported and the next invocation is served`, () =>
    withSdkProgram({ source: `import { LambdaError, run } from 'rik/sdk'; await run((event) => { if (event.ok) return 1; ${handler}; });` }, async ({ api }) => {
      const answer = await api.invoke({});
      assert.equal([answer.kind, answer.error?.headerType], ['error', headerType]);
      for (const [name, value] of Object.entries(body)) assert.equal(member(errorOf(answer), name), value, name);
      assert.is((await api.invoke({ ok: true })).text(), '1');
    }));
}

test('an event that is no JSON is an error of its invocation only', () =>
  withSdkProgram({ source: `import { run } from 'rik/sdk'; await run((event) => event);` }, async ({ api }) => {
    assert.is(member(errorOf(await api.invoke(Buffer.from('{"a":'))), 'errorType'), 'SyntaxError');
    assert.is((await api.invoke(1)).text(), '1');
  }));

test('the causes of an error are told', () =>
  withSdkProgram({ source: `import { run } from 'rik/sdk'; await run(() => { throw new Error('outer', { cause: new RangeError('inner') }); });` }, async ({ api }) => {
    const cause = member(errorOf(await api.invoke({})), 'cause');
    assert.equal([member(cause, 'errorType'), member(cause, 'errorMessage')], ['RangeError', 'inner']);
  }));

test('the context tells what the platform told', () =>
  withSdkProgram(
    {
      source: `import { run } from 'rik/sdk'; await run((event, context) => ({ ...context, signal: context.signal.aborted, left: context.getRemainingTimeInMillis() > 0, trace: process.env._X_AMZN_TRACE_ID ?? null }));`,
      environment: { AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256' },
    },
    async ({ api }) => {
      const answer = (await api.invoke({}, { requestId: 'r-1', traceId: 'Root=1-a-b', tenantId: 't', clientContext: { custom: { a: 1 } }, identity: { cognitoIdentityId: 'i' } })).json();
      const expected = { awsRequestId: 'r-1', traceId: 'Root=1-a-b', trace: 'Root=1-a-b', tenantId: 't', clientContext: { custom: { a: 1 } }, identity: { cognitoIdentityId: 'i' }, functionName: 'f', memoryLimitInMB: '256', signal: false, left: true };
      for (const [name, value] of Object.entries(expected)) assert.equal(member(answer, name), value, name);
      assert.is(member((await api.invoke({})).json(), 'trace'), null);
    },
  ));

test('a client context that is no JSON is an error of its invocation only', () =>
  withSdkProgram({ source: `import { run } from 'rik/sdk'; await run(() => 1);` }, async ({ api }) => {
    assert.is((await api.invoke({}, { clientContext: '{' })).error?.headerType, 'Runtime.MalformedHeader');
    assert.is((await api.invoke({})).text(), '1');
  }));

test('the signal of the context aborts before the deadline', () =>
  withSdkProgram(
    { source: `import { run } from 'rik/sdk'; await run((event, { signal, getRemainingTimeInMillis }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve([signal.reason.name, getRemainingTimeInMillis() > 0]))), { abortBeforeDeadlineMs: 19_500 });` },
    async ({ api }) => assert.equal((await api.invoke({}, { timeoutMs: 20_000 })).json(), ['TimeoutError', true]),
  ));

test('a streamed response has its content type and comes piece by piece', () =>
  withSdkProgram(
    { source: `import { run, stream } from 'rik/sdk'; await run(stream(async function* () { yield 'one'; yield new Uint8Array([33]); yield { two: 2 }; }));` },
    async ({ api }) => {
      const chunks: string[] = [];
      const answer = await api.invoke({}, { onChunk: (chunk) => chunks.push(Buffer.from(chunk).toString('utf8')) });
      assert.equal([answer.kind, answer.isStreamed, answer.text(), answer.contentType], ['response', true, 'one!{"two":2}', 'application/octet-stream']);
      assert.is(chunks.join(''), 'one!{"two":2}');
    },
  ));

test('a stream can be written to, and its HTTP prelude goes out although nothing follows', () =>
  withSdkProgram(
    { source: `import { run, stream } from 'rik/sdk'; await run(stream(async (event, writer) => { writer.setHttp({ statusCode: 204, cookies: ['a=1'] }); if (event.body) await writer.write(event.body); }));` },
    async ({ api }) => {
      assert.equal((await api.invoke({})).http().prelude, { statusCode: 204, headers: {}, cookies: ['a=1'] });
      assert.is(Buffer.from((await api.invoke({ body: 'x' })).http().body).toString('utf8'), 'x');
    },
  ));

test('a stream that fails on the way ends with trailers, one that fails before its first byte with an error', () =>
  withSdkProgram(
    { source: `import { run, stream } from 'rik/sdk'; await run(stream(async function* (event) { if (event.late) yield 'begun'; throw new RangeError('broken'); }));` },
    async ({ api }) => {
      const late = await api.invoke({ late: true });
      assert.equal([late.kind, late.isStreamed, late.text(), late.error?.headerType, member(errorOf(late), 'errorMessage')], ['error', true, 'begun', 'Function.RangeError', 'broken']);
      const early = await api.invoke({});
      assert.equal([early.kind, early.isStreamed, member(errorOf(early), 'errorType')], ['error', false, 'RangeError']);
    },
  ));

test('a background handler works on after its answer, and the next invocation waits for it', () =>
  withSdkProgram(
    { source: `import { run, background } from 'rik/sdk'; let done = 0; await run(background(async (event, respond) => { respond(done); await new Promise((resolve) => setTimeout(resolve, 20)); done += 1; if (event.fail) throw new Error('afterwards'); }));` },
    async ({ api, printed }) => {
      assert.is((await api.invoke({})).text(), '0');
      assert.is((await api.invoke({ fail: true })).text(), '1');
      assert.is((await api.invoke({})).text(), '2');
      await printed(/ERROR\tError: afterwards/);
    },
  ));

test('interceptors stand around the handler, the first outermost, and see errors', () =>
  withSdkProgram(
    {
      source: `import { run } from 'rik/sdk';
        const order = [];
        const layer = (name) => ({ async invoke(invocation, next) { order.push(name); const reply = await next(name === 'b' ? invocation.withEvent({ ...invocation.event, seen: true }) : invocation); order.push('/' + name); return reply; } });
        await run((event) => { if (event.fail) throw new Error('x'); return { event, order: order.splice(0) }; }, { interceptors: [layer('a'), layer('b')], onError: (error, { awsRequestId }) => console.log('noted', error.message, awsRequestId) });`,
    },
    async ({ api, printed }) => {
      assert.equal((await api.invoke({})).json(), { event: { seen: true }, order: ['a', 'b'] });
      await api.invoke({ fail: true }, { requestId: 'failed-one' });
      await printed(/noted x failed-one/);
    },
  ));

test('with a concurrency of three, three invocations run at the same time and log under their own ids', () =>
  withSdkProgram(
    {
      source: `import { run } from 'rik/sdk'; let all = () => {}; const together = new Promise((resolve) => { all = resolve; }); let count = 0;
        await run(async (event, { awsRequestId }) => { if ((count += 1) === 3) all(); await together; console.log('mine', awsRequestId); return [awsRequestId, process.env._X_AMZN_TRACE_ID ?? null]; });`,
      environment: { AWS_LAMBDA_MAX_CONCURRENCY: '3' },
    },
    async ({ api, printed }) => {
      const answers = await Promise.all(['a', 'b', 'c'].map((requestId) => api.invoke({}, { requestId, traceId: 'Root=1-x-y' })));
      assert.equal(answers.map((answer) => answer.json()), [['a', null], ['b', null], ['c', null]]);
      const log = await printed(/mine c/);
      for (const id of ['a', 'b', 'c']) assert.match(log, new RegExp(`\\t${id}\\tINFO\\tmine ${id}\\n`));
    },
  ));

/** How a start fails, and what the platform is told. */
const START_FAILURES: { title: string; source: string; headerType: string; code: number; phase?: string; environment?: Record<string, string> }[] = [
  { title: 'a failing onInit', source: `run(() => 1, { async onInit() { throw new RangeError('no database'); } })`, headerType: 'Function.RangeError', code: 1 },
  { title: 'a handler that cannot be loaded', source: `run({ load: () => import(['./missing', 'mjs'].join('.')) })`, headerType: 'Function.Error', code: 1 },
  { title: 'something that is no handler', source: `run({ load: async () => 7 })`, headerType: 'Runtime.NoHandler', code: 1 },
  { title: 'a crash beside the initialisation', source: `run(() => 1, { onInit: () => new Promise(() => setTimeout(() => { throw new EvalError('beside'); }, 1)) })`, headerType: 'Function.EvalError', code: 1 },
  { title: 'a failing hook before the snapshot', source: `run(() => 1, { beforeSnapshot() { throw new Error('b'); } })`, headerType: 'Runtime.BeforeSnapshotError', code: 64, environment: { AWS_LAMBDA_INITIALIZATION_TYPE: 'snap-start' } },
  { title: 'a failing hook after the restore', source: `run(() => 1, { afterRestore() { throw new Error('a'); } })`, headerType: 'Runtime.AfterRestoreError', code: 65, phase: 'restore', environment: { AWS_LAMBDA_INITIALIZATION_TYPE: 'snap-start' } },
];
for (const { title, source, headerType, code, phase = 'init', environment = {} } of START_FAILURES) {
  test(`${title} is reported as an error of the ${phase} and ends the process with ${code}`, () =>
    withSdkProgram({ source: `import { run } from 'rik/sdk'; await ${source};`, environment }, async ({ api, exited, stdout }) => {
      api.restore();
      assert.equal(await exited, { code, signal: null });
      assert.equal(api.startErrors.map((error) => [error.phase, error.headerType]), [[phase, headerType]]);
      assert.match(stdout(), /\tFATAL\t/);
    }));
}

test('hooks run around the snapshot: before it in reverse order, after it in order, then invocations are taken', () =>
  withSdkProgram(
    {
      source: `import { run } from 'rik/sdk'; const order = []; const hook = (name) => ({ beforeSnapshot: () => void order.push('before ' + name), afterRestore: () => void order.push('after ' + name) });
        await run(() => order, { interceptors: [hook('a'), hook('b')] });`,
      environment: { AWS_LAMBDA_INITIALIZATION_TYPE: 'snap-start' },
    },
    async ({ api }) => {
      const answer = api.invoke({});
      api.restore();
      assert.equal((await answer).json(), ['before b', 'before a', 'after a', 'after b']);
    },
  ));

test('what is thrown outside of every promise is the answer of the running invocation and ends the process', () =>
  withSdkProgram({ source: `import { run } from 'rik/sdk'; await run(() => new Promise(() => setTimeout(() => { throw new EvalError('outside'); }, 1)));` }, async ({ api, exited }) => {
    const answer = await api.invoke({});
    assert.equal([answer.error?.headerType, member(errorOf(answer), 'errorMessage')], ['Function.EvalError', 'outside']);
    assert.is((await exited).code, 1);
  }));

test('a shutdown hook registers an extension, and SIGTERM runs it, aborts what runs and ends the process with 0', () =>
  withSdkProgram(
    { source: `import { run } from 'rik/sdk'; await run((event, { signal }) => { console.log('running'); return new Promise((resolve) => signal.addEventListener('abort', () => { console.log('told:', signal.reason.errorType); })); }, { async onShutdown() { console.log('closed'); } });` },
    async ({ api, exited, signal, printed, stdout }) => {
      void api.invoke({});
      await printed(/running/);
      assert.equal(api.extensions.registered.map(({ events, nextCount }) => [events, nextCount]), [[[], 1]]);
      signal('SIGTERM');
      assert.equal(await exited, { code: 0, signal: null });
      assert.match(stdout(), /told: Runtime\.Shutdown[\s\S]*closed/);
    },
  ));

test('without a shutdown hook no extension is registered', () =>
  withSdkProgram({ source: `import { run } from 'rik/sdk'; await run(() => 1);` }, async ({ api }) => {
    await api.invoke({});
    assert.is(api.extensions.registered.length, 0);
  }));

test('a Runtime API that is gone ends the process with 1', () =>
  withSdkProgram({ source: `import { run } from 'rik/sdk'; await run(() => 1);` }, async ({ api, exited }) => {
    await api.invoke({});
    await api.close();
    assert.is((await exited).code, 1);
  }));

test('records are text or JSON with the id of their invocation, from the level on that the environment names', () =>
  withSdkProgram(
    { source: `import { run } from 'rik/sdk'; await run((event, { log }) => { log.with({ order: 7 }).info('seen', { a: 1 }); log.debug('not shown'); console.warn('from a library'); log.error(new RangeError('shown')); return 1; });`, environment: { AWS_LAMBDA_LOG_FORMAT: 'JSON', AWS_LAMBDA_LOG_LEVEL: 'info' } },
    async ({ api, printed }) => {
      await api.invoke({}, { requestId: 'r-7', tenantId: 't-1' });
      const records: unknown[] = (await printed(/"shown"/)).trim().split('\n').map((line) => JSON.parse(line));
      assert.equal(records.map((record) => ['level', 'requestId', 'tenantId', 'message', 'order', 'errorType'].map((name) => member(record, name))), [
        ['INFO', 'r-7', 't-1', 'seen { a: 1 }', 7, undefined],
        ['WARN', 'r-7', 't-1', 'from a library', undefined, undefined],
        ['ERROR', 'r-7', 't-1', 'shown', undefined, 'RangeError'],
      ]);
    },
  ));

test('the program is reached on one connection, which stays open', () =>
  withSdkProgram({ source: `import { run } from 'rik/sdk'; await run(() => 1);` }, async ({ api }) => {
    for (let count = 0; count < 50; count += 1) await api.invoke({ count });
    assert.is(api.connectionCount, 1);
  }));

test.run();
