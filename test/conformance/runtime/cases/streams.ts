/** Streamed responses. */
import { absent, milliseconds } from '../../accept.ts';
import { at, readJson, textAt } from '../../json.ts';
import { isErrorObject } from '../kit/seen.ts';
import { isError, isResponse, nextsBeforeAnswer } from '../kit/trial.ts';
import type { RuntimeTrial } from '../kit/trial.ts';
import type { RuntimeCase } from '../runtime-case.ts';
import { NODE_CLIENT, STREAMING } from './sources.ts';

const ERROR_TYPE = 'lambda-runtime-function-error-type';
const ERROR_BODY = 'lambda-runtime-function-error-body';
const GUIDE = 'AWS guide, Response streaming for custom runtimes';
const DELIMITER = Buffer.alloc(8);

export const STREAM_CASES: readonly RuntimeCase[] = [
  {
    id: 'stream-headers',
    ref: 'STR-001',
    title: 'A streamed response says so and comes chunked',
    source: GUIDE,
    level: 'required',
    needs: ['stream'],
    setup: { function: 'stream' },
    accepts: [{ kind: 'response', mode: 'streaming', encoding: /^chunked$/i, body: 'AB' }],
    run: async (t) => {
      const { kind, message, text } = await t.invoke();
      return { kind, mode: message?.headers.get('lambda-runtime-function-response-mode'), encoding: message?.headers.get('transfer-encoding'), body: text };
    },
  },
  {
    id: 'stream-pieces-at-once',
    ref: 'STR-002',
    title: 'Each piece is sent when it is written',
    source: STREAMING,
    level: 'required',
    needs: ['stream'],
    setup: { function: 'stream' },
    accepts: [{ betweenMs: milliseconds(1_500, 4_000) }],
    run: async (t) => {
      await t.deliver(await t.poll(), { body: '{"waitMs":2000}' });
      const call = await t.call(isResponse, 'the response');
      const firstAtMs = await call.bodyUntil((body) => body.includes('A'));
      const secondAtMs = await call.bodyUntil((body) => body.includes('B'));
      return { betweenMs: Math.round(secondAtMs - firstAtMs) };
    },
  },
  {
    id: 'stream-trailers-declared',
    ref: 'STR-003',
    title: 'A streamed response declares both error trailers',
    source: GUIDE,
    level: 'required',
    needs: ['stream'],
    setup: { function: 'stream' },
    accepts: [{ declared: [ERROR_BODY, ERROR_TYPE] }],
    run: async (t) => {
      const { message } = await t.invoke();
      const declared = (message?.headers.get('trailer') ?? '').split(',').map((name) => name.trim().toLowerCase());
      return { declared: [...new Set(declared)].sort() };
    },
  },
  {
    id: 'stream-fails-after-first-piece',
    ref: 'STR-004',
    title: 'A stream that fails on the way ends with its error in trailers',
    source: GUIDE,
    level: 'required',
    needs: ['stream-fail-late'],
    setup: { function: 'stream-fail-late' },
    accepts: [{ kind: 'response', body: 'A', isComplete: true, hasType: true, isErrorObject: true }],
    run: async (t) => {
      const { kind, message, text } = await t.invoke();
      const json = readJson(Buffer.from(message?.trailers.get(ERROR_BODY) ?? '', 'base64'));
      return { kind, body: text, isComplete: message?.isComplete, hasType: (message?.trailers.get(ERROR_TYPE) ?? '') !== '', isErrorObject: isErrorObject(json), error: json };
    },
  },
  {
    id: 'stream-failed-no-error-call',
    ref: 'STR-005',
    title: 'After a failed stream there is no POST error for it',
    source: GUIDE,
    level: 'required',
    needs: ['stream-fail-late'],
    dependsOn: ['stream-fails-after-first-piece'],
    setup: { function: 'stream-fail-late' },
    accepts: [{ errors: 0, responses: 1 }],
    run: async (t) => {
      await t.invoke();
      await t.poll();
      return { errors: t.count(isError), responses: t.count(isResponse) };
    },
  },
  {
    id: 'stream-fails-before-first-piece',
    ref: 'STR-006',
    title: 'A streaming handler that fails before it writes gives POST error and no response',
    source: GUIDE,
    level: 'required',
    needs: ['stream-fail-early'],
    setup: { function: 'stream-fail-early' },
    accepts: [{ kind: 'error', isErrorObject: true, responses: 0 }],
    run: async (t) => {
      const { kind, json } = await t.invoke();
      await t.poll();
      return { kind, isErrorObject: isErrorObject(json), responses: t.count(isResponse) };
    },
  },
  {
    id: 'stream-http-prelude',
    ref: 'STR-007',
    title: 'The helper for HTTP sends prelude, eight NUL bytes and body',
    source: `${STREAMING}; ${NODE_CLIENT}/HttpResponseStream.js`,
    level: 'required',
    needs: ['stream-http'],
    setup: { function: 'stream-http' },
    accepts: [{ contentType: 'application/vnd.awslambda.http-integration-response', isPreludeJson: true, body: 'created' }],
    run: async (t) => {
      const { message, prelude, body } = await httpStream(t);
      return { contentType: message?.headers.get('content-type'), isPreludeJson: readJson(prelude) !== undefined, body: body.toString('utf8') };
    },
  },
  {
    id: 'stream-http-prelude-members',
    ref: 'STR-008',
    title: 'The prelude has status, headers and cookies',
    source: `${STREAMING}; ${NODE_CLIENT}/HttpResponseStream.js`,
    level: 'required',
    needs: ['stream-http'],
    dependsOn: ['stream-http-prelude'],
    setup: { function: 'stream-http' },
    accepts: [{ statusCode: 201, header: 'yes', cookies: ['a=1'] }],
    run: async (t) => {
      const json = readJson((await httpStream(t)).prelude);
      return { statusCode: at(json, 'statusCode'), header: textAt(json, 'headers', 'x-conformance'), cookies: at(json, 'cookies') };
    },
  },
  {
    id: 'stream-then-next',
    ref: 'STR-009',
    title: 'Next is called after the stream has been accepted',
    source: STREAMING,
    level: 'required',
    needs: ['stream'],
    setup: { function: 'stream' },
    accepts: [{ nextsBefore202: 0, after: 'next', ended: absent }],
    run: async (t) => {
      t.answerPost = () => t.pause(500).then(() => undefined);
      const { call } = await t.invoke();
      await call?.answered;
      const after = await t.pollOrExit();
      return { nextsBefore202: nextsBeforeAnswer(t.calls, call), after };
    },
  },
];

async function httpStream(t: RuntimeTrial): Promise<{ message: Awaited<ReturnType<RuntimeTrial['invoke']>>['message']; prelude: Buffer; body: Buffer }> {
  const { message } = await t.invoke();
  const bytes = message?.body ?? Buffer.alloc(0);
  const end = bytes.indexOf(DELIMITER);
  if (end === -1) return { message, prelude: Buffer.alloc(0), body: bytes };
  return { message, prelude: bytes.subarray(0, end), body: bytes.subarray(end + DELIMITER.length) };
}
