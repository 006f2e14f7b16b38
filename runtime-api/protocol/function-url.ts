/** Names of the HTTP face of a function: payload format 2.0, streaming prelude, CORS. Source: function URL and response streaming guides. */

/** Content type of a streamed response whose body begins with the HTTP head as JSON. */
export const HTTP_INTEGRATION_CONTENT_TYPE = 'application/vnd.awslambda.http-integration-response';
/** Between that JSON and the body. */
export const PRELUDE_DELIMITER = Buffer.alloc(8);
/** Of the JSON and its delimiter. API Gateway wants it within 16 KB; a head of HTTP as a whole is smaller everywhere. Above: 502. */
export const PRELUDE_BYTES_MAX = 65_536;
export const PAYLOAD_FORMAT_VERSION = '2.0';
export const DEFAULT_ROUTE = '$default';

export const CORS_ALLOW_ORIGIN_HEADER = 'Access-Control-Allow-Origin';
export const CORS_ALLOW_METHODS_HEADER = 'Access-Control-Allow-Methods';
export const CORS_ALLOW_HEADERS_HEADER = 'Access-Control-Allow-Headers';
export const CORS_ALLOW_CREDENTIALS_HEADER = 'Access-Control-Allow-Credentials';
export const CORS_EXPOSE_HEADERS_HEADER = 'Access-Control-Expose-Headers';
export const CORS_MAX_AGE_HEADER = 'Access-Control-Max-Age';
export const CORS_REQUEST_METHOD_HEADER = 'Access-Control-Request-Method';
export const CORS_REQUEST_HEADERS_HEADER = 'Access-Control-Request-Headers';
