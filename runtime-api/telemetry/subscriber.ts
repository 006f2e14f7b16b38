/**
 * One subscription at work: events come in at any rate and never wait; batches go out one at a time, each again until it is taken or
 * given up. What does not fit in between is lost and counted. Source: Telemetry API guide, buffering and delivery.
 */
import type { Clock } from '../../foundation/clock.ts';
import { CONSUMER_TOO_SLOW_REASON } from '../protocol/telemetry.ts';
import type { TelemetryCategory } from '../protocol/telemetry.ts';
import type { Delivery } from './delivery.ts';
import { Outbox } from './outbox.ts';
import type { Batch } from './outbox.ts';
import { logsDropped } from './platform-event.ts';
import { renderPlatformEvent } from './render-event.ts';
import type { Subscription } from './subscription.ts';

/** How often a batch is offered, and the pause after the first refusal; each further one is twice as long: some 6 s in all. No source. */
const ATTEMPTS_MAX = 8;
const RETRY_MS = 50;

export type SubscriberOptions = {
  clock: Clock;
  /** Of the extension. */
  name: string;
  subscription: Subscription;
  delivery: Promise<Delivery>;
};

export class Subscriber {
  readonly name: string;
  readonly subscription: Subscription;
  readonly #clock: Clock;
  readonly #delivery: Promise<Delivery>;
  readonly #outbox: Outbox;
  #cancelTimer: (() => void) | undefined;
  #cancelRetry: (() => void) | undefined;
  /** The oldest event has waited for as long as the subscriber allows. */
  #isDue = false;
  /** The end is near: nothing waits for company any more. */
  #isHurried = false;
  #isSending = false;
  #isOver = false;
  #whenIdle: (() => void)[] = [];
  #lossReason = CONSUMER_TOO_SLOW_REASON;

  constructor({ clock, name, subscription, delivery }: SubscriberOptions) {
    this.name = name;
    this.subscription = subscription;
    this.#clock = clock;
    this.#delivery = delivery;
    this.#outbox = new Outbox(subscription.buffering);
  }

  wants(category: TelemetryCategory): boolean {
    return this.subscription.types.includes(category);
  }

  /** False while lines are lost anyway; `lose` then counts what was not even rendered. */
  get hasRoom(): boolean {
    return this.#outbox.hasRoom;
  }

  add(text: string, category: 'platform' | 'log'): void {
    if (this.#isOver) return;
    this.#tellOfLosses();
    this.#outbox.add(text, category);
    this.#added();
  }

  lose(lost: { records: number; bytes: number }): void {
    this.#outbox.lose(lost);
  }

  /** Resolves when everything that was added has been taken or given up. From now on nothing waits for company. */
  flush(): Promise<void> {
    this.#isHurried = true;
    this.#tellOfLosses();
    void this.#pump();
    if (this.#isOver || (this.#outbox.isEmpty && !this.#isSending)) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  /** Nobody is there any more. */
  end(): void {
    this.#isOver = true;
    this.#cancelTimer?.();
    this.#cancelRetry?.();
    void this.#delivery.then((delivery) => delivery.close());
    this.#idle();
  }

  #added(): void {
    if (this.#outbox.isFull || this.#isHurried) void this.#pump();
    else this.#cancelTimer ??= this.#clock.schedule(this.subscription.buffering.timeoutMs, () => this.#timeIsUp());
  }

  #timeIsUp(): void {
    this.#cancelTimer = undefined;
    this.#isDue = true;
    void this.#pump();
  }

  async #pump(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    for (let batch = this.#takeDue(); batch !== undefined; batch = this.#takeDue()) {
      await this.#deliver(batch);
      this.#tellOfLosses();
    }
    this.#isSending = false;
    if (this.#outbox.isEmpty) this.#idle();
    else if (!this.#isOver) this.#added();
  }

  #takeDue(): Batch | undefined {
    if (this.#isOver || !(this.#isDue || this.#isHurried || this.#outbox.isFull)) return undefined;
    this.#isDue = false;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    return this.#outbox.takeBatch();
  }

  async #deliver(batch: Batch): Promise<void> {
    for (let attempt = 1; !this.#isOver; attempt += 1) {
      try {
        const delivery = await this.#delivery;
        return await delivery.send(batch.events);
      } catch (error) {
        if (attempt >= ATTEMPTS_MAX) {
          this.#outbox.lose({ records: batch.events.length, bytes: batch.bytes });
          this.#lossReason = `Some logs were dropped because they could not be sent: ${error instanceof Error ? error.message : 'no reason'}`;
          return;
        }
        await new Promise<void>((resolve) => {
          this.#cancelRetry = this.#clock.schedule(RETRY_MS * 2 ** (attempt - 1), resolve);
        });
      }
    }
  }

  /** In the place of what is missing; a subscriber without platform events never hears of it. */
  #tellOfLosses(): void {
    const lost = this.#isOver ? undefined : this.#outbox.takeLost();
    if (lost === undefined) return;
    const reason = this.#lossReason;
    this.#lossReason = CONSUMER_TOO_SLOW_REASON;
    if (!this.wants('platform')) return;
    for (const text of renderPlatformEvent(logsDropped({ ...lost, reason }), this.#clock.nowEpochMs(), this.subscription.schemaVersion)) this.#outbox.add(text, 'platform');
  }

  #idle(): void {
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }
}
