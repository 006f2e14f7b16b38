import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { API_ERRORS, ApiError, renderApiError, type ApiErrorName } from '../../../../platform/api/index.ts';

const test = suite('platform/api/errors');

/** Retyped from the specification notes: status per error type. */
const STATUSES: Record<number, ApiErrorName[]> = {
  400: ['InvalidParameterValueException', 'ValidationException', 'InvalidRequestContentException', 'CodeStorageExceededException',
    'PolicyLengthExceededException', 'AliasLimitExceededException', 'InvalidCodeSignatureException', 'CodeVerificationFailedException',
    'ResourceInUseException', 'ModeNotSupportedException', 'NoPublishedVersionException', 'PublicPolicyException',
    'RecursiveInvocationException', 'SnapStartException', 'SerializationException'],
  402: ['ServiceQuotaExceededException'],
  403: ['AccessDeniedException', 'EFSMountFailureException'],
  404: ['ResourceNotFoundException', 'CodeSigningConfigNotFoundException', 'ProvisionedConcurrencyConfigNotFoundException'],
  408: ['EFSMountConnectivityException', 'EFSMountTimeoutException', 'SnapStartTimeoutException'],
  409: ['ResourceConflictException', 'SnapStartNotReadyException', 'SnapStartRegenerationFailureException',
    'CodeArtifactUserDeletedException', 'CodeArtifactUserFailedException', 'CodeArtifactUserPendingException'],
  410: ['EFSIOException'],
  412: ['PreconditionFailedException'],
  413: ['RequestTooLargeException', 'SerializedRequestEntityTooLargeException', 'RequestEntityTooLargeException'],
  415: ['UnsupportedMediaTypeException'],
  429: ['TooManyRequestsException'],
  500: ['ServiceException'],
  501: ['NotImplementedException'],
  502: ['InvalidRuntimeException', 'InvalidZipFileException', 'ResourceNotReadyException', 'KMSAccessDeniedException',
    'KMSDisabledException', 'KMSInvalidStateException', 'KMSNotFoundException', 'EC2AccessDeniedException',
    'EC2ThrottledException', 'EC2UnexpectedException', 'ENILimitReachedException', 'SubnetIPAddressLimitReachedException',
    'InvalidSecurityGroupIDException', 'InvalidSubnetIDException'],
};

/** Retyped likewise: these spell the message with a small letter, all others with a capital. */
const SMALL: ApiErrorName[] = ['InvalidParameterValueException', 'ResourceConflictException', 'TooManyRequestsException',
  'PreconditionFailedException', 'InvalidRequestContentException', 'RequestTooLargeException', 'UnsupportedMediaTypeException',
  'CodeStorageExceededException', 'PolicyLengthExceededException', 'ProvisionedConcurrencyConfigNotFoundException',
  'ResourceNotReadyException', 'AliasLimitExceededException'];
const CAPITAL: ApiErrorName[] = ['ResourceNotFoundException', 'ServiceException', 'CodeSigningConfigNotFoundException',
  'CodeVerificationFailedException', 'InvalidCodeSignatureException', 'InvalidRuntimeException', 'InvalidZipFileException',
  'KMSNotFoundException', 'EC2ThrottledException', 'EFSIOException', 'ENILimitReachedException', 'SnapStartException',
  'RecursiveInvocationException', 'NoPublishedVersionException', 'ResourceInUseException', 'ServiceQuotaExceededException',
  'PublicPolicyException'];

test('every error has the status of the specification, and the specification names every error', () => {
  const named = Object.entries(STATUSES).flatMap(([status, names]) => names.map((name) => [name, Number(status)] as const));
  for (const [name, status] of named) assert.is(API_ERRORS[name].status, status, name);
  assert.equal(named.map(([name]) => name).sort(), Object.keys(API_ERRORS).sort());
});

test('the message member is spelled as the model spells it for each error', () => {
  for (const name of SMALL) assert.is(API_ERRORS[name].messageKey, 'message', name);
  for (const name of CAPITAL) assert.is(API_ERRORS[name].messageKey, 'Message', name);
});

test('an error is rendered with its type header, request id, length and Type', () => {
  const { status, headers, body } = renderApiError(new ApiError('ResourceNotFoundException', 'Function not found: ü'), 'the-id');
  assert.is(status, 404);
  assert.is(body, '{"Type":"User","Message":"Function not found: ü"}');
  assert.equal(headers, {
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(body)),
    'x-amzn-RequestId': 'the-id',
    'x-amzn-ErrorType': 'ResourceNotFoundException',
  });
});

for (const name of ['ValidationException', 'RequestEntityTooLargeException', 'SerializationException'] as const)
  test(`${name} carries no Type`, () => {
    assert.is(renderApiError(new ApiError(name, 'text'), 'id').body, '{"message":"text"}');
  });

test('an error that is recorded without Type can be told so', () => {
  const error = new ApiError('InvalidParameterValueException', 'text', { withoutType: true });
  assert.is(renderApiError(error, 'id').body, '{"message":"text"}');
});

test('access denied without a reason sends null, as the service does', () => {
  assert.is(renderApiError(new ApiError('AccessDeniedException', null), 'id').body, '{"Message":null}');
});

test('throttling says its reason in the body and the wait in a header', () => {
  const error = new ApiError('TooManyRequestsException', 'Rate Exceeded.', { reason: 'CallerRateLimitExceeded', retryAfterSeconds: 1 });
  const { headers, body } = renderApiError(error, 'id');
  assert.is(body, '{"Type":"User","Reason":"CallerRateLimitExceeded","message":"Rate Exceeded."}');
  assert.is(headers['Retry-After'], '1');
});

test('nothing of an unforeseen failure reaches its answer', () => {
  const secret = new Error("ENOENT: no such file or directory, open '/secret/path' token=abc");
  const { status, headers, body } = renderApiError(secret, 'id');
  assert.is(status, 500);
  assert.is(headers['x-amzn-ErrorType'], 'ServiceException');
  assert.is(body, '{"Type":"Service","Message":"An error occurred and the request cannot be processed."}');
});

test('a request id is made where none is given', () => {
  assert.match(renderApiError(new Error('x')).headers['x-amzn-RequestId'] ?? '', /^[0-9a-f-]{36}$/);
});

test.run();
