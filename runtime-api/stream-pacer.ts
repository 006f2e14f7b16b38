/** The bandwidth of a streamed response, as a bucket: full at the beginning, refilled with time. Source: RIE `core/bandwidthlimiter`. */
import type { StreamPacing } from './environment-contract.ts';
import { STREAM_BURST_BYTES, STREAM_BYTES_PER_SECOND } from './protocol/limits.ts';

export const LAMBDA_STREAM_PACING: StreamPacing = { burstBytes: STREAM_BURST_BYTES, bytesPerSecond: STREAM_BYTES_PER_SECOND };

export class StreamPacer {
  readonly #pacing: StreamPacing;
  #bytes: number;
  #filledMs: number;

  constructor(pacing: StreamPacing, nowMs: number) {
    this.#pacing = pacing;
    this.#bytes = pacing.burstBytes;
    this.#filledMs = nowMs;
  }

  /** How long to wait after these bytes before the next ones. They themselves have been read and go on. */
  take(bytes: number, nowMs: number): number {
    const { burstBytes, bytesPerSecond } = this.#pacing;
    this.#bytes = Math.min(burstBytes, this.#bytes + ((nowMs - this.#filledMs) * bytesPerSecond) / 1000) - bytes;
    this.#filledMs = nowMs;
    return this.#bytes >= 0 ? 0 : Math.ceil((-this.#bytes * 1000) / bytesPerSecond);
  }
}
