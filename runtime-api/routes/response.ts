/** POST /2018-06-01/runtime/invocation/{id}/response. Source: RIE `rapi/handler/invocationresponse.go`; AWS OpenAPI file. */
import { FUNCTION_ERROR_TYPE_HEADER, RESPONSE_MODE_HEADER } from '../protocol/headers.ts';
import { RESPONSE_BYTES_MAX } from '../protocol/limits.ts';
import { normaliseErrorType } from '../protocol/reported-error.ts';
import { refuse } from './route.ts';
import type { Route } from './route.ts';

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
    return { kind: 'collect', bytesMax: RESPONSE_BYTES_MAX };
  },
  received({ session, request }, body) {
    session.step('responseEnded');
    if (body.isOverLimit) {
      session.listener.runtimeReplied({ kind: 'tooLarge' });
      return { kind: 'tooLarge', bytesMax: RESPONSE_BYTES_MAX };
    }
    const trailingType = body.trailers.get(TRAILING_ERROR_TYPE);
    if (trailingType !== undefined && trailingType !== '') {
      const trailingBody = Buffer.from(body.trailers.get(TRAILING_ERROR_BODY) ?? '', 'base64');
      session.listener.runtimeReplied({ kind: 'error', body: trailingBody, errorType: normaliseErrorType(trailingType) });
    } else {
      session.listener.runtimeReplied({
        kind: 'response',
        body: body.bytes,
        contentType: request.head.headers.get('content-type'),
      });
    }
    return { kind: 'accepted' };
  },
  broken({ session }) {
    session.step('responseEnded');
    session.listener.runtimeReplied({ kind: 'truncated' });
  },
  peerEnded() {
    return true;
  },
};
