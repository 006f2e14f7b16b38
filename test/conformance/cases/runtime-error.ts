/** POST error: reported failures of the function reach the invoker as they are. */
import { absent, anyOf } from '../accept.ts';
import type { ConformanceCase } from '../case.ts';
import { at, readJson } from '../json.ts';
import { seenAnswer, seenReply } from '../kit/seen.ts';
import { subscribe, SUBSCRIBER_SETUP } from './telemetry-support.ts';
import type { Trial } from '../kit/trial.ts';
import { INVOKE_API, OPEN_API, RECORDED, RUNTIME_API, rie } from './sources.ts';

const ERROR_HANDLER = rie('rapi/handler/invocationerror.go');
const ERROR_TYPES = rie('fatalerror/fatalerror.go');
const CAUSE_TYPE = 'application/vnd.aws.lambda.error.cause+json';
const BODY = '{"errorMessage":"m","errorType":"T"}';

export const RUNTIME_ERROR_CASES: readonly ConformanceCase[] = [
  {
    id: 'error-accepted',
    ref: 'RT-029',
    title: 'An error is accepted and reaches the invoker verbatim, marked as a function error',
    source: `${RUNTIME_API}, Invocation error; ${ERROR_HANDLER}`,
    level: 'required',
    needs: ['runtime-api'],
    accepts: {
      aws: [{ posted: { status: 202, body: /"status"\s*:\s*"OK"/ }, answer: { body: BODY, functionError: anyOf('Unhandled', 'Handled') } }],
      // The classic emulator's front door has no mark for it.
      rie: [{ posted: { status: 202, body: /"status"\s*:\s*"OK"/ }, answer: { body: BODY } }],
    },
    run: (t) => postError(t, BODY),
  },
  {
    id: 'error-invoke-status-and-mark',
    ref: 'RT-030',
    title: 'Invoke answers a reported error with 200 and X-Amz-Function-Error: Unhandled',
    source: `${INVOKE_API}, X-Amz-Function-Error; ${RECORDED}`,
    level: 'required',
    needs: ['runtime-api'],
    profile: 'aws',
    dependsOn: ['error-accepted'],
    accepts: [{ answer: { status: 200, functionError: 'Unhandled' } }],
    run: (t) => postError(t, BODY),
  },
  {
    id: 'error-body-not-json',
    ref: 'RT-031',
    title: 'An error body that is no JSON is accepted and passed on unchanged',
    source: ERROR_HANDLER,
    level: 'optional',
    needs: ['runtime-api'],
    accepts: [{ posted: { status: 202 }, answer: { body: 'not json' } }],
    run: (t) => postError(t, 'not json'),
  },
  {
    id: 'error-without-type-header',
    ref: 'RT-032',
    title: 'An error without an error-type header is accepted',
    source: `${OPEN_API}; ${ERROR_HANDLER}`,
    level: 'required',
    needs: ['runtime-api'],
    accepts: [{ posted: { status: 202 }, answer: { body: BODY } }],
    run: (t) => postError(t, BODY, {}),
  },
  typeCase({ id: 'error-type-function-kept', ref: 'RT-033', given: 'Function.MyError', expected: 'Function.MyError' }),
  typeCase({ id: 'error-type-unprefixed-unknown', ref: 'RT-034', given: 'MyError', expected: 'Runtime.Unknown' }),
  typeCase({ id: 'error-type-function-malformed', ref: 'RT-035', given: 'Function.1', expected: 'Function.Unknown' }),
  {
    id: 'error-cause-removed',
    ref: 'RT-036',
    title: 'Of a body with an error cause the invoker gets everything but the cause',
    source: `${ERROR_HANDLER}; ${rie('rapi/model/error_cause_compactor.go')}`,
    level: 'optional',
    needs: ['runtime-api'],
    accepts: [{ answer: { errorMessage: 'm', errorType: 'T' }, cause: absent }],
    run: async (t) => {
      const body = '{"errorMessage":"m","errorType":"T","stackTrace":["a"],"errorCause":{"message":"c","working_directory":"/w","exceptions":[],"paths":[]}}';
      const seen = await postError(t, body, { 'Content-Type': CAUSE_TYPE });
      return { ...seen, cause: at(readJson(seen.answer.body), 'errorCause') };
    },
  },
  {
    id: 'error-cause-body-invalid',
    ref: 'RT-037',
    title: 'A body with an error cause that is no JSON becomes the text "Invalid error body"',
    source: ERROR_HANDLER,
    level: 'optional',
    needs: ['runtime-api'],
    accepts: [{ posted: { status: 202 }, answer: { body: '"Invalid error body"' } }],
    run: (t) => postError(t, '{', { 'Content-Type': CAUSE_TYPE }),
  },
  {
    id: 'error-xray-cause-large',
    ref: 'RT-038',
    title: 'An error with an X-Ray cause of 200 KiB in its header is accepted',
    source: `aws/aws-lambda-ruby-runtime-interface-client (up to 1 MiB); ${ERROR_HANDLER}`,
    level: 'optional',
    needs: ['runtime-api'],
    accepts: [{ posted: { status: 202 }, answer: { body: BODY } }],
    run: (t) => {
      const cause = JSON.stringify({ working_directory: '/w', exceptions: [], paths: [], message: 'm'.repeat(200 * 1024) });
      return postError(t, BODY, { 'Content-Type': 'application/json', 'Lambda-Runtime-Function-XRay-Error-Cause': cause });
    },
  },
  {
    id: 'error-form-content-type',
    ref: 'RT-040',
    title: 'An error body is never read by its content type: a form type with 100 KB of JSON is passed on',
    source: 'aws/aws-lambda-ruby-runtime-interface-client sends this type; floci-io/floci pull request 674',
    level: 'optional',
    needs: ['runtime-api'],
    accepts: [{ posted: { status: 202 }, isIdentical: true }],
    run: async (t) => {
      const body = JSON.stringify({ errorMessage: 'm'.repeat(100_000), errorType: 'T' });
      const { invocation, runtime, event } = await t.accept();
      const posted = await runtime.error(event.requestId, body, { headers: { 'Content-Type': 'application/x-www-form-urlencoded' } });
      const answer = await t.answerOf(invocation);
      return { posted: seenReply(posted), isIdentical: answer.text === body, byteLength: answer.body.length };
    },
  },
  {
    id: 'error-keeps-process',
    ref: 'RT-042',
    title: 'A reported error does not end the runtime: the next event goes to the same process',
    source: `${RUNTIME_API}, Invocation error; ${RECORDED}`,
    level: 'required',
    needs: ['runtime-api'],
    dependsOn: ['error-accepted'],
    fresh: true,
    accepts: [{ isSameProcess: true, processes: 1, answer: { status: 200, body: '"fine"' } }],
    run: async (t) => {
      const { invocation, runtime, event } = await t.accept();
      await runtime.error(event.requestId);
      await t.answerOf(invocation);
      const after = await t.exchange({}, '"fine"');
      return { isSameProcess: after.runtime.pid === runtime.pid, processes: t.runtimeProbes.length, answer: seenAnswer(after.answer) };
    },
  },
];

async function postError(t: Trial, body: string, headers: Record<string, string> = { 'Content-Type': 'application/json' }) {
  const { invocation, runtime, event } = await t.accept();
  const posted = await runtime.error(event.requestId, body, { headers });
  const answer = await t.answerOf(invocation);
  return { posted: seenReply(posted), answer: seenAnswer(answer) };
}

function typeCase(options: { id: string; ref: string; given: string; expected: string }): ConformanceCase {
  return {
    id: options.id,
    ref: options.ref,
    title: `An error of type ${options.given} is reported as ${options.expected}`,
    source: ERROR_TYPES,
    level: 'optional',
    needs: ['runtime-api', 'extensions', 'telemetry-api'],
    profile: 'aws',
    setup: SUBSCRIBER_SETUP,
    accepts: [{ errorType: options.expected }],
    run: async (t) => {
      const { sink } = await subscribe(t, { types: ['platform'] });
      const { invocation, runtime, event } = await t.accept();
      await runtime.error(event.requestId, BODY, { headers: { 'Lambda-Runtime-Function-Error-Type': options.given } });
      await t.answerOf(invocation);
      const done = await sink.waitFor('platform.runtimeDone');
      return { errorType: at(done, 'record', 'errorType'), status: at(done, 'record', 'status') };
    },
  };
}
