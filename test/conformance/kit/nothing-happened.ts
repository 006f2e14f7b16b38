/** The target did not do what a case waited for. It is the target's failure and not the kit's. */
export class NothingHappened extends Error {
  readonly awaited: string;

  constructor(awaited: string) {
    super(`waited in vain for ${awaited}`);
    this.awaited = awaited;
  }
}
