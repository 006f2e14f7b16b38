/**
 * The bandwidth of a streamed response: the first bytes are free, the others come at a rate. A pause earns nothing.
 * Source: response streaming guide, bandwidth limits.
 */
import type { StreamPacing } from './environment-contract.ts';
import { STREAM_BURST_BYTES, STREAM_BYTES_PER_SECOND } from './protocol/limits.ts';

export const LAMBDA_STREAM_PACING: StreamPacing = { burstBytes: STREAM_BURST_BYTES, bytesPerSecond: STREAM_BYTES_PER_SECOND };

export class StreamPacer {
  readonly #bytesPerSecond: number;
  #freeBytes: number;
  /** When what was sent so far is paid for. */
  #paidMs = 0;

  constructor(pacing: StreamPacing) {
    this.#bytesPerSecond = pacing.bytesPerSecond;
    this.#freeBytes = pacing.burstBytes;
  }

  /** How long to wait after these bytes before the next ones. They themselves have been read and go on. */
  take(bytes: number, nowMs: number): number {
    const free = Math.min(bytes, this.#freeBytes);
    this.#freeBytes -= free;
    if (free === bytes) return 0;
    this.#paidMs = Math.max(this.#paidMs, nowMs) + ((bytes - free) * 1000) / this.#bytesPerSecond;
    return Math.ceil(this.#paidMs - nowMs);
  }
}
