/** POST response: what is accepted, refused, and passed on to the invoker. */
import { anyOf, between } from '../accept.ts';
import type { ConformanceCase } from '../case.ts';
import { seenAnswer, seenReply } from '../kit/seen.ts';
import { OPEN_API, RUNTIME_API, rie } from './sources.ts';

const RESPONSE_HANDLER = rie('rapi/handler/invocationresponse.go');
const VALIDATE = rie('rapi/middleware/middleware.go');
const SECURITY = rie('rapi/security_test.go');
const GO_CLIENT = 'aws/aws-lambda-go lambda/runtime_api_client.go';
const NEVER_ISSUED = '00000000-0000-0000-0000-000000000000';
const INVALID_ID = { status: 400, errorType: 'InvalidRequestID', errorMessage: 'Invalid request ID' };
const REFUSED_TWICE = [INVALID_ID, { status: 403, errorType: 'InvalidStateTransition' }];

export const RUNTIME_RESPONSE_CASES: readonly ConformanceCase[] = [
  {
    id: 'response-accepted',
    ref: 'RT-018',
    title: 'A response for the current invocation is accepted with a JSON status',
    source: `${RUNTIME_API}, Invocation response; ${RESPONSE_HANDLER}; clients parse the body`,
    level: 'required',
    needs: ['runtime-api'],
    accepts: [{ status: 202, contentType: /^application\/json\b/, body: /^\s*\{\s*"status"\s*:\s*"OK"\s*\}\s*$/ }],
    run: async (t) => seenReply((await t.exchange()).posted),
  },
  {
    id: 'response-body-all-byte-values',
    ref: 'RT-019',
    title: 'The response reaches the invoker byte for byte, whatever its bytes are',
    source: RESPONSE_HANDLER,
    level: 'optional',
    needs: ['runtime-api'],
    dependsOn: ['response-accepted'],
    accepts: [{ status: 200, isIdentical: true }],
    run: async (t) => {
      const bytes = Buffer.from(Array.from({ length: 256 }, (_, value) => value));
      const { answer } = await t.exchange({}, bytes);
      return { status: answer.status, isIdentical: answer.body.equals(bytes), byteLength: answer.body.length };
    },
  },
  {
    id: 'response-body-empty',
    ref: 'RT-020',
    title: 'An empty response is a success with an empty payload',
    source: RESPONSE_HANDLER,
    level: 'optional',
    needs: ['runtime-api'],
    accepts: [{ posted: 202, answer: { status: 200, body: '', functionError: undefined } }],
    run: async (t) => {
      const { posted, answer } = await t.exchange({}, '');
      return { posted: posted.status, answer: seenAnswer(answer) };
    },
  },
  {
    id: 'response-chunked-bytewise',
    ref: 'RT-021',
    title: 'A response in chunks of one byte is accepted and joined',
    source: `${GO_CLIENT} sends every response chunked; ${RESPONSE_HANDLER}`,
    level: 'required',
    needs: ['runtime-api'],
    accepts: [{ posted: 202, answer: { status: 200, body: '{"joined":true}' } }],
    run: async (t) => {
      const { invocation, runtime, event } = await t.accept();
      const posted = await runtime.respond(event.requestId, '', { chunks: [...'{"joined":true}'] });
      return { posted: posted.status, answer: seenAnswer(await t.answerOf(invocation)) };
    },
  },
  {
    id: 'response-trailers-declared-only',
    ref: 'RT-022',
    title: 'A chunked response that declares trailers and sends none is a plain success',
    source: GO_CLIENT,
    level: 'optional',
    needs: ['runtime-api'],
    accepts: [{ posted: 202, answer: { status: 200, body: '{"a":1}', functionError: undefined } }],
    run: async (t) => {
      const { invocation, runtime, event } = await t.accept();
      const headers = { 'Content-Type': 'application/json', Trailer: 'Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body' };
      const posted = await runtime.respond(event.requestId, '', { headers, chunks: ['{"a":1}'] });
      return { posted: posted.status, answer: seenAnswer(await t.answerOf(invocation)) };
    },
  },
  {
    id: 'response-wrong-request-id',
    ref: 'RT-023',
    title: 'A response for an id that is not running is refused and changes nothing',
    source: `${SECURITY}; ${OPEN_API} (code)`,
    level: 'required',
    needs: ['runtime-api'],
    dependsOn: ['response-accepted'],
    accepts: [{ refused: INVALID_ID, posted: 202, answer: { status: 200, body: '"mine"' } }],
    run: async (t) => {
      const { invocation, runtime, event } = await t.accept();
      const refused = await runtime.respond(NEVER_ISSUED, '"other"');
      const posted = await runtime.respond(event.requestId, '"mine"');
      return { refused: seenReply(refused), posted: posted.status, answer: seenAnswer(await t.answerOf(invocation)) };
    },
  },
  {
    id: 'response-before-any-invocation',
    ref: 'RT-024',
    title: 'A response before anything was delivered is refused for its id',
    source: VALIDATE,
    level: 'optional',
    needs: ['runtime-api'],
    fresh: true,
    accepts: [INVALID_ID],
    run: async (t) => {
      await t.invoke();
      return { ...seenReply(await (await t.runtime()).respond(NEVER_ISSUED)) };
    },
  },
  {
    id: 'response-twice-before-next',
    ref: 'RT-025',
    title: 'A second response is refused and the invoker keeps the first',
    source: `${SECURITY}; ${rie('core/states.go')}`,
    level: 'optional',
    needs: ['runtime-api'],
    accepts: [{ first: 202, second: anyOf(...REFUSED_TWICE), answer: { status: 200, body: '"first"' } }],
    run: async (t) => {
      const { invocation, runtime, event } = await t.accept();
      const first = await runtime.respond(event.requestId, '"first"');
      const second = await runtime.respond(event.requestId, '"second"');
      return { first: first.status, second: seenReply(second), answer: seenAnswer(await t.answerOf(invocation)) };
    },
  },
  {
    id: 'response-previous-request-id',
    ref: 'RT-026',
    title: 'A response for the previous invocation is refused once a new event is delivered',
    source: SECURITY,
    level: 'optional',
    needs: ['runtime-api'],
    accepts: [{ refused: INVALID_ID, answer: { status: 200, body: '"new"' } }],
    run: async (t) => {
      const before = await t.exchange();
      const { invocation, runtime, event } = await t.accept();
      const refused = await runtime.respond(before.event.requestId, '"old"');
      await runtime.respond(event.requestId, '"new"');
      return { refused: seenReply(refused), answer: seenAnswer(await t.answerOf(invocation)) };
    },
  },
  {
    id: 'error-after-response',
    ref: 'RT-027',
    title: 'An error after the response is refused and the invoker keeps the response',
    source: rie('core/states.go'),
    level: 'optional',
    needs: ['runtime-api'],
    accepts: [{ second: between(400, 499), answer: { status: 200, body: '"kept"' } }],
    run: async (t) => {
      const { invocation, runtime, event } = await t.accept();
      await runtime.respond(event.requestId, '"kept"');
      const second = await runtime.error(event.requestId);
      return { second: second.status, answer: seenAnswer(await t.answerOf(invocation)) };
    },
  },
  {
    id: 'response-after-error',
    ref: 'RT-028',
    title: 'A response after the error is refused and the invoker keeps the error',
    source: rie('core/states.go'),
    level: 'optional',
    needs: ['runtime-api'],
    accepts: [{ second: between(400, 499), answer: { errorType: 'Kept', errorMessage: 'm' } }],
    run: async (t) => {
      const { invocation, runtime, event } = await t.accept();
      await runtime.error(event.requestId, '{"errorMessage":"m","errorType":"Kept"}');
      const second = await runtime.respond(event.requestId);
      return { second: second.status, answer: seenAnswer(await t.answerOf(invocation)) };
    },
  },
  {
    id: 'response-xray-header-empty',
    ref: 'RT-039',
    title: 'A response with an empty X-Ray cause header is accepted',
    source: 'awslabs/aws-lambda-cpp, as built into the Node.js and Python clients',
    level: 'optional',
    needs: ['runtime-api'],
    accepts: [{ status: 202 }],
    run: async (t) => {
      const { invocation, runtime, event } = await t.accept();
      const posted = await runtime.respond(event.requestId, '{}', { headers: { 'Content-Type': 'application/json', 'Lambda-Runtime-Function-XRay-Error-Cause': '' } });
      await t.answerOf(invocation);
      return { ...seenReply(posted) };
    },
  },
  {
    id: 'response-without-content-type',
    ref: 'RT-041',
    title: 'A response without a content type is accepted',
    source: 'awslabs/aws-lambda-rust-runtime lambda-runtime/src/requests.rs',
    level: 'optional',
    needs: ['runtime-api'],
    accepts: [{ posted: 202, answer: { status: 200, body: '{"a":1}' } }],
    run: async (t) => {
      const { invocation, runtime, event } = await t.accept();
      const posted = await runtime.respond(event.requestId, '{"a":1}', { headers: {} });
      return { posted: posted.status, answer: seenAnswer(await t.answerOf(invocation)) };
    },
  },
];
