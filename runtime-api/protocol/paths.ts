/** Paths of the Runtime API, as on the wire. Source: AWS OpenAPI file; RIE `internal/lambda/rapi/router.go` at 4fa2157. */

export const RUNTIME_API_PREFIX = '/2018-06-01';
export const NEXT_PATH = '/2018-06-01/runtime/invocation/next';
/** `<prefix><request id>/response` and `<prefix><request id>/error`. */
export const INVOCATION_PATH_PREFIX = '/2018-06-01/runtime/invocation/';
export const RESPONSE_PATH_SUFFIX = '/response';
export const ERROR_PATH_SUFFIX = '/error';
export const INIT_ERROR_PATH = '/2018-06-01/runtime/init/error';
/** SnapStart. Source: AWS guide "SnapStart hooks for container images"; RIE `rapi/router.go`. */
export const RESTORE_NEXT_PATH = '/2018-06-01/runtime/restore/next';
export const RESTORE_ERROR_PATH = '/2018-06-01/runtime/restore/error';
/** Private: processes know it from a variable. Source: RIE `rapi/router.go`. */
export const CREDENTIALS_PATH = '/2021-04-23/credentials';
/** Undocumented by AWS; RIE keeps it because health checks use it. */
export const PING_PATH = '/2018-06-01/ping';

/** Extensions, Logs and Telemetry APIs. Source: AWS guides of the three; RIE `rapi/router.go`. */
export const EXTENSION_REGISTER_PATH = '/2020-01-01/extension/register';
export const EXTENSION_NEXT_PATH = '/2020-01-01/extension/event/next';
export const EXTENSION_INIT_ERROR_PATH = '/2020-01-01/extension/init/error';
export const EXTENSION_EXIT_ERROR_PATH = '/2020-01-01/extension/exit/error';
export const LOGS_PATH = '/2020-08-15/logs';
export const TELEMETRY_PATH = '/2022-07-01/telemetry';

/** Front door: `/2015-03-31/functions/{name}/invocations`. */
export const FUNCTIONS_PATH_PREFIX = '/2015-03-31/functions/';
export const INVOCATIONS_PATH_SUFFIX = '/invocations';
/** The same, answered as a stream: `/2021-11-15/functions/{name}/response-streaming-invocations`. Source: service model. */
export const STREAMING_FUNCTIONS_PATH_PREFIX = '/2021-11-15/functions/';
export const STREAMING_INVOCATIONS_PATH_SUFFIX = '/response-streaming-invocations';
