/** Telemetry API: subscribing, and what a wrong subscription is answered with. */
import { anyOf } from '../accept.ts';
import type { ConformanceCase, Observation } from '../case.ts';
import { readJson } from '../json.ts';
import { seenReply } from '../kit/seen.ts';
import type { ExtensionClient } from '../kit/runtime-client.ts';
import type { Trial } from '../kit/trial.ts';
import { asExtension, BOTH_EVENTS, followEvents, ONE_EXTENSION } from './extension-support.ts';
import { lmi, rie, TELEMETRY_API } from './sources.ts';
import { putTelemetry, subscription, TELEMETRY_PATH } from './telemetry-support.ts';

const SUBSCRIBE = lmi('rapi/handler/runtimetelemetrysubscription.go');
const STUB = rie('rapi/handler/runtimelogs_stub.go');

export const TELEMETRY_SUBSCRIPTION_CASES: readonly ConformanceCase[] = [
  {
    id: 'telemetry-subscription-accepted',
    ref: 'TEL-001',
    title: 'A valid subscription is accepted with the JSON string "OK"',
    source: `${TELEMETRY_API}, Subscribe; ${SUBSCRIBE}`,
    level: 'required',
    needs: ['runtime-api', 'extensions', 'telemetry-api'],
    profile: 'aws',
    setup: ONE_EXTENSION,
    accepts: [{ status: 200, value: 'OK' }],
    run: (t) =>
      asExtension(t, async (extension) => {
        const reply = await putTelemetry(extension, subscription(await listen(extension)));
        return { status: reply.status, value: readJson(reply.text) };
      }),
  },
  notSupported({ id: 'telemetry-not-supported-rie', ref: 'TEL-002', what: 'Telemetry', path: TELEMETRY_PATH, feature: 'telemetry-api' }),
  notSupported({ id: 'logs-not-supported-rie', ref: 'TEL-003', what: 'Logs', path: '/2020-08-15/logs', feature: 'logs-api' }),
  refused({
    id: 'telemetry-max-items-out-of-range',
    ref: 'TEL-004',
    title: 'maxItems of 999 and of 10,001 is refused',
    bodies: (port) => [999, 10_001].map((maxItems) => subscription(port, { buffering: { maxItems } })),
  }),
  {
    id: 'telemetry-max-items-at-limits',
    ref: 'TEL-005',
    title: 'maxItems of 1,000 and of 10,000 is accepted',
    source: `${TELEMETRY_API}, buffering; ${SUBSCRIBE}`,
    level: 'required',
    needs: ['runtime-api', 'extensions', 'telemetry-api'],
    profile: 'aws',
    setup: { extensions: ['a', 'b'] },
    accepts: [{ statuses: { a: 200, b: 200 } }],
    run: async (t) => {
      const statuses: Record<string, number> = {};
      for (const [name, maxItems] of [['a', 1_000], ['b', 10_000]] as const) {
        t.everyExtension(name, async (process) => {
          const extension = await t.registerExternal(name, BOTH_EVENTS, process);
          statuses[name] = (await putTelemetry(extension, subscription(await listen(extension), { buffering: { maxItems } }))).status;
          await followEvents(extension);
        });
      }
      await t.exchange();
      return { statuses };
    },
  },
  refused({
    id: 'telemetry-max-bytes-out-of-range',
    ref: 'TEL-006',
    title: 'maxBytes of 262,143 and of 1,048,577 is refused',
    bodies: (port) => [262_143, 1_048_577].map((maxBytes) => subscription(port, { buffering: { maxBytes } })),
  }),
  refused({
    id: 'telemetry-timeout-out-of-range',
    ref: 'TEL-007',
    title: 'timeoutMs of 24 and of 30,001 is refused',
    bodies: (port) => [24, 30_001].map((timeoutMs) => subscription(port, { buffering: { timeoutMs } })),
  }),
  refused({
    id: 'telemetry-types-invalid',
    ref: 'TEL-008',
    title: 'An empty list of types and one with an unknown name is refused',
    bodies: (port) => [subscription(port, { types: [] }), subscription(port, { types: ['platform', 'weather'] })],
  }),
  refused({
    id: 'telemetry-destination-elsewhere',
    ref: 'TEL-009',
    title: 'A destination on another host is refused',
    bodies: (port) => [{ ...subscription(port), destination: { protocol: 'HTTP', URI: `http://example.test:${port}` } }],
    level: 'optional',
  }),
  refused({
    id: 'telemetry-schema-version-unknown',
    ref: 'TEL-010',
    title: 'An unknown schema version is refused',
    bodies: (port) => [subscription(port, { schemaVersion: '1999-01-01' })],
    level: 'optional',
  }),
  {
    id: 'telemetry-without-identifier',
    ref: 'TEL-011',
    title: 'A subscription without an identifier is refused',
    source: SUBSCRIBE,
    level: 'optional',
    needs: ['runtime-api', 'extensions', 'telemetry-api'],
    profile: 'aws',
    accepts: [{ status: 403, errorType: 'Extension.MissingExtensionIdentifier' }],
    run: async (t) => {
      const { runtime } = await t.exchange();
      return { ...seenReply(await runtime.request({ method: 'PUT', path: TELEMETRY_PATH, body: JSON.stringify(subscription(4_243)) })) };
    },
  },
  {
    id: 'telemetry-subscription-after-init',
    ref: 'TEL-012',
    title: 'A subscription after the initialisation is refused',
    source: `${TELEMETRY_API}; ${SUBSCRIBE}`,
    level: 'required',
    needs: ['runtime-api', 'extensions', 'telemetry-api'],
    profile: 'aws',
    setup: ONE_EXTENSION,
    accepts: [{ status: 403, errorType: 'Telemetry.SubscriptionClosed' }],
    run: async (t) => {
      const late = Promise.withResolvers<Observation>();
      t.everyExtension('a', async (process) => {
        const extension = await t.registerExternal('a', BOTH_EVENTS, process);
        await extension.next();
        late.resolve({ ...seenReply(await putTelemetry(extension, subscription(await listen(extension)))) });
        await followEvents(extension);
      });
      await t.accept();
      return late.promise;
    },
  },
];

/** A destination has to be listening before it is named. */
function listen(extension: ExtensionClient): Promise<number> {
  return extension.probe.listen((wire) => wire.listen({ data: () => {}, ended: () => wire.end() }));
}

function refused(options: { id: string; ref: string; title: string; bodies: (port: number) => readonly unknown[]; level?: 'optional' }): ConformanceCase {
  return {
    id: options.id,
    ref: options.ref,
    title: options.title,
    source: options.level === 'optional' ? SUBSCRIBE : `${TELEMETRY_API}, Subscribe; ${SUBSCRIBE}`,
    level: options.level ?? 'required',
    needs: ['runtime-api', 'extensions', 'telemetry-api'],
    profile: 'aws',
    dependsOn: ['telemetry-subscription-accepted'],
    setup: ONE_EXTENSION,
    accepts: [{ others: [], count: anyOf(1, 2) }],
    run: (t) =>
      asExtension(t, async (extension) => {
        const port = await listen(extension);
        const replies = [];
        for (const body of options.bodies(port)) replies.push(seenReply(await putTelemetry(extension, body)));
        return { count: replies.length, others: replies.filter(({ status }) => status !== 400), replies };
      }),
  };
}

function notSupported(options: { id: string; ref: string; what: string; path: string; feature: 'telemetry-api' | 'logs-api' }): ConformanceCase {
  return {
    id: options.id,
    ref: options.ref,
    title: `The classic emulator says that it has no ${options.what} API, with 202`,
    source: STUB,
    level: 'optional',
    needs: ['runtime-api', options.feature],
    profile: 'rie',
    accepts: [{ status: 202, errorType: `${options.what}.NotSupported`, errorMessage: `${options.what} API is not supported` }],
    run: async (t: Trial) => {
      const { runtime } = await t.exchange();
      return { ...seenReply(await runtime.request({ method: 'PUT', path: options.path, body: '{}' })) };
    },
  };
}
