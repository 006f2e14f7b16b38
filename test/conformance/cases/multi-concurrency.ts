/** Managed instances: several invocations at once in one environment. */
import { anyOf, between, milliseconds } from '../accept.ts';
import type { ConformanceCase } from '../case.ts';
import type { Exchange } from '../http/client.ts';
import { nowMs, sleep } from '../kit/now.ts';
import { NothingHappened } from '../kit/nothing-happened.ts';
import type { RuntimeClient } from '../kit/runtime-client.ts';
import { seenAnswer, seenReply } from '../kit/seen.ts';
import type { SeenReply } from '../kit/seen.ts';
import { probe } from '../kit/setup.ts';
import type { Setup } from '../kit/setup.ts';
import type { Trial } from '../kit/trial.ts';
import { lmi, MANAGED_INSTANCES } from './sources.ts';
import { errorWhileStreaming, ResponseStream } from './streaming-support.ts';

const NEXT = { method: 'GET', path: '/2018-06-01/runtime/invocation/next' };
const ROUTER = lmi('rapi/router.go');
const INVOKES = lmi('invoke');
const MIB = 1024 * 1024;

const FOUR: Setup = { maxConcurrency: 4, bootstrap: 'lookup', files: { 'task/bootstrap': probe() } };
const BASE = { level: 'optional', needs: ['multi-concurrency', 'folders'], setup: FOUR } as const;

export const MULTI_CONCURRENCY_CASES: readonly ConformanceCase[] = [
  {
    ...BASE,
    id: 'concurrent-four-delivered',
    ref: 'LMI-001',
    title: 'Four waiting workers are given four invocations at once',
    source: `${MANAGED_INSTANCES}; ${INVOKES}`,
    level: 'required',
    accepts: [{ delivered: 4, distinct: 4 }],
    run: async (t) => {
      const { waiting } = await workers(t, 4);
      await invokeMany(t, 4);
      const ids = await Promise.all(waiting.map(idOf));
      return { delivered: ids.length, distinct: new Set(ids).size };
    },
  },
  {
    ...BASE,
    id: 'concurrent-replies-reversed',
    ref: 'LMI-002',
    title: 'Replies in reverse order reach their own invokers',
    source: `${MANAGED_INSTANCES}; ${INVOKES}`,
    level: 'required',
    accepts: [{ mismatches: [] }],
    run: async (t) => {
      const { runtime, waiting } = await workers(t, 4);
      const invocations = [];
      for (let index = 0; index < 4; index += 1) invocations.push(await t.invoke({ payload: `{"n":${index}}` }));
      const events = await Promise.all(waiting.map((exchange) => exchange.reply()));
      for (const event of events.toReversed()) await runtime.respond(event.headers.get('lambda-runtime-aws-request-id') ?? '', event.body);
      const answers = await Promise.all(invocations.map(({ exchange }) => exchange.reply()));
      return { mismatches: answers.map(({ text }, index) => (text === `{"n":${index}}` ? '' : text)).filter((text) => text !== '') };
    },
  },
  {
    ...BASE,
    id: 'concurrent-next-is-new-worker',
    ref: 'LMI-003',
    title: 'Next while another invocation is unanswered gives a new event',
    source: INVOKES,
    accepts: [{ areDifferent: true }],
    run: async (t) => {
      const { runtime, waiting } = await workers(t, 1);
      await t.invoke();
      const first = await idOf(waiting[0]);
      const next = (await runtime.connect()).start(NEXT);
      await next.isPendingAfter(100);
      await t.invoke();
      return { areDifferent: (await idOf(next)) !== first };
    },
  },
  {
    ...BASE,
    id: 'concurrent-timeout-of-one',
    ref: 'LMI-004',
    title: 'A timeout fails its own invocation only: the process and the other invocation go on',
    source: `${MANAGED_INSTANCES}; ${INVOKES}`,
    level: 'required',
    setup: { ...FOUR, timeoutSeconds: 1 },
    accepts: [{ timedOut: { errorType: anyOf('Sandbox.Timedout') }, other: { body: '"other"' }, isAlive: true }],
    run: async (t) => {
      const { runtime, waiting } = await workers(t, 2);
      const slow = await t.invoke();
      await sleep(500);
      const other = await t.invoke();
      const [, second] = await Promise.all(waiting.map(idOf));
      const timedOut = seenAnswer(await slow.exchange.reply());
      await runtime.respond(second ?? '', '"other"');
      const answer = await other.exchange.reply();
      return { timedOut, other: seenAnswer(answer), isAlive: runtime.probe.isAlive };
    },
  },
  lateCase({ id: 'concurrent-late-response', ref: 'LMI-005', title: 'The first late response is answered with 410', index: 0, accepts: { status: 410, errorType: 'InvokeTimeout', errorMessage: 'Invoke timeout' } }),
  lateCase({ id: 'concurrent-late-response-twice', ref: 'LMI-006', title: 'The second late response is answered with 400', index: 1, accepts: { status: 400, errorType: 'InvalidRequestID' } }),
  {
    ...BASE,
    id: 'concurrent-response-twice',
    ref: 'LMI-007',
    title: 'A second response is answered with 400',
    source: INVOKES,
    accepts: [{ first: 202, second: { status: 400, errorType: 'InvalidRequestID' } }],
    run: async (t) => {
      const { runtime, waiting } = await workers(t, 1);
      const invocation = await t.invoke();
      const id = await idOf(waiting[0]);
      const first = await runtime.respond(id);
      await invocation.exchange.reply();
      return { first: first.status, second: seenReply(await runtime.respond(id)) };
    },
  },
  {
    ...BASE,
    id: 'concurrent-no-idle-worker',
    ref: 'LMI-008',
    title: 'Without an idle worker an invocation is refused at once',
    source: INVOKES,
    accepts: [{ isUnavailable: true, afterMs: milliseconds(0, 500) }],
    run: async (t) => {
      const { waiting } = await workers(t, 1);
      await t.invoke();
      await idOf(waiting[0]);
      const second = await t.invoke();
      const reply = await second.exchange.reply(2_500);
      const type = `${reply.headers.get('error-type') ?? ''} ${reply.text}`;
      return { isUnavailable: type.includes('Runtime.Unavailable'), status: reply.status, said: type, afterMs: Math.round(reply.endAtMs - second.startedAtMs) };
    },
  },
  {
    ...BASE,
    id: 'concurrent-external-invoke-event',
    ref: 'LMI-009',
    title: 'An external extension cannot have INVOKE',
    source: `${MANAGED_INSTANCES}; ${lmi('core/registrations.go')}`,
    level: 'required',
    needs: ['multi-concurrency', 'folders', 'extensions'],
    setup: { ...FOUR, extensions: ['a'] },
    accepts: [{ status: 403, errorType: 'Extension.InvalidEventType', errorMessage: 'INVOKE: ErrorInvalidEventType' }],
    run: async (t) => {
      const refused = Promise.withResolvers<SeenReply>();
      t.everyExtension('a', async (process) => refused.resolve(seenReply(await process.register('a', '{"events":["INVOKE"]}'))));
      await wake(t);
      return { ...(await refused.promise) };
    },
  },
  {
    ...BASE,
    id: 'concurrent-internal-events',
    ref: 'LMI-010',
    title: 'An internal extension cannot have any event',
    source: lmi('core/registrations.go'),
    needs: ['multi-concurrency', 'folders', 'extensions'],
    accepts: [{ status: 403, errorType: 'Extension.InvalidEventType', errorMessage: 'No events allowed for internal extensions' }],
    run: async (t) => {
      await wake(t);
      return { ...seenReply(await (await t.runtime()).register('inner', '{"events":["INVOKE"]}')) };
    },
  },
  {
    ...BASE,
    id: 'concurrent-error-while-streaming',
    ref: 'LMI-011',
    title: 'An error for an invocation whose response has begun is accepted and cuts the response',
    source: lmi('rapi/handler/invocationerror.go'),
    accepts: [{ status: 202, hasWholeResponse: false }],
    run: async (t) => {
      const { runtime, waiting } = await workers(t, 1);
      const invocation = await t.invoke();
      const id = await idOf(waiting[0]);
      const stream = await ResponseStream.open(runtime, id);
      stream.write('begun');
      await sleep(100);
      const { error } = await errorWhileStreaming(runtime, id, stream);
      const answer = await invocation.exchange.reply();
      const isMarked = answer.headers.has('error-type') || answer.headers.has('x-amz-function-error');
      return { status: error.status, hasWholeResponse: answer.status === 200 && answer.isComplete && answer.text === 'begun' && !isMarked, answer: seenAnswer(answer) };
    },
  },
  {
    ...BASE,
    id: 'concurrent-error-too-large',
    ref: 'LMI-012',
    title: 'An error body of more than 1 MiB is answered with 413',
    source: lmi('rapi/handler/invocationerror.go'),
    accepts: [{ status: 413, errorType: 'RequestEntityTooLarge' }],
    run: async (t) => {
      const { runtime, waiting } = await workers(t, 1);
      await t.invoke();
      return { ...seenReply(await runtime.error(await idOf(waiting[0]), Buffer.alloc(MIB + 1, 'a'))) };
    },
  },
  {
    ...BASE,
    id: 'concurrent-exit-ends-environment',
    ref: 'LMI-013',
    title: 'The exit of the runtime ends the environment; it is not initialised again',
    source: `${MANAGED_INSTANCES}; ${lmi('rapid')}`,
    level: 'required',
    accepts: [{ processes: 1, isSuccess: false }],
    run: async (t) => {
      const { runtime, waiting } = await workers(t, 1);
      const invocation = await t.invoke();
      await idOf(waiting[0]);
      await runtime.exit(1);
      const answer = await invocation.exchange.reply();
      await sleep(500);
      return { processes: t.runtimeProbes.length, isSuccess: answer.status === 200 && answer.isComplete && answer.text === '{}' };
    },
  },
  {
    ...BASE,
    id: 'concurrent-environment',
    ref: 'LMI-014',
    title: 'The environment names the concurrency, managed instances and the JSON log format',
    source: `${MANAGED_INSTANCES}; ${lmi('rapidcore/env')}`,
    level: 'required',
    accepts: { aws: [{ maxConcurrency: '4', type: 'lambda-managed-instances', logFormat: 'JSON' }], rie: [{ maxConcurrency: '4', type: 'lambda-managed-instances', logFormat: /^json$/i }] },
    run: async (t) => {
      await wake(t);
      const { environment } = await t.runtime();
      return { maxConcurrency: environment['AWS_LAMBDA_MAX_CONCURRENCY'], type: environment['AWS_LAMBDA_INITIALIZATION_TYPE'], logFormat: environment['AWS_LAMBDA_LOG_FORMAT'] };
    },
  },
  {
    ...BASE,
    id: 'concurrent-one-worker-suffices',
    ref: 'LMI-015',
    title: 'One ready worker of four is enough for invocations',
    source: MANAGED_INSTANCES,
    level: 'required',
    accepts: [{ answer: { status: 200, body: '"one"' }, afterMs: between(0, 3_000) }],
    run: async (t) => {
      const { runtime, waiting } = await workers(t, 1);
      const startedAtMs = nowMs();
      const invocation = await t.invoke();
      await runtime.respond(await idOf(waiting[0]), '"one"');
      return { answer: seenAnswer(await invocation.exchange.reply()), afterMs: Math.round(nowMs() - startedAtMs) };
    },
  },
];

/** Some servers initialise at their start, some at the first invocation. */
async function wake(t: Trial): Promise<boolean> {
  try {
    await t.instance.waitForProbe(() => true, 'any process', 1_000);
    return false;
  } catch (error) {
    if (!(error instanceof NothingHappened)) throw error;
    await t.invoke();
    return true;
  }
}

/** So many pending calls of next, each on a connection of its own as if by a thread of the runtime. */
async function workers(t: Trial, count: number): Promise<{ runtime: RuntimeClient; waiting: Exchange[] }> {
  const wasWoken = await wake(t);
  const runtime = await t.runtime();
  if (wasWoken) {
    const first = await runtime.next();
    await runtime.respond(first.requestId);
    runtime.forgetNext();
  }
  const waiting: Exchange[] = [];
  for (let index = 0; index < count; index += 1) waiting.push((await runtime.connect()).start(NEXT));
  await waiting.at(-1)?.isPendingAfter(150);
  return { runtime, waiting };
}

async function invokeMany(t: Trial, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) await t.invoke();
}

async function idOf(exchange: Exchange | undefined): Promise<string> {
  return (await exchange?.reply())?.headers.get('lambda-runtime-aws-request-id') ?? '';
}

function lateCase(options: { id: string; ref: string; title: string; index: number; accepts: Record<string, unknown> }): ConformanceCase {
  return {
    ...BASE,
    id: options.id,
    ref: options.ref,
    title: options.title,
    source: `${INVOKES}; ${ROUTER}`,
    setup: { ...FOUR, timeoutSeconds: 1 },
    dependsOn: ['concurrent-timeout-of-one'],
    accepts: [options.accepts],
    run: async (t) => {
      const { runtime, waiting } = await workers(t, 1);
      const invocation = await t.invoke();
      const id = await idOf(waiting[0]);
      await invocation.exchange.reply();
      await sleep(50);
      const replies = [];
      for (let index = 0; index <= options.index; index += 1) replies.push(seenReply(await runtime.respond(id)));
      return { ...replies[options.index] };
    },
  };
}
