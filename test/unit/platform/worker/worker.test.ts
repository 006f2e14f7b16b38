import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isCodedError } from '../../../../foundation/coded-error.ts';
import type { IsolationBackend, SandboxRequest } from '../../../../platform/isolation/index.ts';
import { Worker } from '../../../../platform/worker/index.ts';
import type { LogRecord } from '../../../../platform/worker/index.ts';
import { fakeClock } from '../../../support/fake-clock.ts';
import { FakeSandbox, functionVersion, invocationRequest, settled, stateOf } from './fake-sandbox.ts';

const test = suite('platform/worker/worker');
const ID = '11111111-1111-4111-8111-111111111111';

/** Sandboxes whose server says hello at once and answers each event by itself. */
function openWorker(options: { environmentsMax?: number; prepare?: (sandbox: FakeSandbox) => void } = {}) {
  const clock = fakeClock();
  const sandboxes: FakeSandbox[] = [];
  const requests: SandboxRequest[] = [];
  const records: LogRecord[] = [];
  const problems: unknown[] = [];
  let isClosed = false;
  const backend: IsolationBackend = {
    kind: 'namespace',
    probe: () => Promise.reject(new Error('not asked in this test')),
    async prepare(request) {
      requests.push(request);
      const sandbox = new FakeSandbox(`s${sandboxes.length + 1}`);
      sandboxes.push(sandbox);
      sandbox.server.say('hello', { protocol: 1 });
      options.prepare?.(sandbox);
      return sandbox;
    },
    async close() {
      isClosed = true;
    },
  };
  const worker = new Worker({
    clock,
    backend,
    server: { platformDir: '/platform', command: ['/var/rapid/node'], environment: {} },
    logSink: { write: (record) => void records.push(record) },
    onProblem: (error) => problems.push(error),
    blankPerRoot: 0,
    environmentsMax: options.environmentsMax,
  });
  return { worker, clock, sandboxes, requests, records, problems, isClosed: () => isClosed };
}

async function serveNext(sandbox: FakeSandbox | undefined, requestId: string): Promise<void> {
  sandbox?.server.initReported();
  await settled();
  sandbox?.server.serve(requestId);
}

test('a sandbox is prepared with the root, the server and the size of /tmp of the function', async () => {
  const { worker, requests, sandboxes } = openWorker();
  const invoked = worker.invoke(functionVersion({ tmpMiB: 1_024 }), invocationRequest(ID));
  await settled();
  await serveNext(sandboxes[0], ID);
  await (await invoked).completed;
  assert.equal(requests, [
    { rootPath: '/root-of-image', rootDigest: 'sha256:root', architecture: 'x86_64', tmpMiB: 1_024, platformDir: '/platform', command: ['/var/rapid/node'], environment: {} },
  ]);
});

test('an environment is free for the next invocation when the first is completed', async () => {
  const { worker, sandboxes } = openWorker({ environmentsMax: 1 });
  const version = functionVersion();
  const first = worker.invoke(version, invocationRequest(ID));
  const second = worker.invoke(version, invocationRequest('22222222-2222-4222-8222-222222222222'));
  await settled();
  await serveNext(sandboxes[0], ID);
  await (await first).completed;
  await settled();
  sandboxes[0]?.server.serve('22222222-2222-4222-8222-222222222222');
  assert.is((await (await second).completed).status, 'success');
  assert.is(sandboxes.length, 1);
});

test('an environment that died unseen is not given an invocation: another one is', async () => {
  const { worker, sandboxes } = openWorker();
  const version = functionVersion();
  const first = await worker.invoke(version, invocationRequest(ID));
  await serveNext(sandboxes[0], ID);
  await first.completed;
  await settled();
  // Violates its order while it is idle, and is taken in the same turn.
  sandboxes[0]?.server.say('started', { requestId: ID });
  await settled();
  const second = await worker.invoke(version, invocationRequest(ID));
  await serveNext(sandboxes[1], ID);
  assert.is((await second.completed).status, 'success');
});

test('a server that never starts is an error of the platform, and its sandbox is destroyed', async () => {
  const { worker, sandboxes } = openWorker({ prepare: (sandbox) => sandbox.server.raw(Buffer.from('garbage that is no frame')) });
  const state = await stateOf(worker.invoke(functionVersion(), invocationRequest(ID)));
  assert.ok(typeof state === 'object' && 'rejected' in state && isCodedError(state.rejected) && state.rejected.fault === 'platform');
  assert.ok(sandboxes[0]?.calls.includes('destroy'));
});

test('closing answers who still waits, ends every sandbox, and then the backend', async () => {
  const { worker, sandboxes, isClosed } = openWorker();
  const outcome = await worker.invoke(functionVersion(), invocationRequest(ID));
  await worker.close();
  assert.ok((await outcome.answered).isFunctionError);
  assert.ok(sandboxes[0]?.calls.includes('destroy'));
  assert.ok(isClosed());
});

test.run();
