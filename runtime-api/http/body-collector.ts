/** Collects one body by its plan. A body that is all there is a slice, not a copy; one of declared length is copied once. */
import { EMPTY_BODY } from './answer.ts';
import type { Answer } from './answer.ts';
import { ByteGatherer } from './byte-gatherer.ts';
import { ChunkedDecoder } from './chunked-decoder.ts';
import type { RequestHead } from './head.ts';

export type CollectPlan =
  /** Collect at most this many bytes; what is above is read, counted and thrown away. Trailers: none to speak of, unless said. */
  | { kind: 'collect'; bytesMax: number; trailerBytesMax?: number }
  /** Read the body, throw it away and give this answer. */
  | { kind: 'answer'; answer: Answer };

export type ReceivedBody = {
  bytes: Buffer;
  /** True when the body was larger than planned; `bytes` is then empty and `totalBytes` the true size. */
  isOverLimit: boolean;
  totalBytes: number;
  trailers: ReadonlyMap<string, string>;
};

export type BodyProgress = { kind: 'more' | 'done'; consumed: number } | { kind: 'malformed'; reason: string };

/** A peer that must be told "too large" may finish sending first; beyond this it is cut off. */
export const DISCARDED_BYTES_MAX = 268_435_456;
/** Who plans for no trailers gets to see few. Node's default for a whole head. */
export const TRAILER_BYTES_DEFAULT_MAX = 16_384;
const NO_TRAILERS: ReadonlyMap<string, string> = new Map();

export class BodyCollector {
  readonly plan: CollectPlan;
  readonly #framing: RequestHead['body'];
  readonly #bytesMax: number;
  readonly #decoder: ChunkedDecoder | undefined;
  readonly #gathered: ByteGatherer | undefined;
  #whole: Buffer | undefined;
  #totalBytes = 0;
  #trailers = NO_TRAILERS;

  constructor(head: RequestHead, plan: CollectPlan) {
    this.plan = plan;
    this.#framing = head.body;
    this.#bytesMax = plan.kind === 'collect' ? plan.bytesMax : 0;
    const trailerBytesMax = plan.kind === 'collect' ? (plan.trailerBytesMax ?? TRAILER_BYTES_DEFAULT_MAX) : TRAILER_BYTES_DEFAULT_MAX;
    if (head.body.kind !== 'chunked') return;
    this.#decoder = new ChunkedDecoder(trailerBytesMax);
    this.#gathered = new ByteGatherer();
  }

  push(unread: Buffer): BodyProgress {
    if (this.#framing.kind === 'none') return { kind: 'done', consumed: 0 };
    if (this.#framing.kind === 'length') return this.#pushLength(unread, this.#framing.bytes);
    return this.#pushChunked(unread);
  }

  result(): ReceivedBody {
    const isOverLimit = this.#totalBytes > this.#bytesMax;
    const bytes = isOverLimit ? EMPTY_BODY : (this.#whole ?? this.#gathered?.take() ?? EMPTY_BODY);
    return { bytes, isOverLimit, totalBytes: this.#totalBytes, trailers: this.#trailers };
  }

  #pushLength(unread: Buffer, lengthBytes: number): BodyProgress {
    if (lengthBytes > DISCARDED_BYTES_MAX) return { kind: 'malformed', reason: 'body too large' };
    const slice = unread.subarray(0, lengthBytes - this.#totalBytes);
    if (lengthBytes <= this.#bytesMax && slice.length > 0) {
      if (slice.length === lengthBytes) this.#whole = slice;
      else {
        this.#whole ??= Buffer.allocUnsafe(lengthBytes);
        slice.copy(this.#whole, this.#totalBytes);
      }
    }
    this.#totalBytes += slice.length;
    return { kind: this.#totalBytes === lengthBytes ? 'done' : 'more', consumed: slice.length };
  }

  #pushChunked(unread: Buffer): BodyProgress {
    const progress = this.#decoder?.push(unread, (slice) => {
      this.#totalBytes += slice.length;
      if (this.#totalBytes <= this.#bytesMax) this.#gathered?.append(slice);
      else this.#gathered?.clear();
    });
    if (progress === undefined || progress.kind === 'malformed') return progress ?? { kind: 'malformed', reason: 'not chunked' };
    if (this.#totalBytes > DISCARDED_BYTES_MAX) return { kind: 'malformed', reason: 'body too large' };
    if (progress.kind === 'more') return { kind: 'more', consumed: unread.length };
    this.#trailers = progress.trailers;
    return { kind: 'done', consumed: progress.consumed };
  }
}
