/**
 * What a connection has received and not yet read. One chunk is kept as it came; only a head that arrives in pieces is copied
 * together, into a buffer that doubles. Bytes that were handed out as slices are never written again.
 */

const NOTHING = Buffer.alloc(0);

export class UnreadBytes {
  #view: Buffer = NOTHING;
  /** Where `#view` ends when it is a copy of ours; there is room behind it. */
  #room: Buffer | undefined;
  #roomEnd = 0;

  get view(): Buffer {
    return this.#view;
  }

  append(chunk: Buffer): void {
    if (this.#view.length === 0) {
      this.#view = chunk;
      this.#room = undefined;
      return;
    }
    const bytes = this.#view.length + chunk.length;
    if (this.#room === undefined || this.#roomEnd + chunk.length > this.#room.length) this.#makeRoom(bytes);
    const room = this.#room;
    if (room === undefined) return;
    chunk.copy(room, this.#roomEnd);
    this.#roomEnd += chunk.length;
    this.#view = room.subarray(this.#roomEnd - bytes, this.#roomEnd);
  }

  consume(bytes: number): void {
    this.#view = bytes >= this.#view.length ? NOTHING : this.#view.subarray(bytes);
  }

  clear(): void {
    this.#view = NOTHING;
    this.#room = undefined;
  }

  #makeRoom(bytes: number): void {
    const room = Buffer.allocUnsafe(bytes * 2);
    this.#view.copy(room);
    this.#room = room;
    this.#roomEnd = this.#view.length;
  }
}
