/** Error types of the wire, copied character for character from the source named beside each. They are not internal errors. */

/** Sent to the runtime in 4xx and 5xx bodies. Source: RIE `rapi/rendering/render_error.go`. */
export const RUNTIME_REPLY_ERROR_TYPES = [
  'InvalidRequestID',
  'InvalidFunctionResponseMode',
  'TruncatedHTTPRequest',
  'InvalidStateTransition',
  'RequestEntityTooLarge',
  'InternalServerError',
  // Managed instances only: the first late reply. Source: RIE `internal/lambda-managed-instances/rapi/rendering`.
  'InvokeTimeout',
] as const;
export type RuntimeReplyErrorType = (typeof RUNTIME_REPLY_ERROR_TYPES)[number];

/** Sent to extensions in 403 bodies, and in the 202 of an API that is not there. Source: RIE `rapi/handler/constants.go`, `rapi/rendering`. */
export const EXTENSION_REPLY_ERROR_TYPES = [
  'Extension.InvalidExtensionName',
  'InvalidRequestFormat',
  'Extension.InvalidEventType',
  'Extension.RegistrationClosed',
  'Extension.InvalidExtensionState',
  'Extension.TooManyExtensions',
  'Extension.MissingExtensionIdentifier',
  'Extension.InvalidExtensionIdentifier',
  'Extension.UnknownExtensionIdentifier',
  'Extension.MissingHeader',
  'Telemetry.NotSupported',
  'Logs.NotSupported',
  'Telemetry.SubscriptionClosed',
  'Logs.SubscriptionClosed',
  // Of a subscription, with 400. Source: guides of the two APIs.
  'ValidationError',
  'Logs.ValidationError',
] as const;
export type ExtensionReplyErrorType = (typeof EXTENSION_REPLY_ERROR_TYPES)[number];

/** Made by the platform and seen by the invoker or in REPORT lines. Source: RIE `fatalerror/`; LocalStack AWS-validated snapshots. */
export const PLATFORM_ERROR_TYPES = [
  'Runtime.ExitError',
  'Runtime.InvalidEntrypoint',
  'Runtime.InvalidWorkingDir',
  'Runtime.OutOfMemory',
  'Runtime.TruncatedResponse',
  'Runtime.InvalidResponseModeHeader',
  // After-restore hooks that ran out of time. Source: RIE `interop/model.go`.
  'Runtime.RestoreHookUserTimeout',
  // No worker of a runtime that takes several invocations waits for one. Source: RIE `internal/lambda-managed-instances/invoke`.
  'Runtime.Unavailable',
  'Runtime.Unknown',
  'Extension.InitError',
  'Extension.ExitError',
  'Extension.Crash',
  'Extension.LaunchError',
  'Function.ResponseSizeTooLarge',
  'Function.Unknown',
  'Sandbox.Timedout',
  // Of a stream that was reset at the deadline. Source: RIE `core/directinvoke`.
  'Sandbox.Timeout',
  'Sandbox.Failure',
] as const;
export type PlatformErrorType = (typeof PLATFORM_ERROR_TYPES)[number];
