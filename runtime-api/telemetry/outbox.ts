/**
 * What waits for one subscriber: events in their order, a limit, and an account of what was lost at it. The newest is what is lost: what
 * is in line stays in line. The platform's own events are few and are let in a little further, so that a flood of lines does not cost
 * a subscriber the report of its invocation.
 */
import type { Buffering } from './subscription.ts';

/** Of serialized events; with the batch that is on its way, all that a subscriber can hold. No source; the largest buffer is 1 MiB. */
export const BACKLOG_BYTES_MAX = 4_194_304;
/** Beyond it, for the platform's events alone. */
const RESERVE_BYTES = 262_144;
/** What an event costs beside its text: a flood of empty lines must not be cheaper than one of long ones. */
const EVENT_COST_BYTES = 64;

export type Batch = { events: readonly string[]; bytes: number };

export type Lost = { records: number; bytes: number };

export class Outbox {
  readonly #buffering: Buffering;
  #events: { text: string; bytes: number }[] = [];
  #bytes = 0;
  #lost: Lost = { records: 0, bytes: 0 };
  /** From the first line that found no room until half of the room is free again: one gap that can be told of, and not many. */
  #isOverflowing = false;

  constructor(buffering: Buffering) {
    this.#buffering = buffering;
  }

  get isEmpty(): boolean {
    return this.#events.length === 0;
  }

  /** There is enough for a batch, whatever the time. */
  get isFull(): boolean {
    return this.#events.length >= this.#buffering.maxItems || this.#bytes >= this.#buffering.maxBytes;
  }

  /** False: a line need not even be rendered, and `lose` tells of it. */
  get hasRoom(): boolean {
    return !this.#isOverflowing;
  }

  add(text: string, category: 'platform' | 'log'): void {
    const bytes = Buffer.byteLength(text, 'utf8');
    const limit = category === 'platform' ? BACKLOG_BYTES_MAX + RESERVE_BYTES : BACKLOG_BYTES_MAX;
    if (this.#weight + bytes + EVENT_COST_BYTES > limit) this.#isOverflowing = true;
    else if (category === 'platform' || !this.#isOverflowing) {
      this.#events.push({ text, bytes });
      this.#bytes += bytes;
      return;
    }
    this.lose({ records: 1, bytes });
  }

  /** Also of what never got in here. */
  lose(lost: Lost): void {
    this.#lost = { records: this.#lost.records + lost.records, bytes: this.#lost.bytes + lost.bytes };
  }

  /** What was lost since the last call, once nothing more is: to be told of where the next event will stand. */
  takeLost(): Lost | undefined {
    const lost = this.#lost;
    if (lost.records === 0 || this.#isOverflowing) return undefined;
    this.#lost = { records: 0, bytes: 0 };
    return lost;
  }

  /** The oldest events up to the limits; the one that crosses `maxBytes` is in, so a batch may be up to twice as large. */
  takeBatch(): Batch | undefined {
    const { maxItems, maxBytes } = this.#buffering;
    let count = 0;
    let bytes = 0;
    for (const event of this.#events) {
      if (count >= maxItems || bytes >= maxBytes) break;
      count += 1;
      bytes += event.bytes;
    }
    if (count === 0) return undefined;
    const events = this.#events.splice(0, count).map((event) => event.text);
    this.#bytes -= bytes;
    if (this.#weight < BACKLOG_BYTES_MAX / 2) this.#isOverflowing = false;
    return { events, bytes };
  }

  get #weight(): number {
    return this.#bytes + this.#events.length * EVENT_COST_BYTES;
  }
}
