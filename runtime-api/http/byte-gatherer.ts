/**
 * Bytes gathered piece by piece into one buffer that doubles: a peer that sends one byte at a time costs this side no more
 * than what it sent, neither in copies nor in objects.
 */

const CAPACITY_MIN_BYTES = 1_024;
const NOTHING = Buffer.alloc(0);

export class ByteGatherer {
  #buffer: Buffer = NOTHING;
  #bytes = 0;

  get length(): number {
    return this.#bytes;
  }

  append(piece: Buffer): void {
    const needed = this.#bytes + piece.length;
    if (needed > this.#buffer.length) this.#grow(needed);
    piece.copy(this.#buffer, this.#bytes);
    this.#bytes = needed;
  }

  /** What was gathered; the gatherer is empty afterwards and never writes to the returned bytes again. */
  take(): Buffer {
    const taken = this.#buffer.subarray(0, this.#bytes);
    this.clear();
    return taken;
  }

  clear(): void {
    this.#buffer = NOTHING;
    this.#bytes = 0;
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2, CAPACITY_MIN_BYTES));
    this.#buffer.copy(larger, 0, 0, this.#bytes);
    this.#buffer = larger;
  }
}
