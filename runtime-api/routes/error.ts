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
  head({ session, requestId }) {
    if (!session.isCurrent(requestId)) return refuse({ kind: 'invalidRequestId' });
    const refused = session.step('errorBegun');
    return refused === undefined ? { kind: 'collect', bytesMax: ERROR_BYTES_MAX } : refuse(refused);
  },
  received({ session, request }, body) {
    session.step('errorEnded');
    if (body.isOverLimit) {
      session.listener.runtimeReplied({ kind: 'tooLarge', bytes: body.totalBytes });
      return { kind: 'tooLarge', bytesMax: ERROR_BYTES_MAX };
    }
    session.listener.runtimeReplied({ kind: 'error', ...readReportedError(request, body) });
    return { kind: 'accepted' };
  },
  broken({ session }) {
    session.step('errorEnded');
    session.listener.runtimeReplied({ kind: 'truncated' });
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
