/** How an error that a runtime reports is read. Source: RIE `internal/lambda/fatalerror`, `rapi/model/error_cause.go` at 4fa2157. */
import { ERROR_BYTES_MAX, ERROR_TYPE_CHARACTERS_MAX } from './limits.ts';

/** Not anchored, as at the source: a type is kept when it contains a match. */
const ACCEPTED_TYPE = /(Runtime|Function)\.[A-Z][a-zA-Z]+/;
const INVALID_BODY = Buffer.from('"Invalid error body"', 'utf8');
export const ERROR_CAUSE_CONTENT_TYPE = 'application/vnd.aws.lambda.error.cause+json';

export function normaliseErrorType(reported: string | undefined): string {
  if (reported === undefined) return 'Runtime.Unknown';
  if (ACCEPTED_TYPE.test(reported)) return reported.slice(0, ERROR_TYPE_CHARACTERS_MAX);
  return reported.startsWith('Function.') ? 'Function.Unknown' : 'Runtime.Unknown';
}

/**
 * The body that the invoker gets: the runtime's bytes, untouched. Two exceptions: the cause form loses its `errorCause`
 * (or becomes a fixed text when it is not JSON), and an empty body becomes an object made of the type (AWS OpenAPI file).
 */
export function errorBodyForInvoker(options: { body: Buffer; contentType: string | undefined; errorType: string }): Buffer {
  if (options.body.length === 0) return Buffer.from(JSON.stringify({ errorType: options.errorType }), 'utf8');
  if (options.contentType?.split(';')[0]?.trim().toLowerCase() !== ERROR_CAUSE_CONTENT_TYPE) return options.body;
  try {
    const parsed: unknown = JSON.parse(options.body.toString('utf8'));
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return INVALID_BODY;
    const body = Buffer.from(JSON.stringify({ ...parsed, errorCause: undefined }), 'utf8');
    // Bytes that are no UTF-8 come back three times as long.
    return body.length > ERROR_BYTES_MAX ? INVALID_BODY : body;
  } catch {
    return INVALID_BODY;
  }
}
