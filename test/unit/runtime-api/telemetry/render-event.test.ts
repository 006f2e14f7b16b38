/** What each schema makes of an event; the expected objects are retyped from the schema references. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as events from '../../../../runtime-api/telemetry/platform-event.ts';
import { renderLogRecord, renderPlatformEvent } from '../../../../runtime-api/telemetry/render-event.ts';

const test = suite('runtime-api/telemetry/render-event');
const AT_MS = Date.UTC(2026, 0, 31, 12, 34, 56, 789);
const TIME = '2026-01-31T12:34:56.789Z';
const TRACING = { type: 'X-Amzn-Trace-Id', value: 'Root=1-2-3' } as const;
const NOW = { epochMs: AT_MS, monotonicMs: 5_000 };

const rendered = (event: events.PlatformEvent, schema: Parameters<typeof renderPlatformEvent>[2] = '2025-01-29') => renderPlatformEvent(event, AT_MS, schema).map((text) => JSON.parse(text));
const recordOf = (event: events.PlatformEvent) => rendered(event)[0].record;

test('an event has time, type and record, in this order', () => {
  const [text = ''] = renderPlatformEvent(events.logsDropped({ records: 1, bytes: 2, reason: 'r' }), AT_MS, '2022-12-13');
  assert.is(text, `{"time":"${TIME}","type":"platform.logsDropped","record":{"droppedRecords":1,"droppedBytes":2,"reason":"r"}}`);
});

test('members that are not known are not there', () => {
  assert.equal(recordOf(events.initStart({ initializationType: 'on-demand', phase: 'init', functionName: 'f', functionVersion: '$LATEST' })), {
    initializationType: 'on-demand', phase: 'init', functionName: 'f', functionVersion: '$LATEST',
  });
  assert.equal(recordOf(events.invocationStart({ requestId: 'i', version: '1', tracing: undefined })), { requestId: 'i', version: '1' });
  assert.equal(recordOf(events.runtimeDone({ requestId: 'i', status: 'success', tracing: undefined, durationMs: 1, producedBytes: 0, spans: [] })), {
    requestId: 'i', status: 'success', metrics: { durationMs: 1, producedBytes: 0 },
  });
});

test('an error type goes with errors only', () => {
  for (const [status, expected] of [['success', undefined], ['timeout', undefined], ['error', 'T']] as const) {
    assert.is(recordOf(events.initRuntimeDone({ initializationType: 'on-demand', phase: 'init', status, errorType: 'T' })).errorType, expected, status);
  }
});

test('a report has its metrics rounded as the REPORT line has', () => {
  const figures = { requestId: 'i', status: 'success', durationMs: 3.014, billedDurationMs: 114, memorySizeMiB: 128, maxMemoryUsedMiB: 36, initDurationMs: 110.1049 } as const;
  const spans = [events.span('extensionOverhead', 4_000, 4_001.2345, NOW)];
  assert.equal(recordOf(events.report(figures, { tracing: TRACING, spans })), {
    requestId: 'i',
    status: 'success',
    metrics: { durationMs: 3.01, billedDurationMs: 114, memorySizeMB: 128, maxMemoryUsedMB: 36, initDurationMs: 110.1 },
    spans: [{ name: 'extensionOverhead', start: '2026-01-31T12:34:55.789Z', durationMs: 1.235 }],
    tracing: TRACING,
  });
});

test('the Telemetry API has no end and no fault, the Logs API has both', () => {
  const report = events.report({ requestId: 'i', status: 'error', errorType: 'T', durationMs: 1, billedDurationMs: 1, memorySizeMiB: 128, maxMemoryUsedMiB: 36 }, { tracing: TRACING, spans: [] });
  const fault = events.fault('i', 'm', 'T');
  for (const schema of ['2022-07-01', '2022-12-13', '2025-01-29'] as const) {
    assert.equal(rendered(report, schema).map(({ type }) => type), ['platform.report'], schema);
    assert.equal(rendered(fault, schema), [], schema);
  }
  assert.equal(rendered(report, '2020-08-15'), [
    { time: TIME, type: 'platform.end', record: { requestId: 'i' } },
    { time: TIME, type: 'platform.report', record: { requestId: 'i', metrics: { durationMs: 1, billedDurationMs: 1, memorySizeMB: 128, maxMemoryUsedMB: 36 } } },
  ]);
  assert.equal(rendered(fault, '2020-08-15'), [{ time: TIME, type: 'platform.fault', record: 'RequestId: i Error: m\nT\n' }]);
});

test('the Logs API knows runtimeDone since its second version, and calls an error a failure', () => {
  const done = events.runtimeDone({ requestId: 'i', status: 'error', errorType: 'T', tracing: TRACING, durationMs: 1, producedBytes: 0, spans: [] });
  assert.equal(rendered(done, '2020-08-15'), []);
  assert.equal(rendered(done, '2021-03-18'), [{ time: TIME, type: 'platform.runtimeDone', record: { requestId: 'i', status: 'failure' } }]);
  assert.equal(rendered(events.initStart({ initializationType: 'on-demand', phase: 'init', functionName: '', functionVersion: '' }), '2021-03-18'), []);
});

test('each API tells of its own subscriptions', () => {
  const record = { name: 'e', state: 'Subscribed', types: ['platform'] };
  assert.equal(rendered(events.subscriptionEvent('logs', record), '2020-08-15')[0].record, record);
  assert.equal(rendered(events.subscriptionEvent('telemetry', record), '2020-08-15'), []);
  assert.equal(rendered(events.subscriptionEvent('telemetry', record), '2022-12-13')[0].record, record);
  assert.equal(rendered(events.subscriptionEvent('logs', record), '2022-12-13'), []);
});

test('a printed object is an object where the schema has objects, else a string', () => {
  const line = { kind: 'function', epochMs: AT_MS, text: ' {"a":1,"a":2} ', isJsonObject: true } as const;
  for (const schema of ['2022-12-13', '2025-01-29'] as const) assert.is(renderLogRecord(line, schema), `{"time":"${TIME}","type":"function","record": {"a":1,"a":2} }`);
  for (const schema of ['2022-07-01', '2020-08-15', '2021-03-18'] as const) assert.is(JSON.parse(renderLogRecord(line, schema)).record, line.text);
  assert.is(JSON.parse(renderLogRecord({ ...line, isJsonObject: false }, '2025-01-29')).record, line.text);
});

test('whatever is printed, an event is one line of JSON', () => {
  for (const text of ['', '"', '\\', '\u0000\u0001\u2028\ud800', 'a\rb', '{"a":', '\t']) {
    const event = renderLogRecord({ kind: 'extension', epochMs: AT_MS, text, isJsonObject: false }, '2022-12-13');
    assert.is(event.includes('\n'), false);
    assert.is(JSON.parse(event).record, text);
  }
});

test.run();
