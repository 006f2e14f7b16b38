/** SnapStart: the restore hooks of a runtime. */
import { absent, containing, milliseconds } from '../accept.ts';
import type { ConformanceCase } from '../case.ts';
import { seenAnswer, seenReply } from '../kit/seen.ts';
import { sleep } from '../kit/now.ts';
import type { RuntimeClient } from '../kit/runtime-client.ts';
import type { Invocation, Trial } from '../kit/trial.ts';
import { rie, SNAPSTART } from './sources.ts';

const STATES = rie('core/states.go');
const RESTORE_NEXT = { method: 'GET', path: '/2018-06-01/runtime/restore/next' };
const BODY = '{"errorMessage":"hook broke","errorType":"Runtime.AfterRestoreError"}';

const BASE = { needs: ['runtime-api', 'restore'], profile: 'aws', setup: { initializationType: 'snap-start' } } as const;

export const RESTORE_CASES: readonly ConformanceCase[] = [
  {
    ...BASE,
    id: 'restore-next-blocks',
    ref: 'SNP-001',
    title: 'The call for a restore waits for it and is then answered with 200 and nothing',
    source: `${SNAPSTART}; ${rie('rapi/handler/restorenext.go')}`,
    level: 'required',
    accepts: [{ wasPending: true, status: 200, body: '' }],
    run: async (t) => {
      const runtime = await t.runtime();
      const exchange = await runtime.start(RESTORE_NEXT);
      const wasPending = await exchange.isPendingAfter(300);
      await restore(t);
      const reply = await exchange.reply();
      return { wasPending, status: reply.status, body: reply.text };
    },
  },
  {
    ...BASE,
    id: 'restore-next-after-next',
    ref: 'SNP-002',
    title: 'The call for a restore after the call for an event is refused',
    source: STATES,
    level: 'optional',
    accepts: [{ status: 403, errorType: 'InvalidStateTransition' }],
    run: async (t) => {
      const runtime = await t.runtime();
      await (await runtime.startNext()).isPendingAfter(100);
      return { ...seenReply(await runtime.request(RESTORE_NEXT)) };
    },
  },
  {
    ...BASE,
    id: 'restored-then-event',
    ref: 'SNP-003',
    title: 'After a restore the event is delivered',
    source: `${SNAPSTART}; ${STATES}`,
    level: 'required',
    dependsOn: ['restore-next-blocks'],
    accepts: [{ status: 200, answer: { status: 200, body: '"restored"' } }],
    run: async (t) => {
      const { runtime, invocation } = await restored(t);
      const event = await runtime.next();
      await runtime.respond(event.requestId, '"restored"');
      return { status: event.status, answer: seenAnswer(await t.answerOf(invocation)) };
    },
  },
  {
    ...BASE,
    id: 'restore-error-fails-invocation',
    ref: 'SNP-004',
    title: 'A restore error is accepted, and the pending invocation fails with its type',
    source: `${SNAPSTART}; ${rie('rapi/handler/restoreerror.go')}`,
    level: 'required',
    dependsOn: ['restore-next-blocks'],
    accepts: [{ posted: 202, errorType: 'Runtime.AfterRestoreError' }],
    run: async (t) => {
      const { runtime, invocation } = await restored(t);
      const posted = await postRestoreError(runtime);
      await runtime.exit(65);
      return { posted: posted.status, ...pick(seenAnswer(await invocation.exchange.reply())) };
    },
  },
  {
    ...BASE,
    id: 'restore-error-too-early',
    ref: 'SNP-005',
    title: 'A restore error without a restore is refused',
    source: STATES,
    level: 'optional',
    accepts: [{ status: 403, errorType: 'InvalidStateTransition', errorMessage: containing('to RuntimeRestoreErrorState failed') }],
    run: async (t) => ({ ...seenReply(await postRestoreError(await t.runtime())) }),
  },
  {
    ...BASE,
    id: 'init-error-while-restoring',
    ref: 'SNP-006',
    title: 'An init error while restoring counts as a restore error',
    source: STATES,
    level: 'optional',
    dependsOn: ['restore-next-blocks'],
    accepts: [{ posted: 202, errorType: 'Runtime.AfterRestoreError' }],
    run: async (t) => {
      const { runtime, invocation } = await restored(t);
      const posted = await runtime.initError(BODY, { 'Lambda-Runtime-Function-Error-Type': 'Runtime.AfterRestoreError' });
      await runtime.exit(65);
      return { posted: posted.status, ...pick(seenAnswer(await invocation.exchange.reply())) };
    },
  },
  {
    ...BASE,
    id: 'restore-hooks-limit',
    ref: 'SNP-007',
    title: 'Hooks that take 11 seconds after a restore fail the invocation at 10',
    source: `${SNAPSTART}, limits`,
    level: 'required',
    setup: { initializationType: 'snap-start', timeoutSeconds: 30 },
    limitSeconds: 40,
    dependsOn: ['restore-next-blocks'],
    accepts: [{ afterMs: milliseconds(9_500, 11_000), isSuccess: false }],
    run: async (t) => {
      const { runtime, invocation } = await restored(t);
      t.inBackground(runtime.probe, sleep(11_000).then(() => t.serveOne(runtime, () => '"too late"')));
      const reply = await invocation.exchange.reply(15_000);
      const answer = seenAnswer(reply);
      return { afterMs: Math.round(reply.endAtMs - invocation.startedAtMs), isSuccess: answer.body === '"too late"', answer };
    },
  },
  {
    ...BASE,
    id: 'restore-environment',
    ref: 'SNP-008',
    title: 'The environment names snap-start and has no log group and stream',
    source: 'AWS guide, Using Lambda environment variables; SnapStart',
    level: 'required',
    accepts: [{ type: 'snap-start', logGroup: absent, logStream: absent }],
    run: async (t) => {
      const { environment } = await t.runtime();
      return { type: environment['AWS_LAMBDA_INITIALIZATION_TYPE'], logGroup: environment['AWS_LAMBDA_LOG_GROUP_NAME'], logStream: environment['AWS_LAMBDA_LOG_STREAM_NAME'] };
    },
  },
];

/** Triggers the restore as the target file says (`POST /path`), and invokes; by default the invocation is the trigger. */
async function restore(t: Trial): Promise<Invocation> {
  const [method, path] = (t.target.restoreTrigger ?? '').split(' ');
  if (method !== undefined && path !== undefined) await t.callFrontDoor({ method, path });
  return t.invoke();
}

/** The runtime after restore/next was answered, with an invocation pending. */
async function restored(t: Trial): Promise<{ runtime: RuntimeClient; invocation: Invocation }> {
  const runtime = await t.runtime();
  const exchange = await runtime.start(RESTORE_NEXT);
  await exchange.isPendingAfter(100);
  const invocation = await restore(t);
  await exchange.reply();
  return { runtime, invocation };
}

function postRestoreError(runtime: RuntimeClient) {
  return runtime.request({
    method: 'POST',
    path: '/2018-06-01/runtime/restore/error',
    headers: { 'Content-Type': 'application/json', 'Lambda-Runtime-Function-Error-Type': 'Runtime.AfterRestoreError' },
    body: BODY,
  });
}

function pick({ status, errorType, body }: ReturnType<typeof seenAnswer>) {
  return { status, errorType, body };
}

