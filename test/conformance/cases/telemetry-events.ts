/** Telemetry API: the platform events and what is in them. */
import { absent, anyOf, between, containing, present } from '../accept.ts';
import type { ConformanceCase } from '../case.ts';
import { at, listAt, numberAt, textAt } from '../json.ts';
import type { Trial } from '../kit/trial.ts';
import { rie, TELEMETRY_EVENTS } from './sources.ts';
import { metric, recordOf, requestIdOf } from './telemetry-sink.ts';
import type { TelemetrySink } from './telemetry-sink.ts';
import { subscribe, SUBSCRIBER_SETUP } from './telemetry-support.ts';

const EVENTS = rie('telemetry/events_api.go');
/** Those whose order the documents fix, for a cold invocation. */
const ORDERED = ['platform.initStart', 'platform.initRuntimeDone', 'platform.initReport', 'platform.start', 'platform.runtimeDone', 'platform.report'];

const BASE = { level: 'required', needs: ['runtime-api', 'extensions', 'telemetry-api'], profile: 'aws', setup: SUBSCRIBER_SETUP, dependsOn: ['telemetry-subscription-accepted'] } as const;

export const TELEMETRY_EVENT_CASES: readonly ConformanceCase[] = [
  {
    ...BASE,
    id: 'telemetry-order-cold',
    ref: 'TEL-017',
    title: 'The platform events of a cold invocation come in the documented order',
    source: `${TELEMETRY_EVENTS}; ${EVENTS}`,
    accepts: [{ order: ORDERED }],
    run: async (t) => {
      const { sink } = await invoked(t);
      return { order: sink.types().filter((type) => ORDERED.includes(type)) };
    },
  },
  {
    ...BASE,
    id: 'telemetry-init-start-record',
    ref: 'TEL-018',
    title: 'platform.initStart has the initialization type and the phase',
    source: `${TELEMETRY_EVENTS}, platform.initStart`,
    accepts: [{ initializationType: 'on-demand', phase: 'init' }],
    run: async (t) => recordSeen(await (await invoked(t)).sink.waitFor('platform.initStart')),
  },
  {
    ...BASE,
    id: 'telemetry-init-report-record',
    ref: 'TEL-019',
    title: 'platform.initReport has the status and a duration',
    source: `${TELEMETRY_EVENTS}, platform.initReport`,
    accepts: [{ status: 'success', initializationType: 'on-demand', metrics: { durationMs: between(0.001, 60_000) } }],
    run: async (t) => recordSeen(await (await invoked(t)).sink.waitFor('platform.initReport')),
  },
  {
    ...BASE,
    id: 'telemetry-start-record',
    ref: 'TEL-020',
    title: 'platform.start has the id of the runtime and the version',
    source: `${TELEMETRY_EVENTS}, platform.start`,
    accepts: [{ isSameId: true, version: '$LATEST' }],
    run: async (t) => {
      const { sink, requestId } = await invoked(t);
      const start = await sink.waitFor('platform.start');
      return { isSameId: requestIdOf(start) === requestId, version: textAt(recordOf(start), 'version') };
    },
  },
  {
    ...BASE,
    id: 'telemetry-runtime-done-record',
    ref: 'TEL-021',
    title: 'platform.runtimeDone of a success has its duration and the bytes of the response',
    source: `${TELEMETRY_EVENTS}, platform.runtimeDone; ${EVENTS}`,
    accepts: [{ status: 'success', isSameId: true, metrics: { durationMs: between(0, 3_000), producedBytes: '"a response of 27 bytes...."'.length } }],
    run: async (t) => {
      const { sink, requestId } = await invoked(t, '"a response of 27 bytes...."');
      const done = await sink.waitFor('platform.runtimeDone');
      return { ...recordSeen(done), isSameId: requestIdOf(done) === requestId };
    },
  },
  {
    ...BASE,
    id: 'telemetry-runtime-done-spans',
    ref: 'TEL-022',
    title: 'platform.runtimeDone has the spans of the response, each with start and duration',
    source: `${TELEMETRY_EVENTS}, platform.runtimeDone; ${EVENTS}`,
    accepts: [{ names: ['responseDuration', 'responseLatency', 'runtimeOverhead'], malformed: [] }],
    run: async (t) => {
      const { sink } = await invoked(t);
      const spans = listAt(await sink.waitFor('platform.runtimeDone'), 'record', 'spans');
      return {
        names: spans.map((span) => textAt(span, 'name') ?? '').sort(),
        malformed: spans.filter((span) => !/^\d{4}-.*Z$/.test(textAt(span, 'start') ?? '') || numberAt(span, 'durationMs') === undefined),
      };
    },
  },
  {
    ...BASE,
    id: 'telemetry-report-record',
    ref: 'TEL-023',
    title: 'platform.report has its metrics, the duration of the initialisation only when cold',
    source: `${TELEMETRY_EVENTS}, platform.report`,
    accepts: [
      {
        cold: { durationMs: present, isBilledUp: true, memorySizeMB: 128, maxMemoryUsedMB: present, initDurationMs: between(0, 60_000) },
        warm: { durationMs: present, isBilledUp: true, memorySizeMB: 128, maxMemoryUsedMB: present, initDurationMs: absent },
      },
    ],
    run: async (t) => {
      const { sink } = await invoked(t);
      await t.exchange();
      // The report of the second invocation comes when the extension has asked again.
      const [cold, warm] = [await sink.waitFor('platform.report'), await sink.waitFor('platform.report', { index: 1 })];
      return { cold: metricsOf(cold), warm: metricsOf(warm) };
    },
  },
  {
    ...BASE,
    id: 'telemetry-status-function-error',
    ref: 'TEL-024',
    title: 'A reported error has the status error in runtimeDone and report',
    source: TELEMETRY_EVENTS,
    accepts: [{ done: 'error', report: 'error' }],
    run: async (t) => {
      const { sink } = subscribe(t, { types: ['platform'] });
      const { invocation, runtime, event } = await t.accept();
      await runtime.error(event.requestId);
      await t.answerOf(invocation);
      return statuses(sink);
    },
  },
  {
    ...BASE,
    id: 'telemetry-status-timeout',
    ref: 'TEL-025',
    title: 'A timeout has the status timeout in runtimeDone and report',
    source: TELEMETRY_EVENTS,
    setup: { extensions: ['subscriber'], timeoutSeconds: 2 },
    accepts: [{ done: 'timeout', report: 'timeout' }],
    run: async (t) => {
      const { sink } = subscribe(t, { types: ['platform'] });
      const { invocation } = await t.accept();
      await invocation.exchange.reply();
      return statuses(sink);
    },
  },
  {
    ...BASE,
    id: 'telemetry-status-crash',
    ref: 'TEL-026',
    title: 'A crash has the status error and the type Runtime.ExitError',
    source: `${TELEMETRY_EVENTS}; ${EVENTS}`,
    accepts: [{ done: 'error', errorType: 'Runtime.ExitError' }],
    run: async (t) => {
      const { sink } = subscribe(t, { types: ['platform'] });
      const { invocation, runtime } = await t.accept();
      await runtime.exit(1);
      await invocation.exchange.reply();
      const done = await sink.waitFor('platform.runtimeDone');
      return { done: textAt(recordOf(done), 'status'), errorType: textAt(recordOf(done), 'errorType') };
    },
  },
  {
    ...BASE,
    id: 'telemetry-init-phases-after-failure',
    ref: 'TEL-027',
    title: 'A failed initialisation is reported with the phase init, the repeated one with invoke',
    source: `${TELEMETRY_EVENTS}, platform.initReport`,
    accepts: [{ phases: ['init', 'invoke'] }],
    run: async (t) => {
      const { sink } = subscribe(t, { types: ['platform'] });
      t.everyRuntime(async (runtime, index) => {
        if (index === 0) await runtime.exit(1);
        else await t.serveOne(runtime, () => '{}');
      });
      await (await t.invoke()).exchange.reply(8_000);
      await sink.waitFor('platform.initReport', { index: 1 });
      return { phases: sink.ofType('platform.initReport').map((event) => textAt(recordOf(event), 'phase')) };
    },
  },
  {
    ...BASE,
    id: 'telemetry-subscription-event',
    ref: 'TEL-034',
    title: 'A subscription is an event itself, with name, state and types',
    source: `${TELEMETRY_EVENTS}, platform.telemetrySubscription`,
    accepts: [{ name: 'subscriber', state: 'Subscribed', types: ['platform'] }],
    run: async (t) => recordSeen(await (await invoked(t)).sink.waitFor('platform.telemetrySubscription')),
  },
  {
    ...BASE,
    id: 'telemetry-extension-event',
    ref: 'TEL-035',
    title: 'Every extension has an event at the end of the initialisation, with the events that it registered for',
    source: `${TELEMETRY_EVENTS}, platform.extension; ${EVENTS}`,
    accepts: [{ name: 'subscriber', state: 'Ready', events: ['INVOKE', 'SHUTDOWN'] }],
    run: async (t) => {
      const record = recordOf(await (await invoked(t)).sink.waitFor('platform.extension'));
      return { name: at(record, 'name'), state: at(record, 'state'), events: listAt(record, 'events').map(String).sort() };
    },
  },
  {
    ...BASE,
    id: 'telemetry-tracing-of-runtime',
    ref: 'TEL-040',
    title: 'Start and report carry the trace id that the runtime was given',
    source: `${TELEMETRY_EVENTS}, tracing object`,
    accepts: [{ root: /^Root=1-[0-9a-f-]+$/, start: anyOf(containing('Root=1-')), areSame: true }],
    run: async (t) => {
      const { sink } = subscribe(t, { types: ['platform'] });
      const { event } = await t.exchange();
      const root = (event.header('Lambda-Runtime-Trace-Id') ?? '').split(';')[0] ?? '';
      const start = textAt(await sink.waitFor('platform.start'), 'record', 'tracing', 'value');
      const report = textAt(await sink.waitFor('platform.report'), 'record', 'tracing', 'value');
      return { root, start, report, areSame: root !== '' && start?.includes(root) === true && report?.includes(root) === true };
    },
  },
];

/** One invocation with a subscriber of platform events; its report has come. */
async function invoked(t: Trial, body = '{}') {
  const { sink } = subscribe(t, { types: ['platform'] });
  const { event } = await t.exchange({}, body);
  await sink.waitFor('platform.report');
  return { sink, requestId: event.requestId };
}

function recordSeen(event: unknown): Record<string, unknown> {
  const record = recordOf(event);
  return typeof record === 'object' && record !== null ? { ...record } : { record };
}

async function statuses(sink: TelemetrySink) {
  const done = await sink.waitFor('platform.runtimeDone');
  const report = await sink.waitFor('platform.report');
  return { done: textAt(recordOf(done), 'status'), report: textAt(recordOf(report), 'status') };
}

function metricsOf(report: unknown) {
  const durationMs = metric(report, 'durationMs') ?? Number.NaN;
  const billed = metric(report, 'billedDurationMs') ?? Number.NaN;
  return {
    durationMs,
    isBilledUp: Number.isInteger(billed) && billed >= durationMs,
    memorySizeMB: metric(report, 'memorySizeMB'),
    maxMemoryUsedMB: metric(report, 'maxMemoryUsedMB'),
    initDurationMs: metric(report, 'initDurationMs'),
  };
}
