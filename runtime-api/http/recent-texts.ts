/**
 * The last few texts of one kind and what was read from them. A list and not a map: comparing with a handful of texts costs less than
 * the hash of a text that never comes again. Refusals are not kept.
 */
import type { HeadRefusal } from './head-refusal.ts';

const TEXTS_MAX = 4;
/** Longer ones are read anew: what a peer can make us keep is bounded. */
const TEXT_LENGTH_MAX = 1_024;

export class RecentTexts<Value extends object> {
  #entries: { text: string; value: Value }[] = [];
  #oldest = 0;

  read(text: string, parse: (text: string) => Value | HeadRefusal): Value | HeadRefusal {
    for (const entry of this.#entries) {
      if (entry.text === text) return entry.value;
    }
    const value = parse(text);
    if (!('refused' in value) && text.length <= TEXT_LENGTH_MAX) this.#keep(text, value);
    return value;
  }

  clear(): void {
    this.#entries = [];
    this.#oldest = 0;
  }

  #keep(text: string, value: Value): void {
    if (this.#entries.length < TEXTS_MAX) {
      this.#entries.push({ text, value });
      return;
    }
    this.#entries[this.#oldest] = { text, value };
    this.#oldest = (this.#oldest + 1) % TEXTS_MAX;
  }
}
