/** Errors of the handler, and what the server answers when something is wrong. */
import { absent, anyOf, between, milliseconds, present } from '../../accept.ts';
import { at, isObject, textAt } from '../../json.ts';
import { nowMs } from '../../kit/now.ts';
import { isErrorObject, seenExit, seenOutcome } from '../kit/seen.ts';
import { isError, isNext, isResponse } from '../kit/trial.ts';
import type { RuntimeCase } from '../runtime-case.ts';
import { CUSTOM_RUNTIMES, GO_CLIENT, NODE_CLIENT, OPEN_API, PYTHON_CLIENT, QUALITY, RUNTIME_API, RUST_CLIENT } from './sources.ts';

const NOT_ZERO = anyOf(...Array.from({ length: 255 }, (_, code) => code + 1), 'SIGABRT', 'SIGSEGV', 'SIGILL', 'SIGTRAP');
const REFUSAL = (errorType: string): string => JSON.stringify({ errorMessage: 'refused for the case', errorType });
const JSON_TYPE = { 'Content-Type': 'application/json' };
/** "Promptly" of the catalogue, as a number. */
const PROMPTLY_MS = 2_000;

const INIT_FAILURES = {
  'missing-file': ['init-file-missing', 'RUN-020', 'A handler that names a file which is not there'],
  'failing-load': ['init-load-fails', 'RUN-021', 'A file that fails while it is loaded'],
  'no-separator': ['init-handler-malformed', 'RUN-022', 'A handler without the needed separator'],
} as const;

export const ERROR_CASES: readonly RuntimeCase[] = [
  {
    id: 'handler-error-posted',
    ref: 'RUN-008',
    title: 'A handler that fails gives POST error with errorType and errorMessage, and no response',
    source: `${RUNTIME_API}, Invocation error`,
    level: 'required',
    needs: ['fail'],
    setup: { function: 'fail' },
    accepts: [{ kind: 'error', isErrorObject: true, responses: 0 }],
    run: async (t) => {
      const outcome = await t.invoke();
      return { kind: outcome.kind, isErrorObject: isErrorObject(outcome.json), responses: t.count(isResponse), body: outcome.text };
    },
  },
  {
    id: 'handler-error-stack',
    ref: 'RUN-009',
    title: 'The error has its stack as a list',
    source: `${RUNTIME_API}, Invocation error; ${NODE_CLIENT}/Errors.js; ${PYTHON_CLIENT}/bootstrap.py`,
    level: 'required',
    needs: ['fail', 'error-stack'],
    setup: { function: 'fail' },
    accepts: [{ kind: 'error', isStackList: true }],
    run: async (t) => {
      const { kind, json } = await t.invoke();
      const stack = at(json, 'stackTrace') ?? at(json, 'trace');
      return { kind, isStackList: Array.isArray(stack), stack };
    },
  },
  {
    id: 'handler-error-survived',
    ref: 'RUN-010',
    title: 'After a failed invocation the same process asks for the next event',
    source: `${RUNTIME_API}; ${CUSTOM_RUNTIMES}`,
    level: 'required',
    needs: ['fail'],
    setup: { function: 'fail' },
    accepts: [{ first: 'error', second: 'error', hasEnded: false }],
    run: async (t) => {
      const first = await t.invoke();
      const second = await t.invoke();
      return { first: first.kind, second: second.kind, hasEnded: t.isSpawned && t.process.ended !== undefined };
    },
  },
  {
    id: 'next-answered-500',
    ref: 'RUN-025',
    title: 'A next that is answered with 500 ends the process with a status other than 0',
    source: `${RUNTIME_API}, "Container error. Non-recoverable state. Runtime should exit promptly."; ${OPEN_API}`,
    level: 'required',
    needs: ['echo', 'process'],
    accepts: [{ status: NOT_ZERO, afterMs: milliseconds(0, PROMPTLY_MS) }],
    run: async (t) => {
      const poll = await t.poll();
      const answeredAtMs = nowMs();
      await poll.reply({ status: 500, headers: JSON_TYPE, body: REFUSAL('ContainerError') });
      const exit = await t.exit();
      return { status: seenExit(exit), afterMs: Math.round((t.process.exitedAtMs ?? nowMs()) - answeredAtMs) };
    },
  },
  {
    id: 'next-refused-repeatedly',
    ref: 'RUN-026',
    title: 'A next that is refused again and again is not repeated in a hot loop',
    source: `${QUALITY}; ${RUNTIME_API}, 403 Forbidden`,
    level: 'optional',
    needs: ['echo'],
    accepts: [{ requests: between(1, 10) }],
    run: async (t) => {
      const refuse = { status: 403, headers: JSON_TYPE, body: REFUSAL('InvalidStateTransition') };
      let poll = await t.poll();
      const endAtMs = nowMs() + 1_000;
      let requests = 0;
      while (nowMs() < endAtMs) {
        requests += 1;
        await poll.reply(refuse);
        const next = await t.poll(Math.max(endAtMs - nowMs(), 0)).catch(() => undefined);
        if (next === undefined) break;
        poll = next;
      }
      return { requests };
    },
  },
  {
    id: 'response-too-large-answered',
    ref: 'RUN-027',
    title: 'A response that is answered with 413 is not sent again, and the loop goes on',
    source: 'localstack/localstack tests/aws/services/lambda_/test_lambda.snapshot.json (large response); AWS guide, Using the Lambda runtime API, 413',
    level: 'required',
    needs: ['echo'],
    accepts: [{ responses: 1, after: 'next' }],
    run: async (t) => {
      t.answerPost = () => ({ status: 413, headers: JSON_TYPE, body: REFUSAL('RequestEntityTooLarge') });
      await t.invoke();
      const after = await t.pollOrExit();
      return { responses: t.count(isResponse), after };
    },
  },
  {
    id: 'response-refused',
    ref: 'RUN-028',
    title: 'A response that is answered with 400 is not repeated without end',
    source: `${RUNTIME_API}, Invocation response, 400`,
    level: 'required',
    needs: ['echo', 'process'],
    accepts: [{ posts: between(1, 3), goesOnOrEnds: true }],
    run: async (t) => {
      t.answerPost = (call) => (isResponse(call) || isError(call) ? { status: 400, headers: JSON_TYPE, body: REFUSAL('InvalidRequestID') } : undefined);
      await t.deliver(await t.poll());
      const after = await t.pollOrExit();
      return { posts: t.count((call) => isResponse(call) || isError(call)), goesOnOrEnds: after === 'next' || after.code !== null || after.signal !== null, after };
    },
  },
  {
    id: 'response-answered-500',
    ref: 'RUN-029',
    title: 'A response that is answered with 500 ends the process',
    source: `${RUNTIME_API}, "Container error. Non-recoverable state. Runtime should exit promptly."`,
    level: 'required',
    needs: ['echo', 'process'],
    accepts: [{ afterMs: milliseconds(0, PROMPTLY_MS) }],
    run: async (t) => {
      const answer = Promise.withResolvers<number>();
      t.answerPost = () => {
        answer.resolve(nowMs());
        return { status: 500, headers: JSON_TYPE, body: REFUSAL('ContainerError') };
      };
      await t.deliver(await t.poll());
      const answeredAtMs = await answer.promise;
      const exit = await t.exit();
      return { status: seenExit(exit), afterMs: Math.round((t.process.exitedAtMs ?? nowMs()) - answeredAtMs) };
    },
  },
  ...(['missing-file', 'failing-load', 'no-separator'] as const).map((name): RuntimeCase => {
    const [id, ref, what] = INIT_FAILURES[name];
    return {
      id,
      ref,
      title: `${what} is reported to init/error, and the process ends without asking for an event`,
      source: `${RUNTIME_API}, Initialization error`,
      level: 'required',
      needs: [name, 'process'],
      setup: { function: name },
      accepts: [{ isJsonObject: true, status: NOT_ZERO, nexts: 0 }],
      run: async (t) => {
        const { json, message } = await t.initError();
        const exit = await t.exit();
        return { isJsonObject: isObject(json), status: seenExit(exit), nexts: t.count(isNext), body: message.body.toString('utf8') };
      },
    };
  }),
  {
    id: 'init-error-type-header',
    ref: 'RUN-023',
    title: 'The report of a failed initialisation has its type in a header, as Category.Reason',
    source: `${RUNTIME_API}, Initialization error, Lambda-Runtime-Function-Error-Type`,
    level: 'required',
    needs: ['missing-file'],
    setup: { function: 'missing-file' },
    accepts: [{ type: /^[A-Za-z]+\.[A-Za-z]+$/ }],
    run: async (t) => {
      const { call, json } = await t.initError();
      return { type: call.headers.get('lambda-runtime-function-error-type'), errorType: textAt(json, 'errorType') };
    },
  },
  {
    id: 'init-error-refused',
    ref: 'RUN-024',
    title: 'When init/error is refused with 403 the process ends and does not ask for an event',
    source: `${RUNTIME_API}, Initialization error, 403`,
    level: 'required',
    needs: ['missing-file', 'process'],
    setup: { function: 'missing-file' },
    accepts: [{ status: present, nexts: 0 }],
    run: async (t) => {
      t.answerPost = () => ({ status: 403, headers: JSON_TYPE, body: REFUSAL('InvalidStateTransition') });
      await t.initError();
      const exit = await t.exit();
      return { status: seenExit(exit) ?? undefined, nexts: t.count(isNext) };
    },
  },
  {
    id: 'client-context-malformed',
    ref: 'RUN-018',
    title: 'A client context that is no JSON fails at most its own invocation',
    source: `${PYTHON_CLIENT}/bootstrap.py; ${GO_CLIENT}; ${RUST_CLIENT}`,
    level: 'required',
    needs: ['client-context'],
    setup: { function: 'client-context' },
    accepts: [{ first: anyOf('error', 'response'), second: 'response', status: absent }],
    run: async (t) => {
      const first = await t.invoke({ headers: { 'Lambda-Runtime-Client-Context': '{not json' } });
      const second = first.kind === 'exit' ? first : await t.invoke();
      return { first: first.kind, second: second.kind, status: seenOutcome(second).status };
    },
  },
];
