/** The deadline as an abort signal, made when somebody first asks for it: an invocation that does not look costs neither timer nor controller. */

/** Longest delay of a timer; a later deadline is none. Source: Node, `setTimeout`. */
const DELAY_MS_MAX = 2_147_483_647;

export class Deadline {
  readonly #abortEpochMs: number;
  #controller: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Why it was aborted before anybody looked. */
  #earlier: { reason: unknown } | undefined;
  #isOver = false;

  constructor(abortEpochMs: number) {
    this.#abortEpochMs = abortEpochMs;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#earlier !== undefined) this.#controller.abort(this.#earlier.reason);
      else if (!this.#isOver) this.#watch(this.#controller);
    }
    return this.#controller.signal;
  }

  /** For other ends than time: nobody takes the response any more, or the process is told to go. */
  abort(reason: unknown): void {
    this.#earlier ??= { reason };
    this.#controller?.abort(reason);
    clearTimeout(this.#timer);
  }

  /** The invocation has ended; the signal stays as it is. */
  end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  #watch(controller: AbortController): void {
    const delayMs = this.#abortEpochMs - Date.now();
    if (delayMs > DELAY_MS_MAX) return;
    // It keeps the process alive: a handler may wait for nothing but this.
    this.#timer = setTimeout(() => controller.abort(new DOMException('the deadline of the invocation is near', 'TimeoutError')), Math.max(0, delayMs));
  }
}
