/** The start environment of a runtime process. Source: the recorded environment of provided.al2023 (January 2026); AWS guide, environment variables. */
import { loggingVariables } from '../../runtime-api/index.ts';
import {
  DEFAULT_LD_LIBRARY_PATH,
  DEFAULT_PATH,
  DEFAULT_TZ,
  LANG_AMAZON_LINUX,
} from '../../runtime-api/protocol/environment-variables.ts';
import type { FunctionVersion } from './function-version.ts';

export type EnvironmentPlaces = { task: string; layers: string; runtime: string };

/**
 * There are no roles yet, so these open nothing. They are set because they are on AWS: an SDK that finds none asks a metadata
 * service, in vain and for seconds, while one that finds these reaches whatever stand-in its endpoint names.
 */
const PLACEHOLDER_CREDENTIALS = {
  AWS_ACCESS_KEY_ID: 'ASIA0000000000000000',
  AWS_SECRET_ACCESS_KEY: 'no-identity-service',
  AWS_SESSION_TOKEN: 'no-identity-service',
};

/** The tracing SDKs' own default. Nothing listens there: what is not sampled is not sent, and a lost datagram hurts nobody. */
const XRAY_HOST = '127.0.0.1';
const XRAY_PORT = '2000';

/** What the platform sets wins over the function's configuration, which wins over the image and the defaults. */
export function runtimeVariables(version: FunctionVersion, options: { logStream: string; places: EnvironmentPlaces }): Record<string, string> {
  return {
    PATH: DEFAULT_PATH,
    LD_LIBRARY_PATH: DEFAULT_LD_LIBRARY_PATH,
    LANG: LANG_AMAZON_LINUX,
    AWS_XRAY_CONTEXT_MISSING: 'LOG_ERROR',
    AWS_XRAY_DAEMON_ADDRESS: `${XRAY_HOST}:${XRAY_PORT}`,
    ...version.root.environment,
    TZ: DEFAULT_TZ,
    ...version.variables,
    ...platformVariables(version, options),
  };
}

function platformVariables(
  version: FunctionVersion,
  { logStream, places }: { logStream: string; places: EnvironmentPlaces },
): Record<string, string> {
  const isManaged = version.root.family !== 'provided';
  return {
    ...PLACEHOLDER_CREDENTIALS,
    _AWS_XRAY_DAEMON_ADDRESS: XRAY_HOST,
    _AWS_XRAY_DAEMON_PORT: XRAY_PORT,
    _HANDLER: version.handler,
    AWS_REGION: version.region,
    AWS_DEFAULT_REGION: version.region,
    // Not set for runtimes that consist of the operating system only.
    ...(isManaged ? { AWS_EXECUTION_ENV: `AWS_Lambda_${version.root.identifier}` } : {}),
    AWS_LAMBDA_FUNCTION_NAME: version.functionName,
    AWS_LAMBDA_FUNCTION_VERSION: version.version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(version.memoryMiB),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: version.logGroup ?? `/aws/lambda/${version.functionName}`,
    AWS_LAMBDA_LOG_STREAM_NAME: logStream,
    ...loggingVariables(version.logging),
    LAMBDA_TASK_ROOT: places.task,
    LAMBDA_RUNTIME_DIR: places.runtime,
  };
}
