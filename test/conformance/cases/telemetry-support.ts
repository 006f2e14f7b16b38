/** Subscribing to telemetry the way an extension does it: register, listen, subscribe, and only then ask for events. */
import type { Reply } from '../http/client.ts';
import type { ExtensionClient, ExtensionEvent } from '../kit/runtime-client.ts';
import type { Setup } from '../kit/setup.ts';
import { sleep } from '../kit/now.ts';
import type { Trial } from '../kit/trial.ts';
import { BOTH_EVENTS, followEvents } from './extension-support.ts';
import { TelemetrySink } from './telemetry-sink.ts';
import type { SinkAnswer } from './telemetry-sink.ts';

export const SUBSCRIBER_SETUP: Setup = { extensions: ['subscriber'] };

export const TELEMETRY_PATH = '/2022-07-01/telemetry';

export type Buffering = { maxItems?: number; maxBytes?: number; timeoutMs?: number };

export type SubscribeOptions = {
  name?: string;
  types?: readonly string[];
  schemaVersion?: string;
  /** Short times by default, so that cases do not wait; `absent` leaves the member out. */
  buffering?: Buffering | 'absent';
  events?: readonly string[];
  protocol?: 'HTTP' | 'TCP';
  answer?: SinkAnswer;
  /** Between registering and subscribing. */
  delayMs?: number;
  seen?: (event: ExtensionEvent, extension: ExtensionClient) => Promise<void> | void;
};

const QUICK: Buffering = { maxItems: 1_000, maxBytes: 262_144, timeoutMs: 25 };

/** Has the extension subscribe whenever it is started. What comes, comes once something is invoked. */
export function subscribe(t: Trial, options: SubscribeOptions = {}): { sink: TelemetrySink; subscribed: Promise<Reply> } {
  const { name = 'subscriber', events = BOTH_EVENTS } = options;
  const sink = new TelemetrySink(options.answer);
  const subscribed = Promise.withResolvers<Reply>();
  t.everyExtension(name, async (process) => {
    const extension = await t.registerExternal(name, events, process);
    const port = await process.probe.listen((wire) => (options.protocol === 'TCP' ? sink.acceptTcp(wire) : sink.acceptHttp(wire)));
    if (options.delayMs !== undefined) await sleep(options.delayMs);
    subscribed.resolve(await putTelemetry(extension, subscription(port, options)));
    await followEvents(extension, (event) => options.seen?.(event, extension));
  });
  return { sink, subscribed: subscribed.promise };
}

export function putTelemetry(extension: ExtensionClient, body: unknown, path = TELEMETRY_PATH): Promise<Reply> {
  return extension.runtime.request({
    method: 'PUT',
    path,
    headers: { 'Content-Type': 'application/json', 'Lambda-Extension-Identifier': extension.identifier },
    body: JSON.stringify(body),
  });
}

export function subscription(port: number, options: SubscribeOptions = {}): Record<string, unknown> {
  const { buffering = QUICK } = options;
  return {
    schemaVersion: options.schemaVersion ?? '2022-12-13',
    types: options.types ?? ['platform', 'function', 'extension'],
    ...(buffering === 'absent' ? {} : { buffering: { ...QUICK, ...buffering } }),
    destination: options.protocol === 'TCP' ? { protocol: 'TCP', port } : { protocol: 'HTTP', URI: `http://sandbox.localdomain:${port}` },
  };
}
