/** POST /2018-06-01/runtime/invocation/{id}/error: a function error, not a crash; the environment is kept. */
import { FUNCTION_ERROR_TYPE_HEADER } from '../protocol/headers.ts';
import { ERROR_BYTES_MAX } from '../protocol/limits.ts';
import { errorBodyForInvoker, normaliseErrorType } from '../protocol/reported-error.ts';
import type { HttpRequest, ReceivedBody } from '../http/index.ts';
import { refuse } from './route.ts';
import type { Route, RouteCall } from './route.ts';

const ERROR_TYPE = FUNCTION_ERROR_TYPE_HEADER.toLowerCase();

export const error: Route = {
  method: 'POST',
  head(call) {
    const exchange = call.session.exchangeFor(call.requestId);
    if ('kind' in exchange) return refuse(exchange);
    const refused = exchange.step('errorBegun');
    if (refused !== undefined) return refuse(refused);
    call.exchange = exchange;
    return { kind: 'collect', bytesMax: exchange.errorBytesMax };
  },
  received({ exchange, request }, body) {
    const refused = exchange?.step('errorEnded');
    if (refused !== undefined) return refused;
    if (body.isOverLimit) {
      exchange?.replied({ kind: 'tooLarge', bytes: body.totalBytes });
      return { kind: 'tooLarge', bytesMax: ERROR_BYTES_MAX };
    }
    exchange?.replied({ kind: 'error', ...readReportedError(request, body) });
    return { kind: 'accepted' };
  },
  broken({ exchange }) {
    const refused = exchange?.step('errorEnded');
    if (refused !== undefined) return refused;
    exchange?.replied({ kind: 'truncated' });
    return { kind: 'truncated' };
  },
  peerEnded() {
    return true;
  },
};

/** The X-Ray cause header is accepted and, without tracing, not used; an empty one means nothing. */
export function readReportedError({ head }: Pick<HttpRequest<RouteCall>, 'head'>, body: ReceivedBody): { body: Buffer; errorType: string } {
  const errorType = normaliseErrorType(head.headers.get(ERROR_TYPE));
  const contentType = head.headers.get('content-type');
  return { errorType, body: errorBodyForInvoker({ body: body.bytes, contentType, errorType }) };
}
