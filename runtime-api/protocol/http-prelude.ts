/** A streamed HTTP response: one JSON object, eight NUL bytes, the raw body. Source: AWS guide, response streaming. */

export const HTTP_INTEGRATION_CONTENT_TYPE = 'application/vnd.awslambda.http-integration-response';
/** NUL bytes between the JSON object and the body. */
export const PRELUDE_SEPARATOR_BYTES = 8;
