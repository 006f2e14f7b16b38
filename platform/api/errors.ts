/**
 * The error vocabulary of the platform's public API: name, HTTP status, spelling of the message key and `Type`.
 * A leaf that imports only `foundation`; the control plane and the front door for invocations both answer with it.
 * Source: the service model of the API (2015-03-31) for names, statuses and key casing; recorded answers of the real
 * service (September 2022 to February 2026) for `Type`. Rows marked [U] are believed but were never seen recorded.
 */
import { randomUUID } from 'node:crypto';
import { CodedError } from '../../foundation/coded-error.ts';

export type ApiErrorShape = {
  status: number;
  /** The model spells it both ways, per error; clients that read the modelled shape see only the right one. */
  messageKey: 'Message' | 'message';
  /** The body's `Type`; `none` where the answer comes from the front end or the framework, which send no such member. */
  type: 'User' | 'Service' | 'none';
};

export const API_ERRORS = {
  // 400
  InvalidParameterValueException: { status: 400, messageKey: 'message', type: 'User' },
  ValidationException: { status: 400, messageKey: 'message', type: 'none' },
  SerializationException: { status: 400, messageKey: 'message', type: 'none' },
  InvalidRequestContentException: { status: 400, messageKey: 'message', type: 'User' },
  CodeStorageExceededException: { status: 400, messageKey: 'message', type: 'User' },
  PolicyLengthExceededException: { status: 400, messageKey: 'message', type: 'User' },
  AliasLimitExceededException: { status: 400, messageKey: 'message', type: 'User' },
  InvalidCodeSignatureException: { status: 400, messageKey: 'Message', type: 'User' },
  CodeVerificationFailedException: { status: 400, messageKey: 'Message', type: 'User' },
  ResourceInUseException: { status: 400, messageKey: 'Message', type: 'User' },
  ModeNotSupportedException: { status: 400, messageKey: 'message', type: 'User' },
  NoPublishedVersionException: { status: 400, messageKey: 'Message', type: 'User' },
  PublicPolicyException: { status: 400, messageKey: 'Message', type: 'User' },
  RecursiveInvocationException: { status: 400, messageKey: 'Message', type: 'User' },
  SnapStartException: { status: 400, messageKey: 'Message', type: 'User' },
  // 402 and 403
  ServiceQuotaExceededException: { status: 402, messageKey: 'Message', type: 'User' },
  AccessDeniedException: { status: 403, messageKey: 'Message', type: 'none' },
  EFSMountFailureException: { status: 403, messageKey: 'Message', type: 'User' },
  // 404
  ResourceNotFoundException: { status: 404, messageKey: 'Message', type: 'User' },
  CodeSigningConfigNotFoundException: { status: 404, messageKey: 'Message', type: 'User' },
  ProvisionedConcurrencyConfigNotFoundException: { status: 404, messageKey: 'message', type: 'User' },
  // 408 to 412
  EFSMountConnectivityException: { status: 408, messageKey: 'Message', type: 'User' },
  EFSMountTimeoutException: { status: 408, messageKey: 'Message', type: 'User' },
  SnapStartTimeoutException: { status: 408, messageKey: 'Message', type: 'User' },
  ResourceConflictException: { status: 409, messageKey: 'message', type: 'User' },
  SnapStartNotReadyException: { status: 409, messageKey: 'Message', type: 'User' },
  SnapStartRegenerationFailureException: { status: 409, messageKey: 'Message', type: 'User' },
  CodeArtifactUserDeletedException: { status: 409, messageKey: 'Message', type: 'User' },
  CodeArtifactUserFailedException: { status: 409, messageKey: 'Message', type: 'User' },
  CodeArtifactUserPendingException: { status: 409, messageKey: 'Message', type: 'User' },
  EFSIOException: { status: 410, messageKey: 'Message', type: 'User' },
  PreconditionFailedException: { status: 412, messageKey: 'message', type: 'User' },
  // 413 and 415
  RequestTooLargeException: { status: 413, messageKey: 'message', type: 'User' },
  SerializedRequestEntityTooLargeException: { status: 413, messageKey: 'message', type: 'User' },
  RequestEntityTooLargeException: { status: 413, messageKey: 'message', type: 'none' },
  UnsupportedMediaTypeException: { status: 415, messageKey: 'message', type: 'User' },
  // 429
  TooManyRequestsException: { status: 429, messageKey: 'message', type: 'User' },
  // 500 and 501
  ServiceException: { status: 500, messageKey: 'Message', type: 'Service' }, // [U] the value of Type
  /**
   * Ours: the real service has no operation that it does not implement. 501 because it says exactly that (RFC 9110,
   * section 15.6.2), because a 4xx would blame the caller, and because no SDK retries it (they retry 500, 502, 503, 504).
   */
  NotImplementedException: { status: 501, messageKey: 'message', type: 'Service' },
  // 502
  InvalidRuntimeException: { status: 502, messageKey: 'Message', type: 'User' },
  InvalidZipFileException: { status: 502, messageKey: 'Message', type: 'User' },
  ResourceNotReadyException: { status: 502, messageKey: 'message', type: 'User' },
  KMSAccessDeniedException: { status: 502, messageKey: 'Message', type: 'User' },
  KMSDisabledException: { status: 502, messageKey: 'Message', type: 'User' },
  KMSInvalidStateException: { status: 502, messageKey: 'Message', type: 'User' },
  KMSNotFoundException: { status: 502, messageKey: 'Message', type: 'User' },
  EC2AccessDeniedException: { status: 502, messageKey: 'Message', type: 'User' },
  EC2ThrottledException: { status: 502, messageKey: 'Message', type: 'User' },
  EC2UnexpectedException: { status: 502, messageKey: 'Message', type: 'User' },
  ENILimitReachedException: { status: 502, messageKey: 'Message', type: 'User' },
  SubnetIPAddressLimitReachedException: { status: 502, messageKey: 'Message', type: 'User' },
  InvalidSecurityGroupIDException: { status: 502, messageKey: 'Message', type: 'User' },
  InvalidSubnetIDException: { status: 502, messageKey: 'Message', type: 'User' },
} as const satisfies Record<string, ApiErrorShape>;

export type ApiErrorName = keyof typeof API_ERRORS;

/** Body member `Reason` of `TooManyRequestsException`. Source: the service model. */
export const THROTTLE_REASONS = [
  'ConcurrentInvocationLimitExceeded',
  'FunctionInvocationRateLimitExceeded',
  'ReservedFunctionConcurrentInvocationLimitExceeded',
  'ReservedFunctionInvocationRateLimitExceeded',
  'CallerRateLimitExceeded',
  'ConcurrentSnapshotCreateLimitExceeded',
] as const;
export type ThrottleReason = (typeof THROTTLE_REASONS)[number];

export type ApiErrorExtra = {
  /** Some rows of the recordings lack `Type` although the same error carries it elsewhere. */
  withoutType?: boolean;
  reason?: ThrottleReason;
  retryAfterSeconds?: number;
  cause?: unknown;
};

/** An answer of the public API that is an error. `message` is wire text; null is sent as null, as the service does for some 403. */
export class ApiError extends CodedError {
  readonly errorName: ApiErrorName;
  readonly status: number;
  readonly publicMessage: string | null;
  readonly withoutType: boolean;
  readonly reason: ThrottleReason | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(errorName: ApiErrorName, message: string | null, extra: ApiErrorExtra = {}) {
    const { status } = API_ERRORS[errorName];
    const fault = status === 500 || status === 501 ? 'platform' : 'caller';
    super({ code: `api/${errorName}`, fault, message: message ?? errorName, cause: extra.cause });
    this.name = 'ApiError';
    this.errorName = errorName;
    this.status = status;
    this.publicMessage = message;
    this.withoutType = extra.withoutType ?? false;
    this.reason = extra.reason;
    this.retryAfterSeconds = extra.retryAfterSeconds;
  }
}

/** The generic answer for what nobody foresaw: nothing of ours in the text. The text is one the service uses itself. */
export function unforeseen(cause: unknown): ApiError {
  return new ApiError('ServiceException', 'An error occurred and the request cannot be processed.', { cause });
}

export type RenderedReply = { status: number; headers: Record<string, string>; body: string };

/** Status, headers (all but Date, which the server adds) and body of an error. Anything that is not an `ApiError` is a 500. */
export function renderApiError(error: unknown, requestId: string = randomUUID()): RenderedReply {
  const known = error instanceof ApiError ? error : unforeseen(error);
  const shape: ApiErrorShape = API_ERRORS[known.errorName];
  const body = JSON.stringify({
    ...(shape.type === 'none' || known.withoutType ? {} : { Type: shape.type }),
    ...(known.reason === undefined ? {} : { Reason: known.reason }),
    [shape.messageKey]: known.publicMessage,
  });
  return {
    status: known.status,
    headers: {
      'Content-Type': 'application/json',
      'Content-Length': String(Buffer.byteLength(body)),
      'x-amzn-RequestId': requestId,
      'x-amzn-ErrorType': known.errorName,
      ...(known.retryAfterSeconds === undefined ? {} : { 'Retry-After': String(known.retryAfterSeconds) }),
    },
    body,
  };
}
