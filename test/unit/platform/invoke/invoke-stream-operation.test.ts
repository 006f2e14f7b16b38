import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ApiError } from '../../../../platform/api/index.ts';
import { invokeStreamOperation } from '../../../../platform/invoke/index.ts';
import { workerError } from '../../../../platform/worker/errors.ts';
import type { InvocationOutcome, InvocationRequest } from '../../../../platform/worker/index.ts';
import { fakeClock } from '../../../support/fake-clock.ts';
import { functionVersion } from '../worker/fake-sandbox.ts';

const test = suite('platform/invoke/invoke-stream-operation');

function open(run: (request: InvocationRequest) => Promise<InvocationOutcome>, find: () => void = () => {}) {
  const requests: InvocationRequest[] = [];
  const trace: string[] = [];
  const operation = invokeStreamOperation({
    clock: fakeClock(),
    onFault: () => trace.push('fault'),
    lookup: {
      async find() {
        find();
        return { functionArn: 'arn', version: functionVersion() };
      },
    },
    worker: {
      async invoke(_version, request) {
        requests.push(request);
        return run(request);
      },
    },
  });
  const call = (headers: Record<string, string> = {}, body = '{}') =>
    operation({ reference: 'fn', qualifier: undefined, headers: new Map(Object.entries(headers)), body: Buffer.from(body), bodyBytes: body.length }, (head) => {
      trace.push(`open ${head.status}`);
      return {
        write(pieces) {
          trace.push(String(pieces[1]));
          return true;
        },
        end: () => void trace.push('end'),
        abort: () => void trace.push('abort'),
      };
    });
  return { call, requests, trace };
}

async function streams(request: InvocationRequest): Promise<InvocationOutcome> {
  request.stream?.begun({ contentType: 'text/plain', resume() {} });
  request.stream?.piece(Buffer.from('a'));
  return answered(request, '');
}

function answered({ invocation: { requestId } }: InvocationRequest, body: string): InvocationOutcome {
  return {
    answered: Promise.resolve({ requestId, body: Buffer.from(body), isFunctionError: false, origin: 'reply' }),
    completed: Promise.resolve({ requestId, status: 'success', durationMs: 1, maxMemoryUsedMiB: 1, memorySizeMiB: 128, logStream: 's', logTail: Buffer.from('log') }),
  };
}

test('the environment is told that the invoker streams; pieces and end reach the invoker, and there is no other answer', async () => {
  const { call, requests, trace } = open(streams);
  assert.is(await call(), undefined);
  assert.is(requests[0]?.invocation.responseMode, 'streaming');
  assert.equal(trace, ['open 200', 'a', '{}', 'end']);
});

test('the log tail comes with the completion', async () => {
  const { call, trace } = open(streams);
  await call({ 'x-amz-log-type': 'Tail' });
  assert.is(trace[2], '{"LogResult":"bG9n"}');
});

test('a buffered response is a stream of one chunk', async () => {
  const { call, trace } = open(async (request) => answered(request, '"b"'));
  await call();
  assert.equal(trace, ['open 200', '"b"', '{}', 'end']);
});

const REFUSALS: readonly { title: string; status: number; headers?: Record<string, string>; body?: string; run?: () => Promise<never>; find?: () => void }[] = [
  { title: 'an Event', status: 400, headers: { 'x-amz-invocation-type': 'Event' } },
  { title: 'a dry run', status: 204, headers: { 'x-amz-invocation-type': 'DryRun' } },
  { title: 'what is no JSON', status: 400, body: '{' },
  { title: 'an unknown function', status: 404, find: () => { throw new ApiError('ResourceNotFoundException', 'no'); } },
  { title: 'a busy worker', status: 429, run: () => Promise.reject(workerError('worker/busy', 'no')) },
  { title: 'a worker that fails', status: 500, run: () => Promise.reject(new Error('no')) },
];
for (const { title, status, headers, body, run, find } of REFUSALS) {
  test(`${title} is answered without a stream`, async () => {
    const { call, trace } = open(run ?? streams, find);
    assert.is((await call(headers, body))?.status, status);
    assert.not.ok(trace.includes('open 200'));
  });
}

test.run();
