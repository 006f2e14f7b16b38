/** Where a subscriber's batches go: a listener of an extension on the environment's own loopback. It is hostile, slow, or gone. */
import type { Subscription } from './subscription.ts';

export type Delivery = {
  /** Resolves when the other side has taken the batch; rejects when it did not, and the same batch may then be sent again. */
  send(events: readonly string[]): Promise<void>;
  /** What is under way is given up. */
  close(): void;
};

/** Both are loaded when somebody subscribes: nearly no environment has a subscriber, and a module costs each of them memory. */
export async function openDestination({ destination }: Subscription): Promise<Delivery> {
  if (destination.protocol === 'TCP') {
    const { TcpDestination } = await import('./tcp-destination.ts');
    return new TcpDestination(destination.port);
  }
  const { HttpDestination } = await import('./http-destination.ts');
  return new HttpDestination(destination);
}

export const LOOPBACK_HOST = '127.0.0.1';
