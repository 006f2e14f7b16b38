/** Connections, framing and sizes: what HTTP allows a runtime to do must not change the result. */
import { containing } from '../accept.ts';
import type { ConformanceCase } from '../case.ts';
import type { Exchange } from '../http/client.ts';
import { writeRequestHead } from '../http/request.ts';
import type { HttpRequest } from '../http/request.ts';
import { sleep } from '../kit/now.ts';
import { responseRequest } from '../kit/runtime-client.ts';
import { seenAnswer, seenReply } from '../kit/seen.ts';
import type { Trial } from '../kit/trial.ts';
import { OPEN_API, QUOTAS, RECORDED, RUNTIME_API, issue, rie } from './sources.ts';

const NEXT = { method: 'GET', path: '/2018-06-01/runtime/invocation/next' };
/** Six MiB and a hundred bytes: the enforced limit of a buffered response. */
const RESPONSE_BYTES_MAX = 6_291_556;
const EVENT_BYTES_MAX = 6 * 1024 * 1024;
const RESPONSE_HANDLER = rie('rapi/handler/invocationresponse.go');

export const RUNTIME_TRANSPORT_CASES: readonly ConformanceCase[] = [
  {
    id: 'response-at-size-limit',
    ref: 'RT-048',
    title: 'A response of 6,291,556 bytes is accepted and delivered',
    source: `${RESPONSE_HANDLER}; ${RECORDED}, test_lambda_large_response`,
    level: 'required',
    needs: ['runtime-api'],
    accepts: [{ posted: 202, status: 200, byteLength: RESPONSE_BYTES_MAX, isIdentical: true }],
    run: async (t) => {
      const body = jsonText(RESPONSE_BYTES_MAX);
      const { posted, answer } = await t.exchange({}, body);
      return { posted: posted.status, status: answer.status, byteLength: answer.body.length, isIdentical: answer.body.equals(body) };
    },
  },
  {
    id: 'response-above-size-limit',
    ref: 'RT-049',
    title: 'A response of one byte more is refused with 413',
    source: `${RESPONSE_HANDLER}; ${OPEN_API} (code)`,
    level: 'required',
    needs: ['runtime-api'],
    accepts: [{ status: 413, errorType: 'RequestEntityTooLarge', errorMessage: 'Exceeded maximum allowed payload size (6291556 bytes).' }],
    run: async (t) => seenReply((await postTooLarge(t)).posted),
  },
  {
    id: 'response-above-size-limit-invoker',
    ref: 'RT-050',
    title: 'The invoker of a response that is too large gets a function error that names the limit',
    source: `${RECORDED}, test_lambda_too_large_response`,
    level: 'required',
    needs: ['runtime-api'],
    profile: 'aws',
    dependsOn: ['response-above-size-limit'],
    accepts: [
      {
        functionError: 'Unhandled',
        errorType: 'Function.ResponseSizeTooLarge',
        errorMessage: 'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
      },
    ],
    run: async (t) => ({ ...seenAnswer((await postTooLarge(t)).answer) }),
  },
  {
    id: 'response-above-size-limit-invoker-rie',
    ref: 'RT-051',
    title: 'The classic emulator names the size of a response that is too large',
    source: RESPONSE_HANDLER,
    level: 'optional',
    needs: ['runtime-api'],
    profile: 'rie',
    dependsOn: ['response-above-size-limit'],
    accepts: [{ body: containing('Response payload size (6291557 bytes)') }],
    run: async (t) => ({ ...seenAnswer((await postTooLarge(t)).answer) }),
  },
  {
    id: 'next-after-response-above-limit',
    ref: 'RT-052',
    title: 'After a response that was too large the same process handles the next event',
    source: `${RECORDED}, test_lambda_too_large_response; ${RESPONSE_HANDLER}`,
    level: 'required',
    needs: ['runtime-api'],
    dependsOn: ['response-above-size-limit'],
    fresh: true,
    accepts: [{ isSameProcess: true, answer: { status: 200, body: '"small"' } }],
    run: async (t) => {
      const { runtime } = await postTooLarge(t);
      const after = await t.exchange({}, '"small"');
      return { isSameProcess: after.runtime.pid === runtime.pid, answer: seenAnswer(after.answer) };
    },
  },
  {
    id: 'response-body-cut-short',
    ref: 'RT-059',
    title: 'A response that ends before its declared length is never a success for the invoker',
    source: RESPONSE_HANDLER,
    level: 'optional',
    needs: ['runtime-api'],
    setup: { timeoutSeconds: 2 },
    accepts: [{ isTruncatedSuccess: false }],
    run: async (t) => {
      const { invocation, runtime, event } = await t.accept();
      const client = await runtime.connect();
      const request = responseRequest(event.requestId, '', { headers: { 'Content-Length': '100', 'Content-Type': 'application/json' } });
      client.write(Buffer.concat([writeRequestHead(request, client.host), Buffer.from('{"a":"bcde')]));
      await sleep(50);
      client.destroy();
      const answer = await invocation.exchange.reply(6_000);
      const seen = seenAnswer(answer);
      return { ...seen, isTruncatedSuccess: answer.status === 200 && seen.functionError === undefined && seen.body === '{"a":"bcde' };
    },
  },
  {
    id: 'header-names-any-case',
    ref: 'RT-060',
    title: 'Header names mean the same in lower case and in upper case',
    source: `RFC 9110, section 5.1; ${RUNTIME_API}`,
    level: 'required',
    needs: ['runtime-api'],
    accepts: [{ lower: { errorType: 'T', hasCause: false }, upper: { errorType: 'T', hasCause: false } }],
    run: async (t) => ({ lower: await postCause(t, 'content-type'), upper: await postCause(t, 'CONTENT-TYPE') }),
  },
  {
    id: 'connection-kept-for-100-invocations',
    ref: 'RT-061',
    title: 'A hundred invocations in a row work on one connection',
    source: `${RUNTIME_API}; every official client keeps its connection`,
    level: 'optional',
    needs: ['runtime-api'],
    fresh: true,
    accepts: [{ posted: 100, answered: 100 }],
    run: async (t) => {
      const first = await t.invoke();
      const client = await (await t.runtime()).connect();
      let next = client.start(NEXT);
      let posted = 0;
      let answered = 0;
      for (let index = 0; index < 100; index += 1) {
        const invocation = index === 0 ? first : await t.invoke();
        const requestId = (await next.reply()).headers.get('lambda-runtime-aws-request-id') ?? '';
        if ((await client.request(responseRequest(requestId, String(index)))).status === 202) posted += 1;
        next = client.start(NEXT);
        if ((await invocation.exchange.reply()).text === String(index)) answered += 1;
      }
      return { posted, answered };
    },
  },
  {
    id: 'connection-closed-after-each-call',
    ref: 'RT-062',
    title: 'A runtime that closes its connection after each call is served',
    source: 'RFC 9112, section 9.6; clients without keep-alive',
    level: 'optional',
    needs: ['runtime-api'],
    fresh: true,
    accepts: [{ answers: ['0', '1', '2', '3', '4'] }],
    run: async (t) => {
      const call = async (request: HttpRequest): Promise<Exchange> =>
        (await runtime.connect()).start({ ...request, headers: { ...request.headers, Connection: 'close' } });
      const first = await t.invoke();
      const runtime = await t.runtime();
      let next = await call(NEXT);
      const answers: string[] = [];
      for (let index = 0; index < 5; index += 1) {
        const invocation = index === 0 ? first : await t.invoke();
        const requestId = (await next.reply()).headers.get('lambda-runtime-aws-request-id') ?? '';
        await (await call(responseRequest(requestId, String(index)))).reply();
        next = await call(NEXT);
        answers.push((await invocation.exchange.reply()).text);
      }
      return { answers };
    },
  },
  {
    id: 'next-after-dropped-connection',
    ref: 'RT-063',
    title: 'A runtime that lost its connection while waiting is served on the new one',
    source: issue('Nike-Inc/hal', 54),
    level: 'optional',
    needs: ['runtime-api'],
    fresh: true,
    accepts: [{ status: 200, answer: { status: 200, body: '"found"' } }],
    run: async (t) => {
      const first = await t.accept();
      const { runtime } = first;
      await runtime.respond(first.event.requestId);
      const dropped = await runtime.connect();
      const lost = dropped.start(NEXT);
      await first.invocation.exchange.reply();
      await lost.isPendingAfter(100);
      dropped.destroy();
      await sleep(100);
      const next = await runtime.startNext();
      await next.isPendingAfter(100);
      const { invocation, event } = await t.accept();
      await runtime.respond(event.requestId, '"found"');
      return { status: event.status, answer: seenAnswer(await t.answerOf(invocation)) };
    },
  },
  {
    id: 'response-expect-continue',
    ref: 'RT-065',
    title: 'A response that announces itself with Expect: 100-continue is accepted',
    source: 'RFC 9110, section 10.1.1; libcurl sends it for bodies above 1 MiB',
    level: 'optional',
    needs: ['runtime-api'],
    accepts: [{ status: 202, answer: { status: 200, body: '{"a":1}' } }],
    run: async (t) => {
      const { invocation, runtime, event } = await t.accept();
      const client = await runtime.connect();
      const request = responseRequest(event.requestId, '{"a":1}', { headers: { Expect: '100-continue', 'Content-Type': 'application/json' } });
      const exchange = client.expectReply(request);
      client.write(writeRequestHead(request, client.host));
      // A client may send the body without having been asked to; RFC 9110 wants it to wait a while.
      await exchange.isPendingAfter(200);
      client.write(Buffer.from('{"a":1}'));
      const reply = await exchange.reply();
      return { status: reply.status, interim: [...reply.interim], answer: seenAnswer(await t.answerOf(invocation)) };
    },
  },
  {
    id: 'event-of-6-mib',
    ref: 'RT-066',
    title: 'An event of 6 MiB is delivered whole',
    source: QUOTAS,
    level: 'required',
    needs: ['runtime-api'],
    accepts: [{ status: 200, byteLength: EVENT_BYTES_MAX, isIdentical: true }],
    run: async (t) => {
      const payload = jsonText(EVENT_BYTES_MAX);
      const { event } = await t.exchange({ payload });
      return { status: event.status, byteLength: event.body.length, isIdentical: event.body.equals(payload) };
    },
  },
  {
    id: 'event-above-size-limit',
    ref: 'RT-067',
    title: 'An event above the limit is refused with 413 and never delivered',
    source: `${QUOTAS}; ${rie('rapidcore/server.go')} cuts it silently`,
    level: 'required',
    needs: ['runtime-api'],
    profile: 'aws',
    fresh: true,
    accepts: [{ status: 413, isDelivered: false }],
    run: async (t) => {
      const { runtime } = await t.exchange();
      const next = await runtime.startNext();
      const invocation = await t.invoke({ payload: jsonText(EVENT_BYTES_MAX + 1024) });
      const answer = await invocation.exchange.reply();
      return { status: answer.status, isDelivered: !(await next.isPendingAfter(100)) };
    },
  },
];

/** A JSON string that is so many bytes long. */
function jsonText(byteLength: number): Buffer {
  const bytes = Buffer.alloc(byteLength, 'a');
  bytes.write('"', 0);
  bytes.write('"', byteLength - 1);
  return bytes;
}

async function postTooLarge(t: Trial) {
  const { invocation, runtime, event } = await t.accept();
  const posted = await runtime.respond(event.requestId, jsonText(RESPONSE_BYTES_MAX + 1));
  return { runtime, posted, answer: await t.answerOf(invocation) };
}

async function postCause(t: Trial, headerName: string) {
  const { invocation, runtime, event } = await t.accept();
  const body = '{"errorMessage":"m","errorType":"T","errorCause":{"message":"c"}}';
  await runtime.error(event.requestId, body, { headers: { [headerName]: 'application/vnd.aws.lambda.error.cause+json' } });
  const seen = seenAnswer(await t.answerOf(invocation));
  return { ...seen, hasCause: seen.body.includes('errorCause') };
}
