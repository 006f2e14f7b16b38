/** What happened while extensions may still subscribe: whoever comes late gets it all the same. Source: RIE's second mode, `relay.go`. */
import type { Lost } from './outbox.ts';
import type { PlatformEvent } from './platform-event.ts';
import type { LogRecord } from './render-event.ts';

export type Happening = { kind: 'platform'; event: PlatformEvent; epochMs: number } | LogRecord;

/** Lines of output that are kept; there are two dozen platform events at most, and all of those are. No source. */
const LINES_BYTES_MAX = 262_144;
const LINE_COST_BYTES = 128;

export class Replay {
  #happenings: Happening[] = [];
  #bytes = 0;
  #lost: Lost = { records: 0, bytes: 0 };

  get happenings(): readonly Happening[] {
    return this.#happenings;
  }

  /** Lines that were too many. */
  get lost(): Lost {
    return this.#lost;
  }

  keep(happening: Happening): void {
    if (happening.kind !== 'platform') {
      const bytes = happening.text.length;
      if (this.#bytes + bytes + LINE_COST_BYTES > LINES_BYTES_MAX) {
        this.#lost = { records: this.#lost.records + 1, bytes: this.#lost.bytes + bytes };
        return;
      }
      this.#bytes += bytes + LINE_COST_BYTES;
    }
    this.#happenings.push(happening);
  }
}
