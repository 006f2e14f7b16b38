/** GET next: what is delivered, when, and with which headers. */
import { absent, between, milliseconds } from '../accept.ts';
import type { ConformanceCase } from '../case.ts';
import { readJson } from '../json.ts';
import { nowMs, sleep } from '../kit/now.ts';
import { UUID_PATTERN } from '../kit/seen.ts';
import { INVOKE_API, RECORDED, RUNTIME_API, rie } from './sources.ts';

const NEXT_HANDLER = rie('rapi/handler/invocationnext.go');
const RENDERING = rie('rapi/rendering/rendering.go');
const TRACE_ROOT = 'Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700';
const NEXT = { method: 'GET', path: '/2018-06-01/runtime/invocation/next' };

export const RUNTIME_NEXT_CASES: readonly ConformanceCase[] = [
  {
    id: 'next-payload-unusual-text',
    ref: 'RT-001',
    title: 'The event reaches the runtime byte for byte, odd whitespace and non-ASCII text included',
    source: `${RUNTIME_API}, Next invocation; ${RENDERING}`,
    level: 'required',
    needs: ['runtime-api'],
    accepts: [{ status: 200, isIdentical: true }],
    run: async (t) => {
      const payload = '\t{ "a" :\r\n [ 1 ,2.50, "Grüße – 你好 – 🚀" ] }\n ';
      const { invocation, runtime, event } = await t.accept({ payload });
      await runtime.respond(event.requestId);
      await t.answerOf(invocation);
      return { status: event.status, isIdentical: event.body.equals(Buffer.from(payload)), body: event.body.toString() };
    },
  },
  {
    id: 'next-blocks-until-invocation',
    ref: 'RT-002',
    title: 'Next without an invocation is not answered; an invocation is delivered to it at once',
    source: `${RUNTIME_API}, Next invocation: do not set a timeout`,
    level: 'required',
    needs: ['runtime-api'],
    
    accepts: [{ wasPending: true, status: 200, deliveredAfterMs: milliseconds(0, 200) }],
    run: async (t) => {
      const { runtime } = await t.exchange();
      const wasPending = await (await runtime.startNext()).isPendingAfter(5_000);
      const { invocation, event } = await t.accept();
      const deliveredAfterMs = event.reply.headAtMs - invocation.startedAtMs;
      await runtime.respond(event.requestId);
      await t.answerOf(invocation);
      return { wasPending, status: event.status, deliveredAfterMs };
    },
  },
  {
    id: 'next-request-id-unique',
    ref: 'RT-003',
    title: 'Every invocation has a request id of its own, a UUID',
    source: `${RUNTIME_API}, Next invocation, response headers; ${RECORDED}`,
    level: 'required',
    needs: ['runtime-api'],
    accepts: [{ count: 100, distinct: 100, malformed: [] }],
    run: async (t) => {
      const ids: string[] = [];
      for (let index = 0; index < 100; index += 1) ids.push((await t.exchange()).event.requestId);
      return { count: ids.length, distinct: new Set(ids).size, malformed: ids.filter((id) => !UUID_PATTERN.test(id)) };
    },
  },
  {
    id: 'next-deadline-from-timeout',
    ref: 'RT-004',
    title: 'The deadline is the time of the delivery plus the function timeout, in milliseconds since the epoch',
    source: `${RUNTIME_API}, Next invocation, Lambda-Runtime-Deadline-Ms`,
    level: 'required',
    needs: ['runtime-api'],
    accepts: [{ header: /^\d{13}$/, fromExpectedMs: between(-250, 250) }],
    run: async (t) => {
      await t.exchange();
      const { event, invocation, runtime } = await t.accept();
      const header = event.header('Lambda-Runtime-Deadline-Ms') ?? '';
      await runtime.respond(event.requestId);
      await t.answerOf(invocation);
      return { header, fromExpectedMs: Number(header) - (event.reply.headAtMs + 3_000) };
    },
  },
  {
    id: 'next-arn-form',
    ref: 'RT-005',
    title: 'The invoked function ARN has the form of a function ARN',
    source: `${RUNTIME_API}, Next invocation, Lambda-Runtime-Invoked-Function-Arn`,
    level: 'required',
    needs: ['runtime-api'],
    accepts: [{ arn: /^arn:[a-z-]+:lambda:[a-z]{2}(-[a-z]+)+-\d:\d{12}:function:[A-Za-z0-9_.-]+$/ }],
    run: async (t) => ({ arn: (await t.exchange()).event.header('Lambda-Runtime-Invoked-Function-Arn') }),
  },
  {
    id: 'next-arn-qualifier-as-asked',
    ref: 'RT-006',
    title: 'The ARN carries the qualifier that the invoker gave, and none when there was none',
    source: RECORDED,
    level: 'required',
    needs: ['runtime-api', 'qualifiers'],
    profile: 'aws',
    dependsOn: ['next-arn-form'],
    accepts: [{ qualified: /:function:[^:]+:\$LATEST$/, unqualified: /:function:[^:]+$/ }],
    run: async (t) => {
      const qualified = (await t.exchange({ qualifier: '$LATEST' })).event.header('Lambda-Runtime-Invoked-Function-Arn');
      const unqualified = (await t.exchange()).event.header('Lambda-Runtime-Invoked-Function-Arn');
      return { qualified, unqualified };
    },
  },
  {
    id: 'next-content-type-json',
    ref: 'RT-007',
    title: 'The event is delivered as application/json',
    source: `${RUNTIME_API}, Next invocation; ${RENDERING}`,
    level: 'required',
    needs: ['runtime-api'],
    accepts: [{ contentType: /^application\/json\b/ }],
    run: async (t) => ({ contentType: (await t.exchange()).event.header('Content-Type') }),
  },
  {
    id: 'next-trace-id-of-invoker',
    ref: 'RT-008',
    title: 'The trace header of the invoker reaches the runtime',
    source: `${RUNTIME_API}, Next invocation, Lambda-Runtime-Trace-Id`,
    level: 'required',
    needs: ['runtime-api'],
    profile: 'aws',
    accepts: [{ traceId: new RegExp(`^${TRACE_ROOT};`) }],
    run: async (t) => {
      const { event } = await t.exchange({ headers: { 'X-Amzn-Trace-Id': `${TRACE_ROOT};Parent=9a9197af755a6419;Sampled=1` } });
      return { traceId: event.header('Lambda-Runtime-Trace-Id') };
    },
  },
  {
    id: 'next-trace-id-without-invokers',
    ref: 'RT-009',
    title: 'A runtime is given a trace id even when the invoker sent none',
    source: RECORDED,
    level: 'required',
    needs: ['runtime-api'],
    profile: 'aws',
    accepts: [{ traceId: /^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=[01](;Lineage=.+)?$/ }],
    run: async (t) => ({ traceId: (await t.exchange()).event.header('Lambda-Runtime-Trace-Id') }),
  },
  {
    id: 'next-trace-id-never-in-emulator',
    ref: 'RT-010',
    title: 'The classic emulator never sends a trace id to the runtime',
    source: `${NEXT_HANDLER}; its tracer does nothing`,
    level: 'optional',
    needs: ['runtime-api'],
    profile: 'rie',
    accepts: [{ given: absent, notGiven: absent }],
    run: async (t) => {
      const given = (await t.exchange({ headers: { 'X-Amzn-Trace-Id': `${TRACE_ROOT};Parent=9a9197af755a6419;Sampled=1` } })).event;
      const notGiven = (await t.exchange()).event;
      return { given: given.header('Lambda-Runtime-Trace-Id'), notGiven: notGiven.header('Lambda-Runtime-Trace-Id') };
    },
  },
  {
    id: 'next-client-context-decoded',
    ref: 'RT-011',
    title: 'The client context of the invoker reaches the runtime as JSON, no longer in base64',
    source: `${RUNTIME_API}, Next invocation, Lambda-Runtime-Client-Context; ${RENDERING}`,
    level: 'required',
    needs: ['runtime-api'],
    accepts: [{ context: { custom: { k: 'v' } } }],
    run: async (t) => {
      const encoded = Buffer.from('{"custom":{"k":"v"}}').toString('base64');
      const { event } = await t.exchange({ headers: { 'X-Amz-Client-Context': encoded } });
      return { context: readJson(event.header('Lambda-Runtime-Client-Context') ?? '') };
    },
  },
  {
    id: 'next-client-context-absent',
    ref: 'RT-012',
    title: 'Without a client context there is no such header',
    source: RENDERING,
    level: 'optional',
    needs: ['runtime-api'],
    accepts: [{ status: 200, context: absent }],
    run: async (t) => {
      const { event } = await t.exchange();
      return { status: event.status, context: event.header('Lambda-Runtime-Client-Context') };
    },
  },
  {
    id: 'next-cognito-identity-members',
    ref: 'RT-013',
    title: 'The Cognito identity is JSON with the identity id and the pool id',
    source: `${RUNTIME_API}, Next invocation, Lambda-Runtime-Cognito-Identity; ${RENDERING}`,
    level: 'required',
    needs: ['runtime-api', 'cognito-identity'],
    accepts: [{ members: ['cognitoIdentityId', 'cognitoIdentityPoolId'] }],
    run: async (t) => {
      const header = t.target.cognitoHeader ?? '';
      const { event } = await t.exchange({ headers: { [header]: '{"cognitoIdentityId":"i","cognitoIdentityPoolId":"p"}' } });
      return { members: Object.keys(readJson(event.header('Lambda-Runtime-Cognito-Identity') ?? '') ?? {}).sort() };
    },
  },
  {
    id: 'next-tenant-id-of-invoker',
    ref: 'RT-014',
    title: 'The tenant id of the invoker reaches the runtime',
    source: `${INVOKE_API}, X-Amz-Tenant-Id; ${RENDERING}`,
    level: 'required',
    needs: ['runtime-api', 'tenant-id'],
    accepts: [{ tenantId: 'blue' }],
    run: async (t) => ({ tenantId: (await t.exchange({ headers: { 'X-Amz-Tenant-Id': 'blue' } })).event.header('Lambda-Runtime-Aws-Tenant-Id') }),
  },
  {
    id: 'next-tenant-id-absent',
    ref: 'RT-015',
    title: 'Without a tenant id there is no such header',
    source: RENDERING,
    level: 'optional',
    needs: ['runtime-api'],
    accepts: [{ status: 200, tenantId: absent }],
    run: async (t) => {
      const { event } = await t.exchange();
      return { status: event.status, tenantId: event.header('Lambda-Runtime-Aws-Tenant-Id') };
    },
  },
  {
    id: 'next-repeated-without-reply',
    ref: 'RT-016',
    title: 'Next without a reply in between gives the same event again',
    source: `${NEXT_HANDLER}; ${rie('core/states.go')}`,
    level: 'optional',
    needs: ['runtime-api'],
    accepts: [{ status: 200, hasSameId: true, hasSameBody: true, afterMs: milliseconds(0, 500) }],
    run: async (t) => {
      const { invocation, runtime, event } = await t.accept({ payload: '{"n":1}' });
      const askedAtMs = nowMs();
      const again = await runtime.next(1_000);
      await runtime.respond(event.requestId);
      await t.answerOf(invocation);
      return {
        status: again.status,
        hasSameId: again.requestId === event.requestId,
        hasSameBody: again.body.equals(event.body),
        // Stamped by two processes, whose clocks may differ by a few milliseconds.
        afterMs: Math.max(0, again.reply.endAtMs - askedAtMs),
      };
    },
  },
  {
    id: 'next-twice-one-invocation',
    ref: 'RT-017',
    title: 'Of two pending calls of next exactly one is given the one invocation',
    source: NEXT_HANDLER,
    level: 'optional',
    needs: ['runtime-api'],
    fresh: true,
    accepts: [{ answered: 1, pending: 1 }],
    run: async (t) => {
      const { runtime } = await t.exchange();
      const first = await runtime.startNext();
      const second = (await runtime.connect()).start(NEXT);
      await sleep(50);
      await t.invoke();
      await Promise.race([first.reply(3_000), second.reply(3_000)]).catch(() => {});
      await sleep(300);
      const calls = [first, second];
      return { answered: calls.filter(({ isPending }) => !isPending).length, pending: calls.filter(({ isPending }) => isPending).length };
    },
  },
];
