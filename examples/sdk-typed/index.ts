/** A function of events, with a check of the event, an error of its own type and a record in the log. */
import { LambdaError, run, typed } from 'rik/sdk';

type Order = { id: string; quantity: number };

function parseOrder(event: unknown): Order {
  if (typeof event === 'object' && event !== null && 'id' in event && typeof event.id === 'string' && 'quantity' in event && typeof event.quantity === 'number') {
    return { id: event.id, quantity: event.quantity };
  }
  throw new TypeError('an order has an id and a quantity');
}

const order = typed(
  (event: Order, { awsRequestId, log }) => {
    if (event.quantity > 100) throw new LambdaError('Orders.TooMany', `${event.quantity} of ${event.id} are not in stock`);
    log.with({ order: event.id }).info('accepted');
    return { accepted: event.id, requestId: awsRequestId };
  },
  { parse: parseOrder },
);

await run(order);
