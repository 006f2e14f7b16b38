/** Functions whose response is sent while it is made: by writing, or by what they yield or return. */
import type { InvocationContext } from '../context.ts';
import type { ResponseWriter, Service } from '../service.ts';
import { trustedEvent } from './typed.ts';

/** Anything that can be read piece by piece: a generator, a Node stream, a web stream. */
export type StreamSource = AsyncIterable<unknown> | ReadableStream<unknown>;
export type StreamHandler<Event> = (event: Event, writer: ResponseWriter, context: InvocationContext) => StreamSource | void | Promise<StreamSource | void>;

/** What fails before the first byte is an error of the invocation; afterwards it goes into the trailers of the response. */
export function stream<Event>(handler: StreamHandler<Event>): Service {
  return {
    accepts: 'events',
    call: (invocation) => ({
      kind: 'stream',
      async produce(writer) {
        const source = await handler(trustedEvent<Event>(invocation), writer, invocation.context);
        if (source !== undefined) await copyInto(writer, source);
      },
    }),
  };
}

export async function copyInto(writer: ResponseWriter, source: StreamSource): Promise<void> {
  if (!('getReader' in source)) {
    // Leaving the loop by an error ends the source too.
    for await (const chunk of source) await writer.write(chunk);
    return;
  }
  const reader = source.getReader();
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) await writer.write(read.value);
  } catch (error) {
    await reader.cancel(error).catch(() => undefined);
    throw error;
  }
}
