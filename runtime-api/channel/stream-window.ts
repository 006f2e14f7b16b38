/**
 * How much of a streamed response may be between an environment's server and its worker: the worker grants, the server spends. So a slow
 * invoker stops the runtime and costs the worker no more than one window, whatever the server inside does.
 */

/** What the server may send before the first grant. Sixteen reads of a slow start, four of a fast one. */
export const STREAM_WINDOW_BYTES = 262_144;
/** What a piece costs beside its bytes: a flood of single bytes must not be cheaper than one of large pieces. */
const PIECE_COST_BYTES = 256;
/** How far a server may go beyond the window: what it has read when the window closes, in the most pieces that makes (`http/body-relay.ts`). */
export const STREAM_OVERSHOOT_BYTES_MAX = 65_536 + 16 * PIECE_COST_BYTES;
/** Grants are gathered until they are worth a message. */
export const STREAM_GRANT_BYTES = 65_536;

export function pieceCost(piece: Buffer): number {
  return piece.length + PIECE_COST_BYTES;
}

/** The server's side. */
export class StreamWindow {
  #leftBytes = STREAM_WINDOW_BYTES;

  /** False when the window is closed now. */
  spend(piece: Buffer): boolean {
    this.#leftBytes -= pieceCost(piece);
    return this.#leftBytes > 0;
  }

  /** True when this has opened it. */
  grant(bytes: number): boolean {
    const wasClosed = this.#leftBytes <= 0;
    this.#leftBytes += bytes;
    return wasClosed && this.#leftBytes > 0;
  }
}
