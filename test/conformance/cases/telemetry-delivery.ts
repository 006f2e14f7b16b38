/** Telemetry API: how events reach a destination. */
import { absent, between, milliseconds } from '../accept.ts';
import type { ConformanceCase } from '../case.ts';
import { at, textAt } from '../json.ts';
import { nowMs } from '../kit/now.ts';
import type { Trial } from '../kit/trial.ts';
import { until } from './extension-support.ts';
import { lmi, TELEMETRY_API } from './sources.ts';
import { recordOf } from './telemetry-sink.ts';
import { subscribe, SUBSCRIBER_SETUP } from './telemetry-support.ts';

const BATCHES = lmi('telemetry');
const MIB = 1024 * 1024;

/** What they all need. */
const BASE = { level: 'required', needs: ['runtime-api', 'extensions', 'telemetry-api'], profile: 'aws', setup: SUBSCRIBER_SETUP, dependsOn: ['telemetry-subscription-accepted'] } as const;

export const TELEMETRY_DELIVERY_CASES: readonly ConformanceCase[] = [
  {
    ...BASE,
    id: 'telemetry-default-buffering',
    ref: 'TEL-013',
    title: 'Without buffering in the subscription events come within about a second',
    source: `${TELEMETRY_API}, buffering; ${BATCHES}`,
    accepts: [{ subscribed: 200, afterMs: milliseconds(0, 1_800) }],
    run: async (t) => {
      const { sink, subscribed } = subscribe(t, { types: ['platform'], buffering: 'absent' });
      await t.exchange();
      const doneAtMs = nowMs();
      await sink.waitFor('platform.runtimeDone');
      return { subscribed: (await subscribed).status, afterMs: Math.round(nowMs() - doneAtMs) };
    },
  },
  {
    ...BASE,
    id: 'telemetry-http-batch-form',
    ref: 'TEL-014',
    title: 'An HTTP destination gets POSTs with a JSON array of time, type and record',
    source: `${TELEMETRY_API}; ${BATCHES}`,
    accepts: [{ methods: ['POST'], contentTypes: [/^application\/json\b/], areArrays: true, incomplete: [] }],
    run: async (t) => {
      const { sink } = subscribe(t);
      await t.exchange();
      await sink.waitFor('platform.runtimeDone');
      return {
        methods: unique(sink.batches.map(({ method }) => method)),
        contentTypes: unique(sink.batches.map(({ contentType }) => contentType)),
        areArrays: sink.batches.every(({ isArray }) => isArray),
        incomplete: sink.events.filter((event) => textAt(event, 'time') === undefined || textAt(event, 'type') === undefined || recordOf(event) === undefined),
      };
    },
  },
  {
    ...BASE,
    id: 'telemetry-tcp-lines',
    ref: 'TEL-015',
    title: 'A TCP destination gets one JSON object per line',
    source: `${TELEMETRY_API}, TCP; ${BATCHES}`,
    accepts: [{ subscribed: 200, oddLines: [], hasStart: true }],
    run: async (t) => {
      const { sink, subscribed } = subscribe(t, { protocol: 'TCP' });
      await t.exchange();
      await sink.waitFor('platform.runtimeDone');
      return { subscribed: (await subscribed).status, oddLines: sink.oddLines, hasStart: sink.ofType('platform.start').length > 0 };
    },
  },
  {
    ...BASE,
    id: 'telemetry-time-form',
    ref: 'TEL-016',
    title: 'Every time is UTC in ISO 8601 with milliseconds and Z',
    source: `${TELEMETRY_API}, Event object`,
    accepts: [{ malformed: [], count: between(5, 1_000) }],
    run: async (t) => {
      const { sink } = subscribe(t);
      const { runtime } = await t.exchange();
      await runtime.print('a line\n');
      await t.exchange();
      await sink.waitFor('platform.runtimeDone', { index: 1 });
      const times = sink.events.map((event) => textAt(event, 'time') ?? '(none)');
      return { count: times.length, malformed: times.filter((time) => !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(time)) };
    },
  },
  {
    ...BASE,
    id: 'telemetry-function-lines',
    ref: 'TEL-028',
    title: 'Two printed lines are two events of type function',
    source: `${TELEMETRY_API}; recorded lines of AWS`,
    accepts: [{ records: ['x', 'y'] }],
    run: async (t) => {
      const { sink } = subscribe(t, { types: ['function'] });
      await printInInvocation(t, 'x\ny\n');
      await sink.until(() => sink.ofType('function').length >= 2, 'two lines');
      return { records: sink.ofType('function').map(recordOf) };
    },
  },
  jsonCase({ id: 'telemetry-function-json-object', ref: 'TEL-029', title: 'With the JSON format and a newer schema a printed object is an object', schemaVersion: '2022-12-13', kind: 'object' }),
  jsonCase({ id: 'telemetry-function-json-old-schema', ref: 'TEL-030', title: 'With the oldest schema a printed object is a string', schemaVersion: '2022-07-01', kind: 'string' }),
  {
    ...BASE,
    id: 'telemetry-extension-lines',
    ref: 'TEL-031',
    title: 'What an extension prints is an event of type extension',
    source: TELEMETRY_API,
    accepts: [{ records: ['words of the extension'] }],
    run: async (t) => {
      const { sink } = subscribe(t, {
        types: ['extension'],
        seen: async (event, extension) => {
          if (event.type === 'INVOKE') await extension.runtime.print('words of the extension\n');
        },
      });
      await t.exchange();
      await sink.waitFor('extension');
      return { records: sink.ofType('extension').map(recordOf) };
    },
  },
  {
    ...BASE,
    id: 'telemetry-function-only',
    ref: 'TEL-032',
    title: 'A subscriber of function events gets no platform events',
    source: TELEMETRY_API,
    accepts: [{ types: ['function'] }],
    run: async (t) => {
      const { sink } = subscribe(t, { types: ['function'] });
      await printInInvocation(t, 'first\n');
      await printInInvocation(t, 'second\n');
      await sink.until(() => sink.events.some((event) => recordOf(event) === 'second'), 'the second line');
      return { types: unique(sink.types()) };
    },
  },
  {
    ...BASE,
    id: 'telemetry-two-subscribers',
    ref: 'TEL-033',
    title: 'Each of two subscribers gets all its events',
    source: TELEMETRY_API,
    setup: { extensions: ['subscriber', 'second'] },
    accepts: [{ first: ['platform.runtimeDone', 'platform.start'], second: ['platform.runtimeDone', 'platform.start'] }],
    run: async (t) => {
      const sinks = ['subscriber', 'second'].map((name) => subscribe(t, { name, types: ['platform'] }).sink);
      await t.exchange();
      for (const sink of sinks) await sink.waitFor('platform.runtimeDone');
      const [first, second] = sinks.map((sink) => unique(sink.types()).filter((type) => type === 'platform.start' || type === 'platform.runtimeDone').sort());
      return { first, second };
    },
  },
  {
    ...BASE,
    id: 'telemetry-batch-repeated-after-500',
    ref: 'TEL-036',
    title: 'A batch that was answered with 500 is sent again',
    source: `${TELEMETRY_API}: at-least-once delivery`,
    accepts: [{ hasStart: true, batches: between(2, 1_000) }],
    run: async (t) => {
      const { sink } = subscribe(t, { types: ['platform'], answer: (index) => (index === 0 ? 500 : 200) });
      await t.exchange();
      await sink.waitFor('platform.initStart', { limitMs: 8_000 });
      await sink.waitFor('platform.start', { limitMs: 8_000 });
      return { hasStart: true, batches: sink.batches.length };
    },
  },
  {
    ...BASE,
    id: 'telemetry-receiver-silent',
    ref: 'TEL-037',
    title: 'A destination that never answers does not slow invocations down',
    source: `${TELEMETRY_API}: asynchronous delivery`,
    accepts: [{ slowestMs: milliseconds(0, 100), batches: between(1, 1_000) }],
    run: async (t) => {
      const { sink } = subscribe(t, { answer: () => 'never' });
      await t.exchange();
      await sink.until(() => sink.batches.length > 0, 'a batch');
      const times: number[] = [];
      for (let index = 0; index < 10; index += 1) {
        const startedAtMs = nowMs();
        await t.exchange();
        times.push(nowMs() - startedAtMs);
      }
      return { slowestMs: Math.round(Math.max(...times)), batches: sink.batches.length };
    },
  },
  {
    ...BASE,
    id: 'telemetry-logs-dropped',
    ref: 'TEL-038',
    title: 'What a blocked destination loses is reported',
    source: `${TELEMETRY_API}, platform.logsDropped; ${BATCHES}`,
    setup: { extensions: ['subscriber'], timeoutSeconds: 30 },
    limitSeconds: 40,
    accepts: [{ droppedRecords: between(1, Number.MAX_SAFE_INTEGER) }],
    run: async (t) => {
      const unblocked = Promise.withResolvers<number>();
      const { sink } = subscribe(t, { answer: () => unblocked.promise });
      const { invocation, runtime, event } = await t.accept();
      await runtime.print(`${'d'.repeat(999)}\n`, { times: 50_000 });
      await runtime.respond(event.requestId);
      await t.answerOf(invocation);
      unblocked.resolve(200);
      const dropped = await sink.waitFor('platform.logsDropped', { limitMs: 15_000 });
      return { droppedRecords: at(recordOf(dropped), 'droppedRecords'), record: recordOf(dropped) };
    },
  },
  {
    ...BASE,
    id: 'telemetry-flushed-at-shutdown',
    ref: 'TEL-039',
    title: 'Events that wait are delivered before the subscriber is killed',
    source: `${TELEMETRY_API}: buffering at the shutdown`,
    needs: ['runtime-api', 'extensions', 'telemetry-api', 'shutdown'],
    accepts: [{ hadBefore: false, hasAfter: true }],
    run: async (t) => {
      const { sink } = subscribe(t, { types: ['platform'], buffering: { timeoutMs: 30_000 } });
      await t.exchange();
      const hadBefore = sink.ofType('platform.runtimeDone').length > 0;
      t.instance.signal('SIGTERM');
      await until(() => t.instance.hasExited, 'the end of the server');
      return { hadBefore, hasAfter: sink.ofType('platform.runtimeDone').length > 0 };
    },
  },
  {
    ...BASE,
    id: 'telemetry-late-subscriber-init-start',
    ref: 'TEL-041',
    title: 'A subscriber that comes half a second later still gets platform.initStart',
    source: BATCHES,
    level: 'optional',
    accepts: [{ count: 1 }],
    run: async (t) => {
      const { sink } = subscribe(t, { types: ['platform'], delayMs: 500 });
      await t.exchange();
      await sink.waitFor('platform.initStart');
      await sink.waitFor('platform.runtimeDone');
      return { count: sink.ofType('platform.initStart').length };
    },
  },
  {
    ...BASE,
    id: 'telemetry-event-above-max-bytes',
    ref: 'TEL-042',
    title: 'An event larger than maxBytes is delivered, in a batch that is at most twice as large',
    source: `${TELEMETRY_API}, buffering`,
    accepts: [{ received: between(300_000, 1_000_000), largestBatch: between(1, 2 * 262_144 + 0.1 * MIB), oversize: absent }],
    run: async (t) => {
      const { sink } = subscribe(t, { types: ['function'] });
      await printInInvocation(t, `${'l'.repeat(300_000)}\n`);
      const received = (): number => sink.ofType('function').reduce<number>((sum, event) => sum + String(recordOf(event)).length, 0);
      await sink.until(() => received() >= 300_000, 'the long line');
      return { received: received(), largestBatch: Math.max(...sink.batches.map(({ byteLength }) => byteLength)) };
    },
  },
];

async function printInInvocation(t: Trial, text: string): Promise<void> {
  const { invocation, runtime, event } = await t.accept();
  await runtime.print(text);
  await runtime.respond(event.requestId);
  await t.answerOf(invocation);
}

function jsonCase(options: { id: string; ref: string; title: string; schemaVersion: string; kind: 'object' | 'string' }): ConformanceCase {
  return {
    ...BASE,
    id: options.id,
    ref: options.ref,
    title: options.title,
    source: `${TELEMETRY_API}, schema versions`,
    needs: ['runtime-api', 'extensions', 'telemetry-api', 'json-log'],
    setup: { extensions: ['subscriber'], logFormat: 'JSON' },
    accepts: [{ kinds: [options.kind] }],
    run: async (t) => {
      const { sink } = subscribe(t, { types: ['function'], schemaVersion: options.schemaVersion });
      await printInInvocation(t, '{"a":1}\n');
      await sink.waitFor('function');
      return { kinds: sink.ofType('function').map((event) => typeof recordOf(event)), records: sink.ofType('function').map(recordOf) };
    },
  };
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}

