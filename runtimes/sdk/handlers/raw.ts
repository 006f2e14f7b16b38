/** Functions of bytes: nothing is parsed and nothing is stringified. */
import type { InvocationContext } from '../context.ts';
import type { Service } from '../service.ts';

export type RawResult = string | Uint8Array | { body: string | Uint8Array; contentType?: string };
export type RawHandler = (payload: Uint8Array, context: InvocationContext) => RawResult | Promise<RawResult>;

export function raw(handler: RawHandler): Service {
  return {
    accepts: 'events',
    async call({ payload, context }) {
      const result = await handler(payload, context);
      return typeof result === 'string' || result instanceof Uint8Array ? { kind: 'bytes', body: result } : { kind: 'bytes', ...result };
    },
  };
}
