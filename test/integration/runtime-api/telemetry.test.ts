// time-limit-seconds: 180
/** Extensions that subscribe to telemetry: real processes with real listeners, good and bad. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { withEmulator } from '../../support/emulated.ts';
import type { Emulated, EmulatedOptions } from '../../support/emulated.ts';
import { writeExtension } from '../../support/extension-file.ts';

const test = suite('integration/runtime-api/telemetry');
/** Longer than anything takes; a wait in vain is to end in words. */
const NOTE_LIMIT_MS = 30_000;

type Subscription = {
  protocol?: 'HTTP' | 'TCP';
  conduct?: string;
  kind?: 'telemetry' | 'logs';
  schemaVersion?: string;
  types?: readonly string[];
  buffering?: { timeoutMs?: number; maxItems?: number };
  isQuiet?: boolean;
  twice?: boolean;
};
type TelemetryEvent = { time: string; type: string; record: Record<string, unknown> };

function withSubscriber<Result>(subscription: Subscription, options: EmulatedOptions, use: (emulated: Emulated) => Promise<Result>): Promise<Result> {
  return withEmulator({ scenario: ['obedient'], ...options }, async (emulated) => {
    writeExtension({ layersRoot: join(emulated.folder, 'opt'), name: 'watcher', scenario: ['telemetry', JSON.stringify(subscription)] });
    return use(emulated);
  });
}

const notesOf = (emulated: Emulated, beginning: string): string[] =>
  emulated.notes().filter((note) => note.startsWith(`watcher ${beginning} `)).map((note) => note.slice(`watcher ${beginning} `.length));
const eventsOf = (emulated: Emulated): TelemetryEvent[] => notesOf(emulated, 'event').map((text) => JSON.parse(text));
const typesOf = (emulated: Emulated): string[] => eventsOf(emulated).map(({ type }) => type);

async function until(emulated: Emulated, what: string, condition: () => boolean): Promise<void> {
  const endMs = performance.now() + NOTE_LIMIT_MS;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error(`${what} never came: ${emulated.notes().slice(-20).join(' | ')}\n${emulated.log().slice(-2_000)}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const untilReports = (emulated: Emulated, count: number): Promise<void> => until(emulated, `report ${count}`, () => typesOf(emulated).filter((type) => type === 'platform.report').length >= count);

async function invoke(emulated: Emulated, event: Record<string, unknown> = {}): Promise<string> {
  const reply = await emulated.invoke(JSON.stringify(event));
  return reply.headers.get('x-amzn-requestid') ?? '';
}

const INIT_TYPES = ['platform.initStart', 'platform.telemetrySubscription', 'platform.initRuntimeDone', 'platform.extension', 'platform.initReport'];

for (const protocol of ['HTTP', 'TCP'] as const) {
  // ref: TEL-014, TEL-015, TEL-017, TEL-028, TEL-039
  test(`a subscriber over ${protocol} sees every event of ten invocations in order, loses none, and is told of the end with the right reason`, async () => {
    const ids: string[] = [];
    let events: TelemetryEvent[] = [];
    let notes: string[] = [];
    await withSubscriber({ protocol, buffering: { timeoutMs: 1_000 } }, {}, async (emulated) => {
      for (let count = 0; count < 10; count += 1) ids.push(await invoke(emulated, { print: `line 1 of ${count}\nline 2 of ${count}\n` }));
      await emulated.emulator.close();
      events = eventsOf(emulated);
      notes = emulated.notes();
    });
    const invocations = ids.flatMap((id, count) => [
      `platform.start ${id}`, `function line 1 of ${count}`, `function line 2 of ${count}`, `platform.runtimeDone ${id}`, `platform.report ${id}`,
    ]);
    const told = events.map(({ type, record }) => (type === 'function' ? `${type} ${String(record)}` : record['requestId'] === undefined ? type : `${type} ${String(record['requestId'])}`));
    assert.equal(told, [...INIT_TYPES, ...invocations]);
    assert.equal(notes.filter((note) => /^watcher (?:INVOKE|SHUTDOWN) /.test(note)), [...ids.map((id) => `watcher INVOKE ${id}`), 'watcher SHUTDOWN spindown']);
    // Everything was there before the end was told.
    assert.is(notes.at(-1), 'watcher SHUTDOWN spindown');
    assert.ok(events.every(({ time }) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(time)));
  });
}

// ref: TEL-021, TEL-022, TEL-023
test('what a report says is what the REPORT line says', async () => {
  await withSubscriber({}, {}, async (emulated) => {
    const id = await invoke(emulated, { response: '"twelve bytes"' });
    await untilReports(emulated, 1);
    const done = eventsOf(emulated).find(({ type }) => type === 'platform.runtimeDone')?.record ?? {};
    assert.equal(Object.keys(done), ['requestId', 'status', 'metrics', 'spans', 'tracing']);
    assert.is(Object(done['metrics']).producedBytes, 14);
    const metrics = Object(eventsOf(emulated).find(({ type }) => type === 'platform.report')?.record['metrics']);
    const log = await emulated.logged(/^REPORT.*\n/m);
    const line = /^REPORT .*$/m.exec(log)?.[0] ?? '';
    const { durationMs, billedDurationMs, memorySizeMB, maxMemoryUsedMB, initDurationMs } = metrics;
    assert.is(line, `REPORT RequestId: ${id}\tDuration: ${durationMs.toFixed(2)} ms\tBilled Duration: ${billedDurationMs} ms\tMemory Size: ${memorySizeMB} MB\tMax Memory Used: ${maxMemoryUsedMB} MB\tInit Duration: ${initDurationMs.toFixed(2)} ms\t`);
  });
});

// ref: TEL-024, TEL-025, TEL-026
for (const [what, scenario, options, status, errorType] of [
  ['a crash', ['exitAfterNext', '3'], {}, 'error', 'Runtime.ExitError'],
  ['a time-out', ['silentOnce'], { timeoutMs: 6_000 }, 'timeout', undefined],
] as const) {
  test(`${what} is told in runtimeDone and report before the processes end, and the next life has subscriptions of its own`, async () => {
    await withSubscriber({}, { scenario, ...options }, async (emulated) => {
      const id = await invoke(emulated);
      await until(emulated, 'SHUTDOWN', () => notesOf(emulated, 'SHUTDOWN').length > 0);
      const events = eventsOf(emulated);
      for (const type of ['platform.runtimeDone', 'platform.report']) {
        const record = events.find((event) => event.type === type)?.record ?? {};
        assert.equal([record['requestId'], record['status'], record['errorType']], [id, status, errorType], type);
      }
      assert.equal(typesOf(emulated).slice(-3), ['platform.start', 'platform.runtimeDone', 'platform.report']);
      await invoke(emulated);
      await untilReports(emulated, 2);
      const phases = eventsOf(emulated).filter(({ type }) => type === 'platform.initReport').map(({ record }) => record['phase']);
      assert.equal(phases, ['init', 'invoke']);
    });
  });
}

// ref: TEL-036
for (const conduct of ['refuseOnce', 'babble']) {
  test(`a destination that is at fault once (${conduct}) gets everything all the same`, async () => {
    await withSubscriber({ conduct }, {}, async (emulated) => {
      const ids = [await invoke(emulated), await invoke(emulated)];
      await untilReports(emulated, 2);
      assert.equal(eventsOf(emulated).filter(({ type }) => type === 'platform.report').map(({ record }) => record['requestId']), ids);
    });
  });
}

test('a TCP destination that breaks its connection is connected to again', async () => {
  await withSubscriber({ protocol: 'TCP', conduct: 'break' }, {}, async (emulated) => {
    for (let count = 0; count < 20 && !typesOf(emulated).includes('platform.report'); count += 1) await invoke(emulated);
    await untilReports(emulated, 1);
  });
});

// ref: TEL-037
for (const conduct of ['silent', 'drop', 'refuse', 'redirect', 'gone']) {
  test(`a destination that takes nothing (${conduct}) stops neither invocations nor the end`, async () => {
    await withSubscriber({ conduct }, {}, async (emulated) => {
      for (let count = 0; count < 20; count += 1) assert.is((await emulated.invoke('{"response":"1"}')).body.toString(), '1');
      if (conduct === 'redirect') {
        await until(emulated, 'a batch', () => notesOf(emulated, 'batch').length > 1);
        assert.ok(notesOf(emulated, 'batch').every((batch) => batch === 'POST /events application/json sandbox.localdomain'));
      }
      await emulated.emulator.close();
      assert.equal(notesOf(emulated, 'SHUTDOWN'), ['spindown']);
      assert.equal(typesOf(emulated), []);
    });
  });
}

// ref: TEL-038
for (const [protocol, conduct] of [['HTTP', 'untilTold'], ['TCP', 'deaf']] as const) {
  test(`a flood for a ${protocol} destination that does not read (${conduct}) is bounded, and what was lost is told of`, async () => {
    await withSubscriber({ protocol, conduct, isQuiet: true }, { scenario: ['flood', '400000'], timeoutMs: 60_000 }, async (emulated) => {
      const before = process.memoryUsage().rss;
      assert.is((await emulated.invoke('"x"')).body.toString(), '"x"');
      assert.ok(process.memoryUsage().rss - before < 300 * 1_048_576, 'memory grew with the flood');
      if (conduct === 'deaf') return;
      appendFileSync(join(emulated.folder, 'notes'), 'watcher go\n');
      await until(emulated, 'logsDropped', () => typesOf(emulated).includes('platform.logsDropped'));
      await untilReports(emulated, 1);
      const lost = eventsOf(emulated).find(({ type }) => type === 'platform.logsDropped')?.record ?? {};
      assert.ok(Number(lost['droppedRecords']) > 0 && Number(lost['droppedBytes']) > 0);
      assert.is(lost['reason'], 'Some logs were dropped because the downstream consumer is slower than the logs production rate');
    });
  });
}

// ref: TEL-042
test('a line of 5 MB arrives in parts, each an event that fits any buffer', async () => {
  await withSubscriber({ types: ['function'] }, {}, async (emulated) => {
    await invoke(emulated, { print: `${'l'.repeat(5_000_000)}\n` });
    await until(emulated, 'the line', () => eventsOf(emulated).reduce((sum, { record }) => sum + String(record).length, 0) >= 2_000_000);
    for (const text of notesOf(emulated, 'event')) assert.ok(text.length <= 262_144 + 200, String(text.length));
  });
});

// ref: TEL-012, TEL-034
test('a second subscription leaves the first one as it is', async () => {
  await withSubscriber({ twice: true }, {}, async (emulated) => {
    await invoke(emulated);
    await untilReports(emulated, 1);
    assert.equal(notesOf(emulated, 'subscribed'), ['200 "OK"', '200 "OK"']);
    assert.equal(eventsOf(emulated).filter(({ type }) => type === 'platform.telemetrySubscription').map(({ record }) => record['state']), ['Subscribed', 'Already subscribed']);
    assert.is(typesOf(emulated).filter((type) => type === 'platform.report').length, 1);
    assert.match(emulated.log(), /^TELEMETRY\tName: watcher\tState: Subscribed\tTypes: \[Platform, Function, Extension\]$/m);
  });
});

test('the Logs API has its own events, and an end for each invocation', async () => {
  await withSubscriber({ kind: 'logs', schemaVersion: '2021-03-18' }, {}, async (emulated) => {
    const id = await invoke(emulated, { print: 'a line\n' });
    await untilReports(emulated, 1);
    assert.equal(typesOf(emulated), ['platform.logsSubscription', 'platform.initRuntimeDone', 'platform.extension', 'platform.start', 'function', 'platform.runtimeDone', 'platform.end', 'platform.report']);
    assert.equal(eventsOf(emulated).find(({ type }) => type === 'platform.runtimeDone')?.record, { requestId: id, status: 'success' });
    assert.match(emulated.log(), /^LOGS\tName: watcher\tState: Subscribed\tTypes: \[Platform, Function, Extension\]$/m);
  });
});

// ref: TEL-029, LOG-012, LOG-013
test('in JSON format the log has objects of every event that its level lets through', async () => {
  const logging = { format: 'JSON', applicationLevel: 'WARN', systemLevel: 'DEBUG' } as const;
  await withSubscriber({ types: ['function'] }, { logging }, async (emulated) => {
    await invoke(emulated, { print: '{"level":"info","message":"left out"}\n{"level":"error","message":"kept"}\nleft out too\n' });
    const log = await emulated.logged(/"platform.report".*\n/);
    const lines = log.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));
    assert.equal(lines.map(({ type, message }) => type ?? message), [
      ...INIT_TYPES, 'platform.start', 'kept', 'platform.runtimeDone', 'platform.report',
    ]);
    // The filter is the log's.
    await until(emulated, 'three lines', () => eventsOf(emulated).length >= 3);
    assert.equal(eventsOf(emulated).map(({ record }) => record), [{ level: 'info', message: 'left out' }, { level: 'error', message: 'kept' }, 'left out too']);
  });
});

test.run();
