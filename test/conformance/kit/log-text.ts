/** Text that a process prints, kept as it comes. */
import { within } from '../http/client.ts';

export class LogText {
  #pieces: Buffer[] = [];
  #text: string | undefined;
  #changed = Promise.withResolvers<void>();

  get text(): string {
    return (this.#text ??= Buffer.concat(this.#pieces).toString('utf8'));
  }

  /** Lines without their line ends; the last may be unfinished. */
  get lines(): string[] {
    return this.text.split('\n').filter((line) => line !== '');
  }

  add(bytes: Buffer): void {
    this.#pieces.push(bytes);
    this.#text = undefined;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  /** Waits until the text satisfies the condition and returns it. */
  async waitFor(condition: (text: string) => boolean, what: string, limitMs = 3_000): Promise<string> {
    const deadlineMs = performance.now() + limitMs;
    for (;;) {
      const { text } = this;
      if (condition(text)) return text;
      await within(this.#changed.promise, deadlineMs - performance.now(), `${what} in the log`);
    }
  }
}
