/** POST /2018-06-01/runtime/invocation/{id}/response. Source: RIE `rapi/handler/invocationresponse.go`; AWS OpenAPI file. */
import { FUNCTION_ERROR_BODY_TRAILER, FUNCTION_ERROR_TYPE_HEADER, RESPONSE_MODE_HEADER } from '../protocol/headers.ts';
import {
  CONTENT_TYPE_BYTES_MAX,
  ERROR_BYTES_MAX,
  ERROR_TRAILER_BYTES_MAX,
  ERROR_TYPE_CHARACTERS_MAX,
  RESPONSE_BYTES_MAX,
  STREAMED_RESPONSE_BYTES_MAX,
} from '../protocol/limits.ts';
import { normaliseErrorType } from '../protocol/reported-error.ts';
import type { HttpRequest, ReceivedBody } from '../http/index.ts';
import type { RuntimeExchange, RuntimeReply, TrailingError } from '../session.ts';
import { refuse } from './route.ts';
import type { Route, RouteCall } from './route.ts';

const MODE = RESPONSE_MODE_HEADER.toLowerCase();
const TRAILING_ERROR_TYPE = FUNCTION_ERROR_TYPE_HEADER.toLowerCase();
const TRAILING_ERROR_BODY = FUNCTION_ERROR_BODY_TRAILER.toLowerCase();

export const response: Route = {
  method: 'POST',
  head(call) {
    const { session, request, requestId } = call;
    const exchange = session.exchangeFor(requestId);
    if ('kind' in exchange) return refuse(exchange);
    const refused = exchange.step('responseBegun');
    if (refused !== undefined) return refuse(refused);
    call.exchange = exchange;
    const mode = request.head.headers.get(MODE);
    if (mode !== undefined && mode !== 'streaming') {
      // RIE leaves the runtime stuck here until a reset; letting it call `next` is the mended form.
      exchange.step('responseEnded');
      exchange.replied({ kind: 'invalidResponseMode' });
      return refuse({ kind: 'invalidResponseMode' });
    }
    const onPiece = mode === 'streaming' ? beginStream(call, exchange) : undefined;
    if (onPiece !== undefined) return { kind: 'relay', onPiece, trailerBytesMax: ERROR_TRAILER_BYTES_MAX };
    return { kind: 'collect', bytesMax: RESPONSE_BYTES_MAX, trailerBytesMax: ERROR_TRAILER_BYTES_MAX };
  },
  received(call, body) {
    const { exchange, request } = call;
    const refused = exchange?.step('responseEnded');
    if (refused !== undefined) return refused;
    const reply = call.isRelayed === true ? readStreamEnd(body) : readReply(request, body);
    exchange?.replied(reply);
    return reply.kind === 'tooLarge' ? { kind: 'tooLarge', bytesMax: reply.bytesMax ?? RESPONSE_BYTES_MAX } : { kind: 'accepted' };
  },
  broken({ exchange }) {
    const refused = exchange?.step('responseEnded');
    if (refused !== undefined) return refused;
    exchange?.replied({ kind: 'truncated' });
    return { kind: 'truncated' };
  },
  peerEnded() {
    return true;
  },
};

function beginStream(call: RouteCall, exchange: RuntimeExchange): ((piece: Buffer) => boolean) | undefined {
  const { request } = call;
  const contentType = request.head.headers.get('content-type');
  const onPiece = exchange.beginStream({
    contentType: contentType === undefined || contentType.length > CONTENT_TYPE_BYTES_MAX ? undefined : contentType,
    resume: () => request.connection.resumeBody(request),
  });
  call.isRelayed = onPiece !== undefined;
  return onPiece;
}

function readStreamEnd(body: ReceivedBody): RuntimeReply {
  if (body.totalBytes > STREAMED_RESPONSE_BYTES_MAX) {
    return { kind: 'tooLarge', bytes: body.totalBytes, bytesMax: STREAMED_RESPONSE_BYTES_MAX };
  }
  const error = readTrailingError(body.trailers);
  return error !== undefined && error.body.length > ERROR_BYTES_MAX ? { kind: 'tooLarge', bytes: error.body.length } : { kind: 'streamed', error };
}

function readReply({ head }: HttpRequest<RouteCall>, body: ReceivedBody): RuntimeReply {
  if (body.isOverLimit) return { kind: 'tooLarge', bytes: body.totalBytes };
  const contentType = head.headers.get('content-type');
  const error = readTrailingError(body.trailers);
  if (error === undefined) return { kind: 'response', body: body.bytes, contentType };
  if (error.body.length > ERROR_BYTES_MAX) return { kind: 'tooLarge', bytes: error.body.length };
  return { kind: 'failedOnTheWay', body: body.bytes, contentType, error };
}

/** A runtime that fails after it began to answer says so in trailers. */
function readTrailingError(trailers: ReceivedBody['trailers']): TrailingError | undefined {
  const errorCode = trailers.get(TRAILING_ERROR_TYPE);
  if (errorCode === undefined || errorCode === '') return undefined;
  const body = Buffer.from(trailers.get(TRAILING_ERROR_BODY) ?? '', 'base64');
  return { body, errorType: normaliseErrorType(errorCode), errorCode: errorCode.slice(0, ERROR_TYPE_CHARACTERS_MAX) };
}
