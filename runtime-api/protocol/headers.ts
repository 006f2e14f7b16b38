/** Header names in the canonical form that RIE sends; names compare case-insensitively. Source: runtime API guide; RIE `rapi/rendering`. */

export const REQUEST_ID_HEADER = 'Lambda-Runtime-Aws-Request-Id';
export const DEADLINE_MS_HEADER = 'Lambda-Runtime-Deadline-Ms';
export const INVOKED_FUNCTION_ARN_HEADER = 'Lambda-Runtime-Invoked-Function-Arn';
export const TRACE_ID_HEADER = 'Lambda-Runtime-Trace-Id';
export const CLIENT_CONTEXT_HEADER = 'Lambda-Runtime-Client-Context';
export const COGNITO_IDENTITY_HEADER = 'Lambda-Runtime-Cognito-Identity';
export const TENANT_ID_HEADER = 'Lambda-Runtime-Aws-Tenant-Id';

export const FUNCTION_ERROR_TYPE_HEADER = 'Lambda-Runtime-Function-Error-Type';
/** Trailer of a streamed response that failed on the way: base64 of the error's body. The type's trailer has the name of its header. */
export const FUNCTION_ERROR_BODY_TRAILER = 'Lambda-Runtime-Function-Error-Body';
export const XRAY_ERROR_CAUSE_HEADER = 'Lambda-Runtime-Function-XRay-Error-Cause';
export const RESPONSE_MODE_HEADER = 'Lambda-Runtime-Function-Response-Mode';

/** Extensions API. Source: AWS guide "Using the Lambda Extensions API"; RIE `rapi/handler/agent*.go`. */
export const EXTENSION_NAME_HEADER = 'Lambda-Extension-Name';
export const EXTENSION_IDENTIFIER_HEADER = 'Lambda-Extension-Identifier';
export const EXTENSION_EVENT_IDENTIFIER_HEADER = 'Lambda-Extension-Event-Identifier';
export const EXTENSION_ACCEPT_FEATURE_HEADER = 'Lambda-Extension-Accept-Feature';
export const EXTENSION_ERROR_TYPE_HEADER = 'Lambda-Extension-Function-Error-Type';

/** Invoke API, towards the invoker. Source: API reference, Invoke. */
export const INVOCATION_TYPE_HEADER = 'X-Amz-Invocation-Type';
export const LOG_TYPE_HEADER = 'X-Amz-Log-Type';
export const INVOKER_CLIENT_CONTEXT_HEADER = 'X-Amz-Client-Context';
export const INVOKER_TRACE_ID_HEADER = 'X-Amzn-Trace-Id';
export const INVOKER_TENANT_ID_HEADER = 'X-Amz-Tenant-Id';
export const FUNCTION_ERROR_HEADER = 'X-Amz-Function-Error';
/** RIE in its managed mode. Source: RIE `aws-lambda-rie/internal/invoke/responder.go`. */
export const RIE_ERROR_TYPE_HEADER = 'Error-Type';
export const LOG_RESULT_HEADER = 'X-Amz-Log-Result';
export const EXECUTED_VERSION_HEADER = 'X-Amz-Executed-Version';
/**
 * The runtime's content type beside that of the event stream. The model's `ResponseStreamContentType` is the field `Content-Type`, which is
 * taken; the name is of the family that AWS uses for fields that its front ends replace.
 */
export const REMAPPED_CONTENT_TYPE_HEADER = 'x-amzn-Remapped-Content-Type';
export const AMZN_REQUEST_ID_HEADER = 'x-amzn-RequestId';
export const AMZN_ERROR_TYPE_HEADER = 'x-amzn-ErrorType';
