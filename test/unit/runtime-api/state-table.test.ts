/**
 * The transition table of the protocol notes, cell by cell, on a real socket: each call of the Runtime API in each state of the runtime.
 * A cell is the answer and, for a refusal, the state that its message names; `blocks` is no answer yet.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NEXT, post, withEnvironment } from './environment-harness.ts';
import type { EnvironmentHarness } from './environment-harness.ts';
import type { RawPeer } from '../../support/raw-peer.ts';

const test = suite('runtime-api/state-table');
const RESTORE_NEXT = 'GET /2018-06-01/runtime/restore/next HTTP/1.1\r\nHost: a\r\n\r\n';
const PING = 'GET /2018-06-01/ping HTTP/1.1\r\nHost: a\r\n\r\n';

const CALLS = {
  next: NEXT,
  response: post('invocation/a/response', '"done"'),
  error: post('invocation/a/error', '{}'),
  'init/error': post('init/error', '{}'),
  'restore/next': RESTORE_NEXT,
  'restore/error': post('restore/error', '{}'),
} as const;
type Call = keyof typeof CALLS;

/** What leads to each state, on the runtime's own connection. */
const WAYS = {
  Started: async () => {},
  InitError: async (harness, runtime) => {
    await accepted(runtime, CALLS['init/error']);
  },
  Ready: async (harness, runtime) => {
    runtime.send(NEXT);
    await harness.state('idle');
  },
  Running: async (harness, runtime) => {
    await WAYS.Ready(harness, runtime);
    harness.invoke('a');
    await runtime.answer();
  },
  InvocationResponse: async (harness, runtime) => {
    await WAYS.Running(harness, runtime);
    runtime.send('POST /2018-06-01/runtime/invocation/a/response HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nbegun');
  },
  InvocationErrorResponse: async (harness, runtime) => {
    await WAYS.Running(harness, runtime);
    runtime.send('POST /2018-06-01/runtime/invocation/a/error HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nbegun');
  },
  RuntimeResponseSentState: async (harness, runtime) => {
    await WAYS.Running(harness, runtime);
    await accepted(runtime, CALLS.response);
  },
  RestoreReady: async (harness, runtime) => {
    runtime.send(RESTORE_NEXT);
    await harness.state('snapshotted');
  },
  Restoring: async (harness, runtime) => {
    await WAYS.RestoreReady(harness, runtime);
    harness.invoke('a');
    await runtime.answer();
  },
  RuntimeRestoreErrorState: async (harness, runtime) => {
    await WAYS.Restoring(harness, runtime);
    await accepted(runtime, CALLS['restore/error']);
  },
} as const satisfies Record<string, (harness: EnvironmentHarness, runtime: RawPeer) => Promise<void>>;
type State = keyof typeof WAYS;

const READY = '403 Ready';
const INIT_ERROR = '403 InitError';
const RESTORE_ERROR = '403 RuntimeRestoreErrorState';

/** Retyped from the notes, §4.2. In each row: next, response, error, init/error, restore/next, restore/error. */
const TABLE: Record<State, readonly [string, string, string, string, string, string]> = {
  Started: ['blocks', '400', '400', '202', 'blocks', RESTORE_ERROR],
  InitError: [READY, '400', '400', INIT_ERROR, READY, RESTORE_ERROR],
  Ready: ['blocks', '400', '400', INIT_ERROR, READY, RESTORE_ERROR],
  Running: ['200', '202', '202', INIT_ERROR, READY, RESTORE_ERROR],
  InvocationResponse: [READY, '403 InvocationResponse', '403 InvocationErrorResponse', INIT_ERROR, READY, RESTORE_ERROR],
  InvocationErrorResponse: [READY, '403 InvocationResponse', '403 InvocationErrorResponse', INIT_ERROR, READY, RESTORE_ERROR],
  RuntimeResponseSentState: ['blocks', '403 InvocationResponse', '403 InvocationErrorResponse', INIT_ERROR, READY, RESTORE_ERROR],
  RestoreReady: [READY, '400', '400', INIT_ERROR, READY, RESTORE_ERROR],
  // The invocation waits for the runtime, so that the next call is given it.
  Restoring: ['200', '400', '400', '202', READY, '202'],
  RuntimeRestoreErrorState: [READY, '400', '400', INIT_ERROR, READY, RESTORE_ERROR],
};
const COLUMNS = ['next', 'response', 'error', 'init/error', 'restore/next', 'restore/error'] as const satisfies readonly Call[];

const STATES: readonly State[] = ['Started', 'InitError', 'Ready', 'Running', 'InvocationResponse', 'InvocationErrorResponse', 'RuntimeResponseSentState', 'RestoreReady', 'Restoring', 'RuntimeRestoreErrorState'];

async function accepted(runtime: RawPeer, call: string): Promise<void> {
  runtime.send(call);
  assert.is((await runtime.answer())?.status, 202);
}

/** Status and named state; every body that goes with it is an object of its form. */
async function outcomeOf(harness: EnvironmentHarness, state: State, call: Call): Promise<string> {
  const runtime = await harness.runtime();
  await WAYS[state](harness, runtime);
  // What was sent without an answer has been read when a later call on another connection is answered.
  const peer = await harness.runtime();
  peer.send(PING);
  await peer.answer();
  peer.send(CALLS[call]);
  const witness = await harness.runtime();
  for (let turn = 0; turn < 2; turn += 1) {
    witness.send(PING);
    await witness.answer();
  }
  // What has come in the same turn as the witness's answer is read by the end of it.
  await new Promise((resolve) => setImmediate(resolve));
  if (peer.pending.length === 0) return 'blocks';
  const answer = await peer.answer();
  const status = String(answer?.status);
  const body = answer?.body.toString() ?? '';
  if (status === '200') return body === '"a"' ? status : `200 ${body}`;
  const { errorMessage, errorType, status: word } = JSON.parse(body);
  if (status === '202') return word === 'OK' ? status : `202 ${body}`;
  if (status === '400') return errorType === 'InvalidRequestID' && errorMessage === 'Invalid request ID' ? status : `400 ${body}`;
  const named = new RegExp(`^State transition from ${state} to (\\w+) failed for runtime\\. Error: State transition is not allowed$`).exec(errorMessage)?.[1];
  return errorType === 'InvalidStateTransition' && named !== undefined ? `${status} ${named}` : `${status} ${body}`;
}

for (const state of STATES) {
  test(`every call in ${state} is answered as the table says`, async () => {
    for (const [index, call] of COLUMNS.entries()) {
      await withEnvironment(async (harness) => {
        harness.configure({ initializationType: 'snap-start' });
        assert.is(await outcomeOf(harness, state, call), TABLE[state][index], `${call} in ${state}`);
      });
    }
  });

  test(`a reply with another id in ${state} is refused by its id`, async () => {
    for (const path of ['invocation/b/response', 'invocation/b/error']) {
      await withEnvironment(async (harness) => {
        harness.configure({ initializationType: 'snap-start' });
        await WAYS[state](harness, await harness.runtime());
        const peer = await harness.runtime();
        peer.send(PING);
        await peer.answer();
        peer.send(post(path, '{}'));
        const answer = await peer.answer();
        assert.is(`${answer?.status} ${answer?.body.toString().trim()}`, '400 {"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}', path);
      });
    }
  });
}

test.run();
