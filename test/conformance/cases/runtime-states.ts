/** Init errors, illegal calls, routes and response modes: what the Runtime API answers to what a runtime should not do. */
import { anyOf } from '../accept.ts';
import type { ConformanceCase } from '../case.ts';
import { seenAnswer, seenReply } from '../kit/seen.ts';
import type { Trial } from '../kit/trial.ts';
import { OPEN_API, RUNTIME_API, issue, rie } from './sources.ts';

const STATES = rie('core/states.go');
const ROUTER = rie('rapi/router.go');
const RESPONSE_HANDLER = rie('rapi/handler/invocationresponse.go');
const NEXT = { method: 'GET', path: '/2018-06-01/runtime/invocation/next' };
const MODE = 'Lambda-Runtime-Function-Response-Mode';

export const RUNTIME_STATES_CASES: readonly ConformanceCase[] = [
  {
    id: 'init-error-accepted',
    ref: 'RT-043',
    title: 'An init error before the first next is accepted with a JSON status',
    source: `${RUNTIME_API}, Initialization error; ${STATES}`,
    level: 'required',
    needs: ['runtime-api'],
    fresh: true,
    accepts: [{ status: 202, body: /"status"\s*:\s*"OK"/ }],
    run: async (t) => {
      await t.invoke();
      return { ...seenReply(await (await t.runtime()).initError()) };
    },
  },
  {
    id: 'init-error-twice',
    ref: 'RT-044',
    title: 'A second init error is refused',
    source: `${STATES}; ${OPEN_API} (code)`,
    level: 'required',
    needs: ['runtime-api'],
    dependsOn: ['init-error-accepted'],
    fresh: true,
    accepts: [refusal('InitError', 'InitError')],
    run: async (t) => {
      const runtime = await afterInitError(t);
      return { ...seenReply(await runtime.initError()) };
    },
  },
  {
    id: 'next-after-init-error',
    ref: 'RT-045',
    title: 'Next after an init error is refused',
    source: STATES,
    level: 'optional',
    needs: ['runtime-api'],
    dependsOn: ['init-error-accepted'],
    fresh: true,
    accepts: [refusal('InitError', 'Ready')],
    run: async (t) => {
      const runtime = await afterInitError(t);
      return { ...seenReply(await runtime.request(NEXT)) };
    },
  },
  {
    id: 'init-error-while-running',
    ref: 'RT-046',
    title: 'An init error while an event is handled is refused',
    source: STATES,
    level: 'optional',
    needs: ['runtime-api'],
    accepts: [refusal('Running', 'InitError')],
    run: async (t) => {
      const { invocation, runtime, event } = await t.accept();
      const refused = await runtime.initError();
      await runtime.respond(event.requestId);
      await t.answerOf(invocation);
      return { ...seenReply(refused) };
    },
  },
  {
    id: 'init-error-while-waiting',
    ref: 'RT-047',
    title: 'An init error while another connection waits in next is refused',
    source: STATES,
    level: 'optional',
    needs: ['runtime-api'],
    accepts: [refusal('Ready', 'InitError')],
    run: async (t) => {
      const { runtime } = await t.exchange();
      const waiting = await runtime.startNext();
      await waiting.isPendingAfter(50);
      return { ...seenReply(await runtime.initError()) };
    },
  },
  {
    id: 'route-unknown-path',
    ref: 'RT-053',
    title: 'An unknown path is answered with 404',
    source: ROUTER,
    level: 'optional',
    needs: ['runtime-api'],
    accepts: [{ status: 404 }],
    run: async (t) => seenReply(await (await t.exchange()).runtime.request({ method: 'GET', path: '/2018-06-01/runtime/nope' })),
  },
  {
    id: 'route-wrong-method',
    ref: 'RT-054',
    title: 'A known path with a method that it does not have is answered with 405',
    source: ROUTER,
    level: 'optional',
    needs: ['runtime-api'],
    accepts: [{ status: 405 }],
    run: async (t) => seenReply(await (await t.exchange()).runtime.request({ method: 'PUT', path: NEXT.path })),
  },
  {
    id: 'route-ping',
    ref: 'RT-055',
    title: 'Ping is answered with pong',
    source: ROUTER,
    level: 'optional',
    needs: ['runtime-api'],
    accepts: [{ status: 200, body: 'pong' }],
    run: async (t) => seenReply(await (await t.exchange()).runtime.request({ method: 'GET', path: '/2018-06-01/ping' })),
  },
  {
    id: 'response-mode-unknown',
    ref: 'RT-056',
    title: 'A response mode other than streaming is refused',
    source: RESPONSE_HANDLER,
    level: 'optional',
    needs: ['runtime-api'],
    fresh: true,
    accepts: [{ status: 400, errorType: 'InvalidFunctionResponseMode', errorMessage: 'Invalid function response mode' }],
    run: async (t) => {
      const { runtime, event } = await t.accept();
      return { ...seenReply(await runtime.respond(event.requestId, '{}', { headers: { [MODE]: 'buffered' } })) };
    },
  },
  {
    id: 'response-mode-unknown-invoker',
    ref: 'RT-057',
    title: 'With an unknown response mode the invoker gets a function error of its own type',
    source: `${RESPONSE_HANDLER}; ${rie('fatalerror/fatalerror.go')}`,
    level: 'optional',
    needs: ['runtime-api'],
    profile: 'aws',
    dependsOn: ['response-mode-unknown'],
    fresh: true,
    // The body may be empty: then the mark is all that the invoker has.
    accepts: [{ functionError: 'Unhandled', errorType: 'Runtime.InvalidResponseModeHeader' }, { functionError: 'Unhandled', body: '' }],
    run: async (t) => {
      const { invocation, runtime, event } = await t.accept();
      await runtime.respond(event.requestId, '{}', { headers: { [MODE]: 'buffered' } });
      return { ...seenAnswer(await t.answerOf(invocation)) };
    },
  },
  {
    id: 'next-after-response-mode-unknown',
    ref: 'RT-058',
    title: 'After an unknown response mode the runtime can ask for the next event',
    source: `${STATES} leaves the runtime stuck there; users need it to go on`,
    level: 'optional',
    needs: ['runtime-api'],
    profile: 'aws',
    dependsOn: ['response-mode-unknown'],
    fresh: true,
    accepts: [{ wasPending: true, status: 200 }],
    run: async (t) => {
      const { runtime, event } = await t.accept();
      await runtime.respond(event.requestId, '{}', { headers: { [MODE]: 'buffered' } });
      const wasPending = await (await runtime.startNext()).isPendingAfter(300);
      await t.invoke();
      return { wasPending, status: (await runtime.next()).status };
    },
  },
  {
    id: 'replies-are-json-objects',
    ref: 'RT-064',
    title: 'Every accepted or refused reply to a call is a JSON object',
    source: `${rie('rapi/rendering/render_json.go')}; ${issue('floci-io/floci', 1417)}`,
    level: 'optional',
    needs: ['runtime-api'],
    accepts: [{ kinds: { wrongId: 'object', running: 'object', response: 'object', error: 'object' }, statuses: { wrongId: 400, running: 403, response: 202, error: 202 } }],
    run: async (t) => {
      const { invocation, runtime, event } = await t.accept();
      const wrongId = await runtime.respond('00000000-0000-0000-0000-000000000000');
      const running = await runtime.initError();
      const response = await runtime.respond(event.requestId);
      await t.answerOf(invocation);
      const second = await t.accept();
      const error = await second.runtime.error(second.event.requestId);
      await t.answerOf(second.invocation);
      const replies = { wrongId, running, response, error };
      return {
        kinds: Object.fromEntries(Object.entries(replies).map(([name, { text }]) => [name, kindOfJson(text)])),
        statuses: Object.fromEntries(Object.entries(replies).map(([name, { status }]) => [name, status])),
      };
    },
  },
];

function refusal(from: string, to: string) {
  return {
    status: 403,
    errorType: 'InvalidStateTransition',
    errorMessage: anyOf(`State transition from ${from} to ${to} failed for runtime. Error: State transition is not allowed`),
  };
}

async function afterInitError(t: Trial) {
  await t.invoke();
  const runtime = await t.runtime();
  await runtime.initError();
  return runtime;
}

function kindOfJson(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? 'array' : typeof value;
  } catch {
    return 'no JSON';
  }
}
