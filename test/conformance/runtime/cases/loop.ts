/** The loop: first request, events, responses, and what keeps it going. */
import { anyOf, containing, milliseconds } from '../../accept.ts';
import { isObject } from '../../json.ts';
import { nowMs } from '../../kit/now.ts';
import type { RuntimeCase } from '../runtime-case.ts';
import { seenExit, seenOutcome } from '../kit/seen.ts';
import { isNext, isResponse, mostInFlight, nextsBeforeAnswer } from '../kit/trial.ts';
import type { EventOptions, RuntimeTrial } from '../kit/trial.ts';
import { CUSTOM_RUNTIMES, GO_CLIENT, JAVA_CLIENT, LIFECYCLE, NODE_CLIENT, PYTHON_CLIENT, QUALITY, RECORDED_ENVIRONMENT, RUNTIME_API, RUST_CLIENT } from './sources.ts';

const ECHOED = [{ kind: 'response', isEqual: true }];
const EVENT = { text: 'déjà vu 𝄞 \u2028', number: 1.5, list: [1, null, true], nested: { empty: {} } };
const SIX_MEBIBYTES = 6 * 1024 * 1024;
/** The catalogue's time; only time can show that a stopped process minds nothing. */
const STOPPED_MS = 30_000;

export const LOOP_CASES: readonly RuntimeCase[] = [
  {
    id: 'first-request-address',
    ref: 'RUN-001',
    title: 'The first request goes to the address in AWS_LAMBDA_RUNTIME_API',
    source: `${RUNTIME_API}; ${CUSTOM_RUNTIMES}`,
    level: 'required',
    needs: ['echo'],
    accepts: [{ method: 'GET', isOurServer: true }],
    run: async (t) => {
      const call = await t.poll();
      return { method: call.method, isOurServer: call.headers.get('host')?.startsWith('127.0.0.1:') ?? false, host: call.headers.get('host') };
    },
  },
  {
    id: 'first-request-next',
    ref: 'RUN-002',
    title: 'The first request is GET invocation/next without a body',
    source: RUNTIME_API,
    level: 'required',
    needs: ['echo'],
    accepts: [{ request: 'GET /2018-06-01/runtime/invocation/next', bodyBytes: 0, isFirst: true }],
    run: async (t) => {
      const call = await t.poll();
      return { request: call.label, bodyBytes: (await call.whole()).body.length, isFirst: t.calls[0] === call };
    },
  },
  {
    id: 'next-held-long',
    ref: 'RUN-003',
    title: 'A next that is not answered for long is waited for, without a second request',
    source: `${RUNTIME_API}, Next invocation: "Do not set a timeout"`,
    level: 'required',
    needs: ['echo'],
    limitSeconds: 60,
    accepts: [{ requests: 1, kind: 'response' }],
    run: async (t) => {
      const call = await t.poll();
      await t.pause(t.patienceMs);
      const requests = t.calls.length;
      const { kind } = await t.outcome(await t.deliver(call));
      return { requests, kind };
    },
  },
  { ...echoes('event-echoed', 'RUN-004', 'An event is answered with POST response under its own id'), source: RUNTIME_API, run: (t) => echo(t) },
  {
    ...echoes('event-in-single-bytes', 'RUN-005', 'An event that comes byte by byte, chunked, is handled like any other'),
    source: 'RFC 9112 §7.1; the clients use general HTTP libraries',
    run: (t) => echo(t, { shape: { isChunked: true, isBytewise: true } }),
  },
  {
    ...echoes('event-four-byte-characters', 'RUN-006', 'Characters of four bytes in UTF-8 survive'),
    source: RUNTIME_API,
    run: (t) => echo(t, {}, { text: '😀 𝄞 𠜎 👩‍👩‍👧' }),
  },
  {
    ...echoes('event-six-mebibytes', 'RUN-007', 'An event of 6 MB is handled'),
    source: 'AWS guide, Lambda quotas',
    run: (t) => echo(t, {}, { filling: 'x'.repeat(SIX_MEBIBYTES - 64) }),
  },
  {
    ...echoes('event-headers-minimum', 'RUN-013', 'An event with request id, deadline and ARN only is handled'),
    source: 'the emulator sends no more: aws/aws-lambda-runtime-interface-emulator internal/lambda/rapi/rendering/rendering.go',
    run: (t) => echo(t, { headers: { 'Lambda-Runtime-Trace-Id': undefined } }),
  },
  {
    ...echoes('event-without-arn', 'RUN-014', 'An event without the ARN is handled'),
    level: 'optional',
    source: `${QUALITY}: a runtime for Swift and one for Rust broke on it`,
    run: (t) => echo(t, { headers: { 'Lambda-Runtime-Invoked-Function-Arn': undefined } }),
  },
  {
    id: 'response-waits-for-202',
    ref: 'RUN-030',
    title: 'Next is not called before the response has been answered',
    source: `${RUNTIME_API}; ${CUSTOM_RUNTIMES}, Processing tasks`,
    level: 'required',
    needs: ['echo'],
    // The first response a client may treat specially: it is the second whose answer is late.
    accepts: [{ nextsBefore202: 0, kind: 'response' }],
    run: async (t) => {
      await t.invoke();
      t.answerPost = () => t.pause(1_000).then(() => undefined);
      const { kind, call } = await t.invoke();
      await call?.answered;
      return { nextsBefore202: nextsBeforeAnswer(t.calls, call), kind };
    },
  },
  {
    id: 'requests-one-at-a-time',
    ref: 'RUN-031',
    title: 'There are never two requests in flight at once',
    source: `${RUNTIME_API}; ${CUSTOM_RUNTIMES}, Processing tasks`,
    level: 'required',
    needs: ['echo'],
    accepts: [{ events: 20, mostInFlight: 1 }],
    run: async (t) => {
      // Long enough for a request that was sent with this one to be seen.
      t.answerPost = () => t.pause(20).then(() => undefined);
      for (let event = 0; event < 20; event += 1) {
        const { call } = await t.invoke();
        await call?.answered;
      }
      return { events: t.count(isResponse), mostInFlight: mostInFlight(t.calls) };
    },
  },
  {
    id: 'response-of-nothing',
    ref: 'RUN-032',
    title: 'A handler that returns nothing gives null',
    source: 'localstack/localstack tests/aws/services/lambda_ (recorded for the managed runtimes)',
    level: 'required',
    needs: ['nothing'],
    setup: { function: 'nothing' },
    accepts: [{ kind: 'response', body: 'null' }],
    run: async (t) => seenOutcome(await t.invoke()),
  },
  {
    id: 'response-unserialisable',
    ref: 'RUN-033',
    title: 'A result that cannot be serialised is an error of the invocation, and the loop goes on',
    source: `${NODE_CLIENT}/RAPIDClient.js; ${PYTHON_CLIENT}/bootstrap.py`,
    level: 'required',
    needs: ['unserialisable'],
    setup: { function: 'unserialisable' },
    accepts: [{ kind: 'error', after: 'next' }],
    run: async (t) => {
      const { kind } = await t.invoke();
      const after = await t.pollOrExit();
      return { kind, after };
    },
  },
  {
    id: 'requests-name-their-agent',
    ref: 'RUN-034',
    title: 'Requests carry a User-Agent',
    source: `${GO_CLIENT}; ${RUST_CLIENT}; ${PYTHON_CLIENT}/lambda_runtime_client.py`,
    level: 'optional',
    needs: ['echo', 'user-agent'],
    accepts: [{ next: /\S/ }],
    run: async (t) => {
      await t.invoke();
      return { next: t.calls[0]?.headers.get('user-agent'), response: t.calls.find(isResponse)?.headers.get('user-agent') };
    },
  },
  {
    id: 'response-content-type',
    ref: 'RUN-035',
    title: 'A response in JSON says application/json',
    source: `${NODE_CLIENT}/RAPIDClient.js; ${PYTHON_CLIENT}/lambda_runtime_client.py; ${JAVA_CLIENT}`,
    level: 'optional',
    needs: ['echo'],
    accepts: [{ kind: 'response', contentType: /^application\/json\b/ }],
    run: async (t) => seenOutcome(await t.invoke()),
  },
  {
    ...echoes('start-environment-minimum', 'RUN-037', 'The variables recorded for an OS-only runtime are enough: no HOME, USER or PWD'),
    source: RECORDED_ENVIRONMENT,
    run: (t) => echo(t),
  },
  {
    ...echoes('start-without-log-variables', 'RUN-038', 'Without log group, log stream and initialisation type it works'),
    source: `${RUNTIME_API}; the emulator sets none of the three; Nike-Inc/hal issue 142`,
    setup: { unset: ['AWS_LAMBDA_LOG_GROUP_NAME', 'AWS_LAMBDA_LOG_STREAM_NAME', 'AWS_LAMBDA_INITIALIZATION_TYPE'] },
    run: (t) => echo(t),
  },
  {
    ...echoes('frozen-while-waiting', 'RUN-039', 'A runtime that was stopped for half a minute handles the next event'),
    source: `${LIFECYCLE}, the environment is frozen between invocations`,
    needs: ['echo', 'process'],
    limitSeconds: 60,
    run: async (t) => {
      const poll = await t.poll();
      t.process.signal('SIGSTOP');
      await t.pause(STOPPED_MS);
      t.process.signal('SIGCONT');
      return compare(t, await t.deliver(poll, { body: JSON.stringify(EVENT) }), EVENT);
    },
  },
  {
    ...echoes('connection-closed-between', 'RUN-040', 'When the server closes the idle connection the next request takes a new one'),
    source: `RFC 9112 §9.5; ${RUST_CLIENT}; ${NODE_CLIENT}`,
    run: async (t) => {
      t.answerPost = () => ({ status: 202, headers: { 'Content-Type': 'application/json' }, body: '{"status":"OK"}', closes: true });
      const { call } = await t.invoke();
      t.answerPost = () => undefined;
      // A next that went out with the response is lost with its connection.
      const poll = await t.call((next) => isNext(next) && next.connection !== call?.connection, 'next on a new connection');
      return compare(t, await t.deliver(poll, { body: JSON.stringify(EVENT) }), EVENT);
    },
  },
  {
    id: 'request-id-encoded',
    ref: 'RUN-041',
    title: 'A request id with a slash and a space is percent-encoded in the path',
    source: `${NODE_CLIENT}/RAPIDClient.js; RFC 3986 §2.1`,
    level: 'optional',
    needs: ['echo'],
    accepts: [{ isOneSegment: true }],
    run: async (t) => {
      await t.deliver(await t.poll(), { requestId: 'a/b c' });
      const call = await t.call(({ method }) => method === 'POST', 'the response');
      // Any character may be encoded (RFC 3986 §2.3); these two must be.
      const [, segment = ''] = /^\/2018-06-01\/runtime\/invocation\/([^/ ]+)\/response$/.exec(call.path) ?? [];
      return { isOneSegment: decoded(segment) === 'a/b c', path: call.path };
    },
  },
  {
    id: 'ends-on-sigterm',
    ref: 'RUN-042',
    title: 'SIGTERM ends a runtime that waits for an event within half a second',
    source: `${LIFECYCLE}, Shutdown phase`,
    level: 'required',
    needs: ['echo', 'process'],
    accepts: [{ afterMs: milliseconds(0, 500) }],
    run: async (t) => {
      await t.poll();
      const sentAtMs = nowMs();
      t.process.signal('SIGTERM');
      const exit = await t.exit();
      return { afterMs: Math.round((t.process.exitedAtMs ?? nowMs()) - sentAtMs), status: seenExit(exit) };
    },
  },
  {
    id: 'output-unmodified',
    ref: 'RUN-043',
    title: 'What a handler prints is on standard output, unmodified, before the next event is asked for',
    source: `${CUSTOM_RUNTIMES}; AWS guide, Log and report formats`,
    level: 'required',
    needs: ['print', 'process'],
    setup: { function: 'print' },
    accepts: [{ kind: 'response', isThere: true }],
    run: async (t) => {
      const text = 'printed ünmodified\twithout a line end';
      const { kind } = await t.invoke({ body: JSON.stringify({ text }) });
      await t.poll();
      // It has been written before next; the pipe may be a moment behind the socket.
      const output = await t.process.stdout.waitFor((all) => all.includes(text), 'the printed text').catch(() => t.process.stdout.text);
      return { kind, isThere: output.includes(text), output };
    },
  },
  {
    ...echoes('response-answered-without-body', 'RUN-044', 'A 202 without a body is tolerated'),
    level: 'optional',
    source: `${QUALITY}: floci-io/floci issue 1417`,
    run: async (t) => {
      t.answerPost = () => ({ status: 202 });
      await t.invoke();
      return echo(t);
    },
  },
  {
    ...echoes('address-with-host-name', 'RUN-045', 'The address may have a host name'),
    source: RUNTIME_API,
    setup: { host: 'localhost' },
    run: (t) => echo(t),
  },
  {
    ...echoes('event-chunked-with-trailers', 'RUN-046', 'An event that comes chunked and with trailers is handled'),
    level: 'optional',
    source: `${QUALITY}; RFC 9112 §7.1.2`,
    run: (t) => echo(t, { shape: { isChunked: true, trailers: { 'X-Conformance': 'trailer' } } }),
  },
  {
    id: 'restore-not-on-demand',
    ref: 'SNP-010',
    title: 'A runtime that was initialised on demand never calls restore/next',
    source: `AWS guide, Implementing SnapStart hooks for container images; ${PYTHON_CLIENT}/bootstrap.py`,
    level: 'required',
    needs: ['echo'],
    accepts: [{ kind: 'response', restoreCalls: 0 }],
    run: async (t) => {
      const { kind } = await t.invoke();
      await t.poll();
      return { kind, restoreCalls: t.count(({ path }) => path.includes('/restore/')) };
    },
  },
  {
    id: 'fails-outside-the-handler',
    ref: 'RUN-036',
    title: 'A failure outside the handler is reported or ends the process; nothing hangs',
    source: `${LIFECYCLE}, Failures during the invoke phase`,
    level: 'required',
    needs: ['fail-later', 'process'],
    setup: { function: 'fail-later' },
    accepts: [{ kind: 'exit', status: anyOf(...Array.from({ length: 255 }, (_, code) => code + 1)) }, { kind: 'error' }, { kind: 'response', output: containing('conformance failure') }],
    run: async (t) => {
      const outcome = await t.invoke();
      const output = outcome.kind === 'response' ? await t.process.stderr.waitFor((text) => text.includes('conformance failure'), 'the failure', 1_000).catch(() => t.output) : t.output;
      return { ...seenOutcome(outcome), output };
    },
  },
];

function echoes(id: string, ref: string, title: string): Omit<RuntimeCase, 'run' | 'source'> & { level: 'required' | 'optional' } {
  return { id, ref, title, level: 'required', needs: ['echo'], accepts: ECHOED };
}

async function echo(t: RuntimeTrial, options: EventOptions = {}, event: unknown = EVENT): Promise<Record<string, unknown>> {
  return compare(t, await t.deliver(await t.poll(), { body: JSON.stringify(event), ...options }), event);
}

async function compare(t: RuntimeTrial, id: string, event: unknown): Promise<Record<string, unknown>> {
  const outcome = await t.outcome(id);
  const seen = seenOutcome(outcome);
  return { kind: seen.kind, isEqual: isSame(outcome.json, event), body: seen.body, status: seen.status };
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

/** Equal as JSON values; the order of members does not count. */
function isSame(left: unknown, right: unknown): boolean {
  if (Array.isArray(left)) return Array.isArray(right) && left.length === right.length && left.every((entry, index) => isSame(entry, right[index]));
  if (isObject(left)) {
    if (!isObject(right)) return false;
    const names = Object.keys(left);
    return names.length === Object.keys(right).length && names.every((name) => isSame(left[name], right[name]));
  }
  return Object.is(left, right);
}
