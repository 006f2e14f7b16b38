/** Both kinds are loaded when somebody subscribes: nearly no environment has a subscriber, and a module costs each of them memory. */
import type { Delivery } from './delivery.ts';
import type { Subscription } from './subscription.ts';

export async function openDestination({ destination }: Subscription): Promise<Delivery> {
  if (destination.protocol === 'TCP') {
    const { TcpDestination } = await import('./tcp-destination.ts');
    return new TcpDestination(destination.port);
  }
  const { HttpDestination } = await import('./http-destination.ts');
  return new HttpDestination(destination);
}
