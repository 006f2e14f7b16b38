/** The invoke phase: timeouts, crashes, order, and what the invoker is told. */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { absent, anyOf, between, containing, milliseconds } from '../accept.ts';
import type { ConformanceCase } from '../case.ts';
import { NothingHappened } from '../kit/nothing-happened.ts';
import { sleep } from '../kit/now.ts';
import { seenAnswer } from '../kit/seen.ts';
import type { Trial } from '../kit/trial.ts';
import { until } from './extension-support.ts';
import { INVOKE_API, LIFECYCLE, RECORDED, RUNTIME_API, issue, rie } from './sources.ts';

const EXIT = rie('rapid/exit.go');
const HANDLERS = rie('rapid/handlers.go');
const FRONT_DOOR = rie('rie/handlers.go');
const PANICS = issue('aws/aws-lambda-runtime-interface-emulator', 97);

export const INVOKE_CASES: readonly ConformanceCase[] = [
  {
    id: 'timeout-answers-in-time',
    ref: 'INV-001',
    title: 'The invoker is answered when the function timeout is over',
    source: LIFECYCLE,
    level: 'required',
    needs: ['runtime-api'],
    setup: { timeoutSeconds: 1 },
    accepts: [{ afterMs: milliseconds(990, 1_500) }],
    run: async (t) => {
      const { answer, deliveredAtMs } = await timeOut(t);
      return { afterMs: Math.round(answer.endAtMs - deliveredAtMs) };
    },
  },
  {
    id: 'timeout-body',
    ref: 'INV-002',
    title: 'The answer to a timeout is Sandbox.Timedout with the configured time in the message',
    source: `${RECORDED}, recorded November 2025`,
    level: 'required',
    needs: ['runtime-api'],
    profile: 'aws',
    setup: { timeoutSeconds: 1 },
    accepts: [{ status: 200, functionError: 'Unhandled', errorType: 'Sandbox.Timedout', errorMessage: 'RequestId: <id> Error: Task timed out after 1.00 seconds' }],
    run: async (t) => ({ ...seenAnswer((await timeOut(t)).answer) }),
  },
  {
    id: 'timeout-body-rie',
    ref: 'INV-003',
    title: 'The classic emulator answers a timeout with plain text and 200',
    source: FRONT_DOOR,
    level: 'optional',
    needs: ['runtime-api'],
    profile: 'rie',
    setup: { timeoutSeconds: 1 },
    accepts: [{ status: 200, body: 'Task timed out after 1.00 seconds' }],
    run: async (t) => ({ ...seenAnswer((await timeOut(t)).answer) }),
  },
  {
    id: 'timeout-resets-environment',
    ref: 'INV-004',
    title: 'After a timeout a new process serves the next event, and files in /tmp are still there',
    source: `${LIFECYCLE}; ${RECORDED}, test_lambda_invoke_timed_out_environment_reuse`,
    level: 'required',
    needs: ['runtime-api'],
    dependsOn: ['timeout-answers-in-time'],
    setup: { timeoutSeconds: 1 },
    accepts: [{ isNewProcess: true, oldIsGone: true, file: 'kept', answer: { status: 200, body: '"fast"' } }],
    run: async (t) => {
      const path = join(tmpdir(), `conformance-${randomUUID()}`);
      try {
        const { invocation, runtime } = await t.accept();
        await runtime.probe.command('writeFile', { path, text: 'kept' });
        await invocation.exchange.reply();
        await runtime.probe.waitForEnd();
        const after = await t.exchange({}, '"fast"');
        const file = await after.runtime.probe.command('readFile', { path });
        return { isNewProcess: after.runtime.pid !== runtime.pid, oldIsGone: !runtime.probe.isAlive, file, answer: seenAnswer(after.answer) };
      } finally {
        rmSync(path, { force: true });
      }
    },
  },
  {
    id: 'response-after-deadline',
    ref: 'INV-005',
    title: 'A response that comes after the deadline is no success',
    source: `${LIFECYCLE}; ${issue('floci-io/floci', 3154)}`,
    level: 'required',
    needs: ['runtime-api'],
    setup: { timeoutSeconds: 1 },
    accepts: [{ isSuccess: false }],
    run: async (t) => {
      const { invocation, runtime, event } = await t.accept();
      await sleep(Number(event.header('Lambda-Runtime-Deadline-Ms')) + 200 - Date.now());
      const late = await runtime.respond(event.requestId, '"late"').then(({ status }) => status, ignoreDeath);
      const answer = seenAnswer(await invocation.exchange.reply());
      return { isSuccess: answer.body === '"late"' || late === 202, late, answer };
    },
  },
  exitCase({ id: 'exit-zero-while-running', ref: 'INV-006', title: 'A runtime that exits with 0 while running gives Runtime.ExitError without a reason', code: 0, message: 'Runtime exited without providing a reason', source: RECORDED }),
  exitCase({ id: 'exit-nonzero-while-running', ref: 'INV-007', title: 'A runtime that exits with 42 while running gives Runtime.ExitError with the exit status', code: 42, message: 'Runtime exited with error: exit status 42', source: `${RECORDED}; ${EXIT}` }),
  {
    id: 'exit-then-fresh-process',
    ref: 'INV-008',
    title: 'After an exit the next invocation is served by a fresh process',
    source: LIFECYCLE,
    level: 'required',
    needs: ['runtime-api'],
    fresh: true,
    accepts: [{ isNewProcess: true, answer: { status: 200, body: '"again"' } }],
    run: async (t) => {
      const { invocation, runtime } = await t.accept();
      await runtime.exit(0);
      await invocation.exchange.reply();
      const after = await t.exchange({}, '"again"');
      return { isNewProcess: after.runtime.pid !== runtime.pid, answer: seenAnswer(after.answer) };
    },
  },
  {
    id: 'exit-invoke-status',
    ref: 'INV-009',
    title: 'Invoke answers a crash with 200 and X-Amz-Function-Error: Unhandled',
    source: RECORDED,
    level: 'required',
    needs: ['runtime-api'],
    profile: 'aws',
    fresh: true,
    accepts: [{ status: 200, functionError: 'Unhandled' }],
    run: async (t) => ({ ...seenAnswer(await exitWhileRunning(t, 0)) }),
  },
  {
    id: 'exit-invoke-status-rie',
    ref: 'INV-010',
    title: 'The classic emulator answers a crash with 502 and the JSON of the error',
    source: FRONT_DOOR,
    level: 'optional',
    needs: ['runtime-api'],
    profile: 'rie',
    fresh: true,
    accepts: [{ status: 502, errorType: 'Runtime.ExitError' }],
    run: async (t) => ({ ...seenAnswer(await exitWhileRunning(t, 0)) }),
  },
  {
    id: 'two-invocations-at-once',
    ref: 'INV-011',
    title: 'Of two invocations at once both succeed, or the second is refused with 429; the server survives',
    source: `${INVOKE_API}, TooManyRequestsException; ${PANICS}`,
    level: 'required',
    needs: ['runtime-api'],
    profile: 'aws',
    fresh: true,
    accepts: [{ statuses: [200, 200], after: 200 }, { statuses: [200, 429], after: 200 }],
    run: (t) => invokeAtOnce(t, 2),
  },
  {
    id: 'fifty-invocations-at-once',
    ref: 'INV-012',
    title: 'Fifty invocations at once are all answered and the server survives',
    source: PANICS,
    level: 'optional',
    needs: ['runtime-api'],
    profile: 'aws',
    fresh: true,
    accepts: [{ answered: 50, others: 0, after: 200 }],
    run: async (t) => {
      const { statuses, after } = await invokeAtOnce(t, 50);
      return { answered: statuses.length, others: statuses.filter((status) => status !== 200 && status !== 429).length, after };
    },
  },
  {
    id: 'answer-before-next',
    ref: 'INV-013',
    title: 'The invoker has the response before the runtime asks for the next event',
    source: `${LIFECYCLE}, PostRuntimeExtensionsDuration; ${RUNTIME_API}`,
    level: 'required',
    needs: ['runtime-api'],
    profile: 'aws',
    accepts: [{ status: 200, afterResponseMs: milliseconds(-50, 500) }],
    run: async (t) => {
      const { invocation, runtime, event } = await t.accept();
      const posted = await runtime.respond(event.requestId);
      const answer = await invocation.exchange.reply(900);
      return { status: answer.status, afterResponseMs: Math.round(answer.endAtMs - posted.endAtMs) };
    },
  },
  {
    id: 'next-event-waits-for-next',
    ref: 'INV-014',
    title: 'A second invocation is not delivered before the runtime asks for it',
    source: `${LIFECYCLE}; ${HANDLERS}`,
    level: 'required',
    needs: ['runtime-api'],
    profile: 'aws',
    accepts: [{ wasPending: true, body: '{"n":2}', answer: '"two"' }],
    run: async (t) => {
      const first = await t.accept({ payload: '{"n":1}' });
      await first.runtime.respond(first.event.requestId);
      const second = await t.invoke({ payload: '{"n":2}' });
      const wasPending = await second.exchange.isPendingAfter(1_000);
      const event = await first.runtime.next();
      await first.runtime.respond(event.requestId, '"two"');
      return { wasPending, body: event.body.toString(), answer: (await t.answerOf(second)).text };
    },
  },
  {
    id: 'duration-includes-time-to-next',
    ref: 'INV-015',
    title: 'The reported duration runs until the runtime asks for the next event',
    source: `${LIFECYCLE}; ${HANDLERS}`,
    level: 'required',
    needs: ['runtime-api', 'platform-log'],
    fresh: true,
    accepts: [{ durationMs: between(1_000, 2_900) }],
    run: async (t) => {
      const { runtime, event } = await t.accept();
      await runtime.respond(event.requestId);
      await sleep(1_000);
      await runtime.startNext();
      const log = await t.instance.log.waitFor((text) => /^REPORT /m.test(text), 'the REPORT line');
      return { durationMs: Number(/\bDuration: (\d+\.\d\d) ms\tBilled/.exec(log)?.[1]) };
    },
  },
  {
    id: 'event-invocation-accepted',
    ref: 'INV-016',
    title: 'An Event invocation is answered with 202 and nothing, and delivered',
    source: `${INVOKE_API}, X-Amz-Invocation-Type; ${RECORDED}`,
    level: 'required',
    needs: ['runtime-api', 'event-invoke'],
    profile: 'aws',
    accepts: [{ answer: { status: 202, body: '' }, delivered: '{"later":1}' }],
    run: async (t) => {
      const invocation = await t.invoke({ payload: '{"later":1}', headers: { 'X-Amz-Invocation-Type': 'Event' } });
      const answer = seenAnswer(await invocation.exchange.reply());
      const runtime = await t.runtime();
      const event = await runtime.next();
      await runtime.respond(event.requestId);
      return { answer, delivered: event.body.toString() };
    },
  },
  {
    id: 'dry-run-delivers-nothing',
    ref: 'INV-017',
    title: 'A DryRun is answered with 204 and nothing is delivered',
    source: `${INVOKE_API}, X-Amz-Invocation-Type; ${RECORDED}`,
    level: 'required',
    needs: ['runtime-api', 'dry-run'],
    profile: 'aws',
    accepts: [{ status: 204, isDelivered: false }],
    run: async (t) => {
      const { runtime } = await t.exchange();
      const next = await runtime.startNext();
      const answer = await (await t.invoke({ headers: { 'X-Amz-Invocation-Type': 'DryRun' } })).exchange.reply();
      return { status: answer.status, isDelivered: !(await next.isPendingAfter(200)) };
    },
  },
  {
    id: 'payload-not-json',
    ref: 'INV-018',
    title: 'A payload that is no JSON in UTF-8 is refused',
    source: RECORDED,
    level: 'required',
    needs: ['runtime-api'],
    profile: 'aws',
    accepts: [{ status: 400, errorType: containing('InvalidRequestContentException') }],
    run: async (t) => {
      const answer = await (await t.invoke({ payload: Buffer.from([0x6e, 0x87]) })).exchange.reply();
      return { status: answer.status, errorType: answer.headers.get('x-amzn-errortype') ?? answer.text, body: answer.text };
    },
  },
  {
    id: 'log-tail-when-asked',
    ref: 'INV-019',
    title: 'X-Amz-Log-Type: Tail brings the last 4 KiB of the log, with the END line',
    source: `${INVOKE_API}, X-Amz-Log-Type and X-Amz-Log-Result`,
    level: 'required',
    needs: ['runtime-api', 'log-tail'],
    profile: 'aws',
    accepts: [{ isBase64: true, byteLength: between(1, 4_096), tail: /^END RequestId: [0-9a-f-]{36}$/m }],
    run: async (t) => {
      const { invocation, runtime, event } = await t.accept({ headers: { 'X-Amz-Log-Type': 'Tail' } });
      await runtime.print('a line of output that is repeated\n', { times: 200 });
      await runtime.respond(event.requestId);
      const header = (await t.answerOf(invocation)).headers.get('x-amz-log-result') ?? '';
      const tail = Buffer.from(header, 'base64');
      return { isBase64: tail.toString('base64') === header && header !== '', byteLength: tail.length, tail: tail.toString('utf8').slice(-600) };
    },
  },
  {
    id: 'log-tail-not-asked',
    ref: 'INV-020',
    title: 'Without a log type there is no log in the answer',
    source: `${INVOKE_API}, X-Amz-Log-Result`,
    level: 'required',
    needs: ['runtime-api'],
    profile: 'aws',
    accepts: [{ status: 200, header: absent }],
    run: async (t) => {
      const { answer } = await t.exchange();
      return { status: answer.status, header: answer.headers.get('x-amz-log-result') };
    },
  },
  {
    id: 'executed-version-in-answer',
    ref: 'INV-021',
    title: 'The answer names the version that ran',
    source: `${INVOKE_API}, X-Amz-Executed-Version; ${RECORDED}`,
    level: 'required',
    needs: ['runtime-api'],
    profile: 'aws',
    accepts: [{ version: '$LATEST' }],
    run: async (t) => ({ version: (await t.exchange()).answer.headers.get('x-amz-executed-version') }),
  },
  {
    id: 'request-id-in-answer',
    ref: 'INV-022',
    title: 'The request id of the answer is the one that the runtime has',
    source: RECORDED,
    level: 'required',
    needs: ['runtime-api'],
    profile: 'aws',
    accepts: [{ isSame: true }],
    run: async (t) => {
      const { event, answer } = await t.exchange();
      const id = answer.headers.get('x-amzn-requestid');
      return { isSame: id === event.requestId, answerId: id, eventId: event.requestId };
    },
  },
  {
    id: 'second-request-survived-rie',
    ref: 'INV-023',
    title: 'A second request at the same time does not end the server, other than in the classic emulator',
    source: `${PANICS}; deliberately unlike it`,
    level: 'optional',
    needs: ['runtime-api'],
    profile: 'rie',
    fresh: true,
    accepts: [{ after: 200 }],
    run: (t) => invokeAtOnce(t, 2),
  },
  {
    id: 'tenant-id-too-long',
    ref: 'INV-024',
    title: 'A tenant id of 257 characters is refused',
    source: 'boto/botocore lambda service model, TenantId',
    level: 'required',
    needs: ['runtime-api', 'tenant-id'],
    profile: 'aws',
    accepts: [{ status: 400 }],
    run: async (t) => seenAnswer(await (await t.invoke({ headers: { 'X-Amz-Tenant-Id': 't'.repeat(257) } })).exchange.reply()),
  },
  {
    id: 'children-end-with-environment',
    ref: 'INV-025',
    title: 'A child that a crashed runtime leaves behind is gone after the reset',
    source: HANDLERS,
    level: 'optional',
    needs: ['runtime-api'],
    fresh: true,
    accepts: [{ errorType: 'Runtime.ExitError', childIsGone: true }],
    run: async (t) => {
      const { invocation, runtime } = await t.accept();
      const child = Number(await runtime.probe.command('spawnSleeper'));
      try {
        await runtime.exit(1);
        const answer = seenAnswer(await invocation.exchange.reply());
        const childIsGone = await until(() => !isAlive(child), 'the end of the child', 2_000).then(() => true, ignoreVain);
        return { errorType: answer.errorType, childIsGone };
      } finally {
        if (isAlive(child)) process.kill(child, 'SIGKILL');
      }
    },
  },
  {
    id: 'memory-limit-exceeded',
    ref: 'INV-026',
    title: 'A function that takes more memory than it has is killed, and REPORT says why',
    source: LIFECYCLE,
    level: 'required',
    needs: ['runtime-api', 'memory-limit', 'platform-log'],
    profile: 'aws',
    setup: { memoryMiB: 128, timeoutSeconds: 20 },
    limitSeconds: 40,
    accepts: [{ errorType: 'Runtime.ExitError', errorMessage: containing('signal: killed'), report: containing('Error Type: Runtime.OutOfMemory') }],
    run: async (t) => {
      const { invocation, runtime } = await t.accept();
      await runtime.probe.command('allocate', { mebibytes: 400 }).catch(() => {});
      const answer = seenAnswer(await invocation.exchange.reply(20_000));
      const log = await t.instance.log.waitFor((text) => /^REPORT .*$/m.test(text), 'the REPORT line');
      return { errorType: answer.errorType, errorMessage: answer.errorMessage, report: /^REPORT .*$/m.exec(log)?.[0] };
    },
  },
];

function exitCase(options: { id: string; ref: string; title: string; code: number; message: string; source: string }): ConformanceCase {
  return {
    id: options.id,
    ref: options.ref,
    title: options.title,
    source: options.source,
    level: 'required',
    needs: ['runtime-api'],
    fresh: true,
    accepts: [{ errorType: 'Runtime.ExitError', errorMessage: anyOf(`RequestId: <id> Error: ${options.message}`) }],
    run: async (t) => ({ ...seenAnswer(await exitWhileRunning(t, options.code)) }),
  };
}

async function exitWhileRunning(t: Trial, code: number) {
  const { invocation, runtime } = await t.accept();
  await runtime.exit(code);
  return invocation.exchange.reply();
}

/** Warm, so that the measured time is the function's own. */
async function timeOut(t: Trial) {
  await t.exchange();
  const { invocation, event } = await t.accept();
  return { deliveredAtMs: event.reply.headAtMs, answer: await invocation.exchange.reply() };
}

async function invokeAtOnce(t: Trial, count: number) {
  t.serve(() => '{}');
  const invocations = await Promise.all(Array.from({ length: count }, () => t.invoke()));
  const answers = await Promise.all(invocations.map(({ exchange }) => exchange.reply(8_000)));
  const after = await (await t.invoke()).exchange.reply();
  return { statuses: answers.map(({ status }) => status).sort((left, right) => left - right), after: after.status };
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
}

function ignoreDeath(error: unknown): undefined {
  if (!(error instanceof NothingHappened)) throw error;
  return undefined;
}

function ignoreVain(error: unknown): boolean {
  if (!(error instanceof NothingHappened)) throw error;
  return false;
}
