import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import fc from 'fast-check';
import { listenForTelemetry, parseTelemetry, registerExtension, runExtension, type TelemetryEvent } from '../../../../runtimes/sdk/index.ts';
import { startFakeRuntimeApi, type FakeRuntimeApi } from '../../../../runtimes/sdk/test-kit/index.ts';
import { caught } from '../../../support/temporary-folder.ts';

const test = suite('runtimes/sdk/extension');

async function withApi(use: (api: FakeRuntimeApi) => Promise<void>): Promise<void> {
  const api = await startFakeRuntimeApi();
  try {
    await use(api);
  } finally {
    await api.close();
  }
}

const INVOKE = { eventType: 'INVOKE', deadlineMs: 1, requestId: 'r-1', invokedFunctionArn: 'arn', tracing: { type: 'X-Amzn-Trace-Id', value: 'Root=1' } };

test('an extension registers, takes events and ends at its shutdown', () =>
  withApi(async (api) => {
    const seen: unknown[] = [];
    const running = runExtension({ address: api.address, name: 'sidecar', onInvoke: (event) => void seen.push(event), onShutdown: ({ shutdownReason }) => void seen.push(shutdownReason) });
    await until(() => api.extensions.registered.length > 0);
    api.extensions.send(INVOKE);
    api.extensions.send({ eventType: 'SHUTDOWN', deadlineMs: 2, shutdownReason: 'SPINDOWN' });
    await running;
    assert.equal(seen, [INVOKE, 'spindown']);
    assert.equal(api.extensions.registered.map(({ name, events, nextCount }) => [name, events, nextCount]), [['sidecar', ['INVOKE', 'SHUTDOWN'], 2]]);
  }));

/** Where an extension fails, and what is reported. */
const FAILURES: { title: string; handlers: object; phase: string; headerType: string }[] = [
  { title: 'a failing onInit', handlers: { onInit: () => { throw new RangeError('x'); } }, phase: 'init', headerType: 'Extension.RangeError' },
  { title: 'a failing onInvoke', handlers: { onInvoke: () => { throw new RangeError('x'); } }, phase: 'exit', headerType: 'Extension.RangeError' },
  { title: 'an event that nobody knows', handlers: { onInvoke: () => undefined, unknown: true }, phase: 'exit', headerType: 'Extension.UnknownEvent' },
];
for (const { title, handlers, phase, headerType } of FAILURES) {
  test(`${title} is reported and rejected with`, () =>
    withApi(async (api) => {
      const ended = caught(() => runExtension({ address: api.address, name: 'sidecar', ...handlers }));
      await until(() => api.extensions.registered.length > 0);
      if (phase === 'exit') api.extensions.send('unknown' in handlers ? { eventType: 'NEW' } : INVOKE);
      assert.ok((await ended) instanceof Error);
      assert.equal(api.extensions.registered[0]?.errors.map((error) => [error.phase, error.headerType]), [[phase, headerType]]);
    }));
}

test('a refused registration is an error of the type that the platform names', () =>
  withApi(async (api) => {
    const error = await caught(() => registerExtension({ address: api.address, name: '', events: [] }));
    assert.is(error instanceof Error && error.name, 'Extension.InvalidExtensionName');
  }));

test('telemetry is subscribed to before the first event, delivered to the listener and typed', () =>
  withApi(async (api) => {
    const events: TelemetryEvent[] = [];
    const running = runExtension({ address: api.address, name: 'sidecar', telemetry: { types: ['platform', 'function'], onEvents: (batch) => void events.push(...batch) } });
    await until(() => api.extensions.registered[0]?.nextCount === 1);
    const destination = api.extensions.registered[0]?.subscription?.['destination'];
    const uri = String(typeof destination === 'object' && destination !== null ? Reflect.get(destination, 'URI') : '').replace('sandbox.localdomain', '127.0.0.1');
    const delivery = [
      { time: 't', type: 'platform.start', record: { requestId: 'r' } },
      { time: 't', type: 'function', record: 'a line' },
      { time: 't', type: 'platform.invented', record: {} },
      { time: 't', type: 'platform.report', record: { requestId: 'r' } },
    ];
    assert.is((await fetch(uri, { method: 'POST', body: JSON.stringify(delivery) })).status, 200);
    assert.is((await fetch(uri, { method: 'POST', body: '{' })).status, 400);
    assert.equal(events.map((event) => event.type), ['platform.start', 'function', 'unknown', 'unknown']);
    api.extensions.send({ eventType: 'SHUTDOWN', deadlineMs: 2, shutdownReason: 'spindown' });
    await running;
    await fetch(uri).then(() => assert.unreachable('the listener is closed'), () => undefined);
  }));

test('a delivery that the program fails to take is asked for again', async () => {
  const listener = await listenForTelemetry({ onEvents: () => Promise.reject(new Error('disk full')) });
  try {
    assert.is((await fetch(listener.uri.replace('sandbox.localdomain', '127.0.0.1'), { method: 'POST', body: '[]' })).status, 500);
  } finally {
    await listener.close();
  }
});

test('a delivery above the limit is refused', async () => {
  const listener = await listenForTelemetry({ onEvents: () => undefined });
  try {
    const response = await fetch(listener.uri.replace('sandbox.localdomain', '127.0.0.1'), { method: 'POST', body: Buffer.alloc(4_194_305, ' ') });
    assert.is(response.status, 413);
  } finally {
    await listener.close();
  }
});

test('whatever is delivered, it is parsed or refused', () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string(), fc.array(fc.record({ type: fc.constantFrom('function', 'platform.start', 'constructor'), record: fc.jsonValue() })).map((value) => JSON.stringify(value))), (text) => {
      try {
        for (const event of parseTelemetry(text)) assert.type(event.time, 'string');
      } catch (error) {
        assert.ok(error instanceof SyntaxError || error instanceof TypeError);
      }
    }),
  );
});

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 2));
}

test.run();
