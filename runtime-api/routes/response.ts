/** POST /2018-06-01/runtime/invocation/{id}/response. Source: RIE `rapi/handler/invocationresponse.go`; AWS OpenAPI file. */
import { FUNCTION_ERROR_TYPE_HEADER, RESPONSE_MODE_HEADER } from '../protocol/headers.ts';
import { ERROR_BYTES_MAX, ERROR_TRAILER_BYTES_MAX, RESPONSE_BYTES_MAX } from '../protocol/limits.ts';
import { normaliseErrorType } from '../protocol/reported-error.ts';
import type { HttpRequest, ReceivedBody } from '../http/index.ts';
import type { RuntimeReply } from '../session.ts';
import { refuse } from './route.ts';
import type { Route, RouteCall } from './route.ts';

const MODE = RESPONSE_MODE_HEADER.toLowerCase();
const TRAILING_ERROR_TYPE = FUNCTION_ERROR_TYPE_HEADER.toLowerCase();
const TRAILING_ERROR_BODY = 'lambda-runtime-function-error-body';

export const response: Route = {
  method: 'POST',
  head({ session, request, requestId }) {
    if (!session.isCurrent(requestId)) return refuse({ kind: 'invalidRequestId' });
    const refused = session.step('responseBegun');
    if (refused !== undefined) return refuse(refused);
    const mode = request.head.headers.get(MODE);
    if (mode !== undefined && mode !== 'streaming') {
      // RIE leaves the runtime stuck here until a reset; letting it call `next` is the mended form.
      session.step('responseEnded');
      session.listener.runtimeReplied({ kind: 'invalidResponseMode' });
      return refuse({ kind: 'invalidResponseMode' });
    }
    return { kind: 'collect', bytesMax: RESPONSE_BYTES_MAX, trailerBytesMax: ERROR_TRAILER_BYTES_MAX };
  },
  received({ session, request }, body) {
    session.step('responseEnded');
    const reply = readReply(request, body);
    session.listener.runtimeReplied(reply);
    return reply.kind === 'tooLarge' ? { kind: 'tooLarge', bytesMax: RESPONSE_BYTES_MAX } : { kind: 'accepted' };
  },
  broken({ session }) {
    session.step('responseEnded');
    session.listener.runtimeReplied({ kind: 'truncated' });
    return { kind: 'truncated' };
  },
  peerEnded() {
    return true;
  },
};

/** A runtime that fails after it began to answer says so in trailers; what it had sent before is then worthless. */
function readReply({ head }: HttpRequest<RouteCall>, body: ReceivedBody): RuntimeReply {
  if (body.isOverLimit) return { kind: 'tooLarge', bytes: body.totalBytes };
  const trailingType = body.trailers.get(TRAILING_ERROR_TYPE);
  if (trailingType === undefined || trailingType === '') {
    return { kind: 'response', body: body.bytes, contentType: head.headers.get('content-type') };
  }
  const trailingBody = Buffer.from(body.trailers.get(TRAILING_ERROR_BODY) ?? '', 'base64');
  if (trailingBody.length > ERROR_BYTES_MAX) return { kind: 'tooLarge', bytes: trailingBody.length };
  return { kind: 'error', body: trailingBody, errorType: normaliseErrorType(trailingType) };
}
