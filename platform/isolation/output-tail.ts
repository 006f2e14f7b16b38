/** The last bytes of what somebody printed, kept in bounded memory. */
import { DIAGNOSTICS_BYTES } from './limits.ts';

export class OutputTail {
  #chunks: Buffer[] = [];
  #bytes = 0;

  append(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes > 2 * DIAGNOSTICS_BYTES) this.#compact();
  }

  text(): string {
    this.#compact();
    return this.#chunks[0]?.toString('utf8').trim() ?? '';
  }

  #compact(): void {
    const last = Buffer.from(Buffer.concat(this.#chunks).subarray(-DIAGNOSTICS_BYTES));
    this.#chunks = [last];
    this.#bytes = last.length;
  }
}
