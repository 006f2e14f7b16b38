/** Functions of events: JSON in, JSON out. */
import type { InvocationContext } from '../context.ts';
import { LambdaError } from '../errors.ts';
import type { Invocation, Service } from '../service.ts';

export type TypedHandler<Event, Result> = (event: Event, context: InvocationContext) => Result | Promise<Result>;

export type TypedOptions<Event> = {
  /** Checks and types the event, for instance the `parse` of a zod schema. What it throws is reported as `Function.InvalidEvent`. Without it, the type is the author's promise. */
  parse?: (event: unknown) => Event;
};

/** `undefined` is answered as `null`. */
export function typed<Event, Result = unknown>(handler: TypedHandler<Event, Result>, options: TypedOptions<Event> = {}): Service {
  const read = options.parse === undefined ? trustedEvent<Event> : checkedEvent(options.parse);
  return {
    accepts: 'events',
    call: async (invocation) => ({ kind: 'json', value: await handler(read(invocation), invocation.context) }),
  };
}

/** Shared by the handlers whose event is typed: JSON is taken for what its reader says it is. */
export function trustedEvent<Event>(invocation: Invocation): Event {
  const { event }: { event: ReturnType<typeof JSON.parse> } = invocation;
  return event;
}

function checkedEvent<Event>(parse: (event: unknown) => Event): (invocation: Invocation) => Event {
  return ({ event }) => {
    try {
      return parse(event);
    } catch (cause) {
      throw new LambdaError('Function.InvalidEvent', cause instanceof Error ? cause.message : String(cause), { cause });
    }
  };
}
