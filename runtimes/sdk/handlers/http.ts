/** Web servers: a `Request` in, a `Response` out, for function URLs, API Gateway (both payload forms) and load balancers. */
import type { InvocationContext } from '../context.ts';
import { readHttpEvent } from '../http/event.ts';
import { httpResult, httpPrelude } from '../http/result.ts';
import type { Service } from '../service.ts';
import { copyInto } from './stream.ts';

/** `event` is what the request was made from, for what a `Request` does not tell: authorizers, path parameters, stages. */
export type HttpHandler = (request: Request, context: InvocationContext, event: unknown) => Response | Promise<Response>;

export type HttpOptions = {
  /** `stream`: the response is sent while it is made, for function URLs with RESPONSE_STREAM. Default `buffered`. */
  responseMode?: 'buffered' | 'stream';
};

/** An event that is no HTTP request is an error of the invocation, `Runtime.NoHttpEvent`. */
export function http(handler: HttpHandler, { responseMode = 'buffered' }: HttpOptions = {}): Service {
  return {
    accepts: 'http',
    async call({ event, context }) {
      const { request, form } = readHttpEvent(event, () => context.signal);
      const response = await handler(request, context, event);
      if (responseMode === 'buffered') return { kind: 'json', value: await httpResult(response, form) };
      return {
        kind: 'stream',
        async produce(writer) {
          writer.setHttp(httpPrelude(response));
          if (response.body !== null) await copyInto(writer, response.body);
        },
      };
    },
  };
}
