/**
 * Hands one body on while it arrives, in pieces of bounded size, and stops when told. Large slices are handed on as they came; small
 * ones of one read are joined, so that a peer that sends tiny chunks does not make a message of each.
 */
import { EMPTY_BODY } from './answer.ts';
import { DISCARDED_BYTES_MAX, TRAILER_BYTES_DEFAULT_MAX } from './body-collector.ts';
import type { BodyProgress, ReceivedBody } from './body-collector.ts';
import { ByteGatherer } from './byte-gatherer.ts';
import { ChunkedDecoder } from './chunked-decoder.ts';
import type { RequestHead } from './head.ts';

export type RelayPlan = {
  /** The bytes go to `onPiece` while they arrive; `received` then gets their number and the trailers, but no bytes. */
  kind: 'relay';
  trailerBytesMax?: number;
  /** The piece is never written to again. False: no more until `connection.resumeBody`, which must not be called from in here. */
  onPiece(piece: Buffer): boolean;
};

/** No piece is larger, and no more is handed on after a piece was answered with false than what was read with it. */
export const RELAYED_PIECE_BYTES_MAX = 65_536;
/** From here on a slice is worth a piece of its own. */
const JOINED_SLICE_BYTES_MAX = 16_384;
const NO_TRAILERS: ReadonlyMap<string, string> = new Map();

export class BodyRelay {
  readonly plan: RelayPlan;
  /** The receiver wants no more for now. */
  isHeldBack = false;
  readonly #framing: RequestHead['body'];
  readonly #decoder: ChunkedDecoder | undefined;
  readonly #small = new ByteGatherer();
  #totalBytes = 0;
  #trailers = NO_TRAILERS;

  constructor(head: RequestHead, plan: RelayPlan) {
    this.plan = plan;
    this.#framing = head.body;
    this.#decoder = head.body.kind === 'chunked' ? new ChunkedDecoder(plan.trailerBytesMax ?? TRAILER_BYTES_DEFAULT_MAX) : undefined;
  }

  /** Reads at most one piece's worth of the bytes. */
  push(unread: Buffer): BodyProgress {
    const bytes = unread.subarray(0, RELAYED_PIECE_BYTES_MAX);
    if (this.#framing.kind === 'none') return { kind: 'done', consumed: 0 };
    if (this.#framing.kind === 'length') return this.#pushLength(bytes, this.#framing.bytes);
    return this.#pushChunked(bytes);
  }

  result(): ReceivedBody {
    return { bytes: EMPTY_BODY, isOverLimit: false, totalBytes: this.#totalBytes, trailers: this.#trailers };
  }

  #pushLength(bytes: Buffer, lengthBytes: number): BodyProgress {
    if (lengthBytes > DISCARDED_BYTES_MAX) return { kind: 'malformed', reason: 'body too large' };
    const slice = bytes.subarray(0, lengthBytes - this.#totalBytes);
    if (slice.length > 0) this.#emit(slice);
    return { kind: this.#totalBytes === lengthBytes ? 'done' : 'more', consumed: slice.length };
  }

  #pushChunked(bytes: Buffer): BodyProgress {
    const progress = this.#decoder?.push(bytes, (slice) => {
      if (slice.length <= JOINED_SLICE_BYTES_MAX) return this.#small.append(slice);
      this.#emitSmall();
      this.#emit(slice);
    });
    this.#emitSmall();
    if (progress === undefined || progress.kind === 'malformed') return progress ?? { kind: 'malformed', reason: 'not chunked' };
    if (this.#totalBytes > DISCARDED_BYTES_MAX) return { kind: 'malformed', reason: 'body too large' };
    if (progress.kind === 'more') return { kind: 'more', consumed: bytes.length };
    this.#trailers = progress.trailers;
    return { kind: 'done', consumed: progress.consumed };
  }

  #emitSmall(): void {
    if (this.#small.length > 0) this.#emit(this.#small.take());
  }

  #emit(piece: Buffer): void {
    this.#totalBytes += piece.length;
    if (!this.plan.onPiece(piece)) this.isHeldBack = true;
  }
}
