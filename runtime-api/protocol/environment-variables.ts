/**
 * Environment variables of the runtime process that the platform sets.
 * Source: AWS guide "Using Lambda environment variables"; the recorded start environment of provided.al2023 (Jan 2026).
 */

/** Names a function's configuration may not set. Source: the same guide, "Defined runtime environment variables". */
export const RESERVED_VARIABLES = [
  '_HANDLER',
  '_X_AMZN_TRACE_ID',
  'AWS_DEFAULT_REGION',
  'AWS_REGION',
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_INITIALIZATION_TYPE',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_ACCESS_KEY',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_LAMBDA_RUNTIME_API',
  'AWS_LAMBDA_MAX_CONCURRENCY',
  'LAMBDA_TASK_ROOT',
  'LAMBDA_RUNTIME_DIR',
] as const;

/** Where a runtime may write messages in frames. Private; the official clients read it and take it out of the environment. */
export const LOG_FRAMES_VARIABLE = '_LAMBDA_TELEMETRY_LOG_FD';
/** With the JSON format only. Source: recorded environments have neither with the text format. */
export const LOG_FORMAT_VARIABLE = 'AWS_LAMBDA_LOG_FORMAT';
export const LOG_LEVEL_VARIABLE = 'AWS_LAMBDA_LOG_LEVEL';

export const TASK_ROOT = '/var/task';
export const RUNTIME_DIR = '/var/runtime';
export const LAYERS_ROOT = '/opt';
/** Below the layers' root. Source: extensions guide. */
export const EXTENSIONS_FOLDER = 'extensions';
/** Below the layers' root: with this file there are no extensions and no routes for them. Source: RIE `rapi/middleware`, `extensions/`. */
export const EXTENSIONS_DISABLED_FILE = 'disable-extensions-jwigqn8j';
/** Variables of the runtime that an external extension does not get. Source: extensions guide. */
export const NOT_FOR_EXTENSIONS_VARIABLES = [
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_XRAY_CONTEXT_MISSING',
  'AWS_XRAY_DAEMON_ADDRESS',
  'LAMBDA_RUNTIME_DIR',
  'LAMBDA_TASK_ROOT',
  '_AWS_XRAY_DAEMON_ADDRESS',
  '_AWS_XRAY_DAEMON_PORT',
  '_HANDLER',
] as const;
/** Where the platform looks for a bootstrap, first wins. Source: AWS base images; RIE `internal/lambda/rapidcore/sandbox_builder.go`. */
export const BOOTSTRAP_PATHS = ['/var/runtime/bootstrap', '/var/task/bootstrap', '/opt/bootstrap'] as const;
/** Source: recorded environments; provided.al2 omits the `/var/lang` members. */
export const DEFAULT_PATH = '/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin';
export const DEFAULT_LD_LIBRARY_PATH =
  '/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib';
export const DEFAULT_TZ = ':UTC';
export const LANG_AMAZON_LINUX = 'en_US.UTF-8';
