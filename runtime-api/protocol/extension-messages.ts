/** Texts of the Extensions API, copied character for character. Source: RIE `rapi/handler/*.go`, `rapi/rendering/render_error.go` at 4fa2157. */

export const EMPTY_EXTENSION_NAME_MESSAGE = 'Empty extension name';
export const CONFIGURATION_KEYS_MESSAGE = 'configurationKeys are deprecated; use environment variables instead';
export const REGISTRATION_CLOSED_MESSAGE = 'Extension registration closed already';
export const ALREADY_REGISTERED_MESSAGE = 'Extension with this name already registered';
export const MISSING_IDENTIFIER_MESSAGE = 'Missing Lambda-Extension-Identifier header';
export const INVALID_IDENTIFIER_MESSAGE = 'Invalid Lambda-Extension-Identifier';
/** Of init/error and exit/error; the other calls name the identifier. */
export const UNKNOWN_IDENTIFIER_MESSAGE = 'Unknown Lambda-Extension-Identifier';
export const MISSING_ERROR_TYPE_MESSAGE = 'Lambda-Extension-Function-Error-Type not found';
export const TELEMETRY_NOT_SUPPORTED_MESSAGE = 'Telemetry API is not supported';
export const LOGS_NOT_SUPPORTED_MESSAGE = 'Logs API is not supported';

export function invalidEventTypeMessage(event: string): string {
  return `${event}: ErrorInvalidEventType`;
}

export function shutdownEventNotSupportedMessage(event: string): string {
  return `${event}: ShutdownEventNotSupportedForInternalExtension`;
}

/** Managed instances. Source: RIE `internal/lambda-managed-instances/core/registrations.go`. */
export const NO_EVENTS_FOR_INTERNAL_MESSAGE = 'No events allowed for internal extensions';

export function tooManyExtensionsMessage(extensionsMax: number): string {
  return `Extension limit (${extensionsMax}) reached`;
}

export function unknownExtensionMessage(identifier: string): string {
  return `Unknown extension ${identifier}`;
}

/** `who` is the name in a registration, the identifier in every other call. */
export function extensionTransitionMessage(from: string, to: string, who: string): string {
  return `State transition from ${from} to ${to} failed for extension ${who}. Error: State transition is not allowed`;
}
