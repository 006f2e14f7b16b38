/** The target did not do what a case waited for. It is the target's failure and not the kit's. */
export class NothingHappened extends Error {
  readonly awaited: string;

  constructor(awaited: string) {
    super(`waited in vain for ${awaited}`);
    this.awaited = awaited;
  }
}

/** How long the kit waits for something that should come at once; on a busy machine even that takes its time. */
export const ANSWER_LIMIT_MS = 8_000;
