/** The level table is retyped from the specification notes. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { jsonPlatformLine, keepsAll, keepsLine, loggingVariables } from '../../../runtime-api/log-format.ts';
import type { Logging } from '../../../runtime-api/log-format.ts';
import * as events from '../../../runtime-api/telemetry/platform-event.ts';

const test = suite('runtime-api/log-format');
const JSON_LOG: Logging = { format: 'JSON', applicationLevel: 'INFO', systemLevel: 'INFO' };
const FIGURES = { requestId: 'i', durationMs: 1, billedDurationMs: 1, memorySizeMiB: 128, maxMemoryUsedMiB: 1 };
const INIT = { initializationType: 'on-demand', phase: 'init', functionName: 'f', functionVersion: '1' } as const;

function levelOf(event: events.PlatformEvent): string {
  return (['WARN', 'INFO', 'DEBUG'] as const).find((systemLevel) => jsonPlatformLine({ ...JSON_LOG, systemLevel }, event, 0) !== '') ?? 'never';
}

for (const [level, event] of [
  ['DEBUG', events.initStart(INIT)],
  ['INFO', events.initStart({ ...INIT, runtimeVersion: 'nodejs:24.v1' })],
  ['DEBUG', events.initRuntimeDone({ ...INIT, status: 'success' })],
  ['WARN', events.initRuntimeDone({ ...INIT, status: 'timeout' })],
  ['DEBUG', events.initReport({ ...INIT, status: 'success', durationMs: 1 })],
  ['INFO', events.initReport({ ...INIT, initializationType: 'provisioned-concurrency', status: 'success', durationMs: 1 })],
  ['INFO', events.initReport({ ...INIT, initializationType: 'snap-start', status: 'success', durationMs: 1 })],
  ['WARN', events.initReport({ ...INIT, status: 'error', durationMs: 1 })],
  ['INFO', events.invocationStart({ requestId: 'i', tracing: undefined, version: '1' })],
  ['DEBUG', events.runtimeDone({ requestId: 'i', tracing: undefined, status: 'success', durationMs: 1, producedBytes: 0, spans: [] })],
  ['WARN', events.runtimeDone({ requestId: 'i', tracing: undefined, status: 'error', durationMs: 1, producedBytes: 0, spans: [] })],
  ['INFO', events.report({ ...FIGURES, status: 'success' }, { tracing: undefined, spans: [] })],
  ['WARN', events.report({ ...FIGURES, status: 'timeout' }, { tracing: undefined, spans: [] })],
  ['INFO', events.extensionEvent({ name: 'e', state: 'Ready', events: [] })],
  ['INFO', events.subscriptionEvent('telemetry', { name: 'e', state: 'Subscribed', types: [] })],
  ['WARN', events.logsDropped({ records: 1, bytes: 1, reason: 'r' })],
  ['never', events.fault('i', 'm', 'T')],
] as const) {
  test(`${event.type} ${JSON.stringify(event.record).slice(0, 90)} is of level ${level}`, () => assert.is(levelOf(event), level));
}

for (const [line, level] of [
  ['{"level":"TRACE"}', 'TRACE'], ['{"level":"debug","message":"m"}', 'DEBUG'], ['{"level":"Error"}', 'ERROR'], ['  {"level":"FATAL"}', 'FATAL'], ['{"level":"nope"}', 'INFO'], ['{"level":7}', 'INFO'], ['{}', 'INFO'],
  ['words', 'INFO'], ['{"level":"ERROR"', 'INFO'], ['["ERROR"]', 'INFO'], ['', 'INFO'], ['{"level":"ERROR","timestamp":"2026-01-31T12:34:56.789Z"}', 'ERROR'], ['{"level":"ERROR","timestamp":"2026-01-31T12:34:56+01:00"}', 'ERROR'],
  ['{"level":"ERROR","timestamp":"yesterday"}', 'INFO'], ['{"level":"ERROR","timestamp":1769862896}', 'INFO'], ['{"level":"ERROR","timestamp":"2026-13-45T99:99:99Z"}', 'INFO'],
] as const) {
  test(`${JSON.stringify(line)} counts as ${level}`, () => {
    const lowest = (['FATAL', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE'] as const).find((applicationLevel) => keepsLine({ ...JSON_LOG, applicationLevel }, line));
    assert.is(lowest, level);
  });
}

test('deep and long objects are looked at without harm', () => {
  assert.is(keepsLine(JSON_LOG, `{"a":${'['.repeat(100_000)}`), true);
  assert.is(keepsLine({ ...JSON_LOG, applicationLevel: 'ERROR' }, `{"level":"error","a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`), true);
});

test('nothing is looked at where nothing can be left out', () => {
  assert.equal([keepsAll(JSON_LOG), keepsAll({ ...JSON_LOG, applicationLevel: 'TRACE' }), keepsAll({ ...JSON_LOG, format: 'Text', applicationLevel: 'FATAL' })], [false, true, true]);
});

test('the runtime is told of the JSON format only', () => {
  assert.equal(loggingVariables(undefined), {});
  assert.equal(loggingVariables({ ...JSON_LOG, format: 'Text' }), {});
  assert.equal(loggingVariables({ ...JSON_LOG, applicationLevel: 'WARN' }), { AWS_LAMBDA_LOG_FORMAT: 'JSON', AWS_LAMBDA_LOG_LEVEL: 'WARN' });
});

test.run();
