/**
 * The Telemetry and Logs APIs of one life of an environment's processes: who has subscribed, and what each of them gets. Its end ends the
 * subscriptions, as it ends the extensions that made them. Without a subscriber nothing is built, split or kept once the initialisation is over.
 */
import type { Clock } from '../../foundation/clock.ts';
import { jsonPlatformLine, parseObject } from '../log-format.ts';
import type { Logging } from '../log-format.ts';
import { subscriptionLine } from '../log-lines.ts';
import type { Outcome } from '../outcome.ts';
import { LOGS_SUBSCRIPTION_CLOSED_MESSAGE, TELEMETRY_SUBSCRIPTION_CLOSED_MESSAGE } from '../protocol/telemetry.ts';
import { openDestination } from './open-destination.ts';
import { logRecords } from './log-record.ts';
import { subscriptionEvent } from './platform-event.ts';
import type { PlatformEvent } from './platform-event.ts';
import { renderLogRecord, renderPlatformEvent } from './render-event.ts';
import type { LogRecord } from './render-event.ts';
import { Replay } from './replay.ts';
import type { Happening } from './replay.ts';
import { Subscriber } from './subscriber.ts';
import { parseSubscription, VALIDATION_ERROR_TYPES } from './subscription.ts';
import type { Subscription, SubscriptionApi } from './subscription.ts';

export type TelemetryOptions = {
  clock: Clock;
  logging: Logging;
  runtimeApiPort: number;
  /** A line for the log. */
  print(line: string): void;
};

const CLOSED = {
  telemetry: { errorType: 'Telemetry.SubscriptionClosed', message: TELEMETRY_SUBSCRIPTION_CLOSED_MESSAGE },
  logs: { errorType: 'Logs.SubscriptionClosed', message: LOGS_SUBSCRIPTION_CLOSED_MESSAGE },
} as const;

export class Telemetry {
  readonly #options: TelemetryOptions;
  readonly #subscribers: Subscriber[] = [];
  /** Undefined once nobody can subscribe any more. */
  #replay: Replay | undefined = new Replay();

  constructor(options: TelemetryOptions) {
    this.#options = options;
  }

  get hasSubscribers(): boolean {
    return this.#subscribers.length > 0;
  }

  /** Whether lines of output are of interest to anybody, now or later. */
  get wantsLines(): boolean {
    return this.#replay !== undefined || this.hasSubscribers;
  }

  /** Whether an event is; nobody needs to make one otherwise. */
  get wantsEvents(): boolean {
    return this.wantsLines || this.#options.logging.format === 'JSON';
  }

  /** `isLogged`: its line in the log, too, is made here; others are made by who measures what they say. */
  publish(event: PlatformEvent, { isLogged = false }: { isLogged?: boolean } = {}): void {
    const epochMs = this.#options.clock.nowEpochMs();
    if (isLogged && this.#options.logging.format === 'JSON') this.#options.print(jsonPlatformLine(this.#options.logging, event, epochMs));
    this.#happened({ kind: 'platform', event, epochMs });
  }

  /** One line of output, without its end; `epochMs` when the line itself says when it was. */
  line(kind: LogRecord['kind'], line: Buffer, epochMs = this.#options.clock.nowEpochMs()): void {
    if (this.#replay === undefined && !this.#hasRoomFor(kind)) {
      for (const subscriber of this.#subscribers) if (subscriber.wants(kind)) subscriber.lose({ records: 1, bytes: line.length });
      return;
    }
    const text = line.toString('utf8');
    const isJsonObject = this.#options.logging.format === 'JSON' && parseObject(text) !== undefined;
    for (const record of logRecords({ kind, epochMs, text, isJsonObject })) this.#happened(record);
  }

  /** The body is checked first: that the time is over is said to those who have said something else right. */
  subscribe(name: string, api: SubscriptionApi, body: Buffer): Outcome {
    const parsed = parseSubscription(api, body, this.#options.runtimeApiPort);
    if ('problems' in parsed) return invalid(api, parsed.problems.join('; '));
    if (this.#replay === undefined) return { kind: 'extensionRefused', ...CLOSED[api] };
    const existing = this.#subscribers.find((subscriber) => subscriber.name === name);
    if (existing === undefined) this.#add(name, parsed, this.#replay);
    else if (existing.subscription.api !== api) return invalid(api, 'an extension can subscribe to one of the Telemetry API and the Logs API only');
    // The first one stays. Source: a log line of AWS, "State: Already subscribed".
    else this.#announce(api, { name, state: 'Already subscribed', types: existing.subscription.types });
    return { kind: 'subscribed' };
  }

  /** The initialisation is over. */
  closeSubscriptions(): void {
    this.#replay = undefined;
  }

  /** Resolves when everything so far has been delivered or given up; what comes now goes out at once. */
  async flush(): Promise<void> {
    await Promise.all(this.#subscribers.map((subscriber) => subscriber.flush()));
  }

  end(): void {
    this.closeSubscriptions();
    for (const subscriber of this.#subscribers.splice(0)) subscriber.end();
  }

  #add(name: string, subscription: Subscription, replay: Replay): void {
    const { clock } = this.#options;
    const subscriber = new Subscriber({ clock, name, subscription, delivery: openDestination(subscription) });
    for (const happening of replay.happenings) give(subscriber, happening);
    if (replay.lost.records > 0) subscriber.lose(replay.lost);
    this.#subscribers.push(subscriber);
    this.#announce(subscription.api, { name, state: 'Subscribed', types: subscription.types });
  }

  #announce(api: SubscriptionApi, record: { name: string; state: string; types: readonly string[] }): void {
    this.publish(subscriptionEvent(api, record), { isLogged: true });
    if (this.#options.logging.format === 'Text') this.#options.print(subscriptionLine(api, record));
  }

  #hasRoomFor(kind: LogRecord['kind']): boolean {
    return this.#subscribers.some((subscriber) => subscriber.wants(kind) && subscriber.hasRoom);
  }

  #happened(happening: Happening): void {
    this.#replay?.keep(happening);
    for (const subscriber of this.#subscribers) give(subscriber, happening);
  }
}

function give(subscriber: Subscriber, happening: Happening): void {
  if (!subscriber.wants(happening.kind)) return;
  const { schemaVersion } = subscriber.subscription;
  if (happening.kind === 'platform') {
    for (const text of renderPlatformEvent(happening.event, happening.epochMs, schemaVersion)) subscriber.add(text, 'platform');
  } else if (subscriber.hasRoom) subscriber.add(renderLogRecord(happening, schemaVersion), 'log');
  else subscriber.lose({ records: 1, bytes: happening.text.length });
}

function invalid(api: SubscriptionApi, message: string): Outcome {
  return { kind: 'subscriptionInvalid', errorType: VALIDATION_ERROR_TYPES[api], message };
}
