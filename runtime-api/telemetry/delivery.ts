/** What takes a subscriber's batches: a listener of an extension on the environment's own loopback. It is hostile, slow, or gone. */

export type Delivery = {
  /** Resolves when the other side has taken the batch; rejects when it did not, and the same batch may then be sent again. */
  send(events: readonly string[]): Promise<void>;
  /** What is under way is given up. */
  close(): void;
};

/** Whatever name a subscriber gives it. */
export const LOOPBACK_HOST = '127.0.0.1';
