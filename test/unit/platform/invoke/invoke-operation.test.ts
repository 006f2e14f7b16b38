import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ApiError } from '../../../../platform/api/index.ts';
import { invokeOperation } from '../../../../platform/invoke/index.ts';
import type { InvokeCall } from '../../../../platform/invoke/index.ts';
import { workerError } from '../../../../platform/worker/errors.ts';
import type { InvocationOutcome, InvocationRequest } from '../../../../platform/worker/index.ts';
import { fakeClock } from '../../../support/fake-clock.ts';
import { functionVersion, settled, stateOf } from '../worker/fake-sandbox.ts';

const test = suite('platform/invoke/invoke-operation');
const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:fn';

function open(options: { outcome?: (request: InvocationRequest) => Promise<InvocationOutcome>; find?: () => never } = {}) {
  const requests: InvocationRequest[] = [];
  const faults: unknown[] = [];
  const lookups: [string, string | undefined][] = [];
  const operation = invokeOperation({
    clock: fakeClock(),
    onFault: (error) => faults.push(error),
    lookup: {
      async find(reference, qualifier) {
        lookups.push([reference, qualifier]);
        options.find?.();
        return { functionArn: ARN, version: functionVersion() };
      },
    },
    worker: {
      async invoke(_version, request) {
        requests.push(request);
        return (options.outcome ?? answering('"ok"'))(request);
      },
    },
  });
  const call = (changes: Partial<InvokeCall> = {}, headers: Record<string, string> = {}) =>
    operation({ reference: 'fn', qualifier: undefined, headers: new Map(Object.entries(headers)), body: Buffer.from('{}'), bodyBytes: 2, ...changes });
  return { call, requests, faults, lookups };
}

function answering(body: string, isFunctionError = false): (request: InvocationRequest) => Promise<InvocationOutcome> {
  return async ({ invocation }) => ({
    answered: Promise.resolve({ requestId: invocation.requestId, body: Buffer.from(body), isFunctionError, origin: 'reply' }),
    completed: Promise.resolve({ requestId: invocation.requestId, status: 'success', durationMs: 1, maxMemoryUsedMiB: 1, memorySizeMiB: 128, logStream: 's', logTail: Buffer.from('START END') }),
  });
}

function headerOf(lines: string, name: string): string | undefined {
  return lines.split('\r\n').find((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}: `))?.slice(name.length + 2);
}

function bodyOf(body: Buffer): unknown {
  return JSON.parse(body.toString());
}

test('the answer is the body as it is, with the version that ran', async () => {
  const { call, requests } = open({ outcome: answering('not even JSON') });
  const reply = await call();
  assert.is(reply.status, 200);
  assert.is(reply.body.toString(), 'not even JSON');
  assert.is(headerOf(reply.headerLines, 'X-Amz-Executed-Version'), '$LATEST');
  assert.is(headerOf(reply.headerLines, 'x-amzn-RequestId'), requests[0]?.invocation.requestId);
  assert.is(headerOf(reply.headerLines, 'X-Amz-Function-Error'), undefined);
});

test('a function error is a 200 with its header', async () => {
  const reply = await open({ outcome: answering('{}', true) }).call();
  assert.is(reply.status, 200);
  assert.is(headerOf(reply.headerLines, 'X-Amz-Function-Error'), 'Unhandled');
});

test('the log tail is given to who asks for it, in base64', async () => {
  const { call } = open();
  assert.is(headerOf((await call()).headerLines, 'X-Amz-Log-Result'), undefined);
  const reply = await call({}, { 'x-amz-log-type': 'Tail' });
  assert.is(Buffer.from(headerOf(reply.headerLines, 'X-Amz-Log-Result') ?? '', 'base64').toString(), 'START END');
});

test('without the log tail the answer does not wait for the report', async () => {
  const outcome = async (request: InvocationRequest): Promise<InvocationOutcome> => ({ ...(await answering('1')(request)), completed: new Promise(() => {}) });
  const { call } = open({ outcome });
  const state = await stateOf(call());
  assert.is(typeof state === 'object' && 'status' in state ? state.status : state, 200);
  assert.is(await stateOf(call({}, { 'x-amz-log-type': 'Tail' })), 'pending');
});

test('a dry run runs nothing', async () => {
  const { call, requests } = open();
  const reply = await call({}, { 'x-amz-invocation-type': 'DryRun' });
  assert.is(reply.status, 204);
  assert.is(requests.length, 0);
});

test('an event invocation is not accepted, because nothing would keep it', async () => {
  const { call, requests } = open();
  const reply = await call({}, { 'x-amz-invocation-type': 'Event' });
  assert.is(reply.status, 501);
  assert.is(headerOf(reply.headerLines, 'x-amzn-ErrorType'), 'NotImplementedException');
  assert.is(requests.length, 0);
});

test('an invocation type that does not exist is refused', async () => {
  assert.is((await open().call({}, { 'x-amz-invocation-type': 'Later' })).status, 400);
});

test('an event that is not JSON is refused before anything runs', async () => {
  const { call, requests } = open();
  const reply = await call({ body: Buffer.from('{'), bodyBytes: 1 });
  assert.is(reply.status, 400);
  assert.is(headerOf(reply.headerLines, 'x-amzn-ErrorType'), 'InvalidRequestContentException');
  assert.is(requests.length, 0);
});

test('an event over the limit is refused with its size', async () => {
  const reply = await open().call({ body: Buffer.alloc(0), bodyBytes: 6_291_457 });
  assert.is(reply.status, 413);
  assert.match(reply.body.toString(), /6291457 byte payload is too large/);
});

test('no event counts as an empty object', async () => {
  const { call, requests } = open();
  await call({ body: Buffer.alloc(0), bodyBytes: 0 });
  assert.is(requests[0]?.invocation.payload.toString(), '{}');
});

test('an unknown function comes before an event that is not JSON', async () => {
  const { call } = open({
    find() {
      throw new ApiError('ResourceNotFoundException', 'Function not found: x');
    },
  });
  const reply = await call({ body: Buffer.from('{'), bodyBytes: 1 });
  assert.is(reply.status, 404);
  assert.equal(bodyOf(reply.body), { Type: 'User', Message: 'Function not found: x' });
});

test('a full worker is a 429 with its reason, and no fault of the platform', async () => {
  const { call, faults } = open({ outcome: () => Promise.reject(workerError('worker/busy', 'too many')) });
  const reply = await call();
  assert.is(reply.status, 429);
  assert.equal(bodyOf(reply.body), { Type: 'User', Reason: 'ConcurrentInvocationLimitExceeded', message: 'Rate Exceeded.' });
  assert.equal(faults, []);
});

test('events of 512 MiB may run and wait at a time, and one more byte may not', async () => {
  let finish = (): void => {};
  const going = new Promise<void>((resolve) => (finish = resolve));
  const { call, requests } = open({ outcome: (request) => going.then(() => answering('1')(request)) });
  const body = Buffer.alloc(4_194_304, ' ');
  body[0] = 0x31;
  const running = Array.from({ length: 128 }, () => call({ body, bodyBytes: body.length }));
  await settled();
  assert.is(requests.length, 128);
  assert.is((await call({ body: Buffer.from('1'), bodyBytes: 1 })).status, 429);
  finish();
  await Promise.all(running);
  assert.is((await call()).status, 200);
});

test('what is nobody\'s doing but ours is a 500 that tells nothing, and the log is told all', async () => {
  const error = workerError('worker/start-failed', 'bwrap: /secret/path: no such file', { detail: { path: '/secret/path' } });
  const { call, faults } = open({ outcome: () => Promise.reject(error) });
  const reply = await call();
  assert.is(reply.status, 500);
  assert.not.match(reply.body.toString() + reply.headerLines, /secret|bwrap/);
  assert.equal(faults, [error]);
});

test('a tracing header is handed on, one of more than 1,024 characters is replaced', async () => {
  const { call, requests } = open();
  await call({}, { 'x-amzn-trace-id': 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1' });
  await call({}, { 'x-amzn-trace-id': 'x'.repeat(1_024) });
  await call({}, { 'x-amzn-trace-id': 'x'.repeat(1_025) });
  await call();
  assert.equal(
    requests.map(({ invocation }) => invocation.traceId?.slice(0, 9)),
    ['Root=1-57', 'xxxxxxxxx', 'Root=1-65', 'Root=1-65'],
  );
});

test('reference and qualifier reach the look-up as they were given', async () => {
  const { call, lookups } = open();
  await call({ reference: 'fn:live', qualifier: 'live' });
  assert.equal(lookups, [['fn:live', 'live']]);
});

test.run();
