/** What the emulator is told, and the runtime's environment that follows from it. Source: RIE `cmd/aws-lambda-rie/main.go`, `rapidcore/env`. */
import {
  BOOTSTRAP_PATHS,
  DEFAULT_TZ,
  RUNTIME_DIR,
  TASK_ROOT,
} from '../protocol/environment-variables.ts';
import type { EnvironmentConfiguration, ServerProfile } from '../environment-contract.ts';

export type EmulatorProfile = ServerProfile;

export type EmulatorOptions = {
  profile: EmulatorProfile;
  listen: { host: string; port: number };
  runtimeApi: { host: string; port: number };
  /** The runtime's command line; empty: the bootstrap is looked up in the places where images have it. */
  command: readonly string[];
  workingDirectory: string;
  functionName: string;
  functionVersion: string;
  memoryMiB: number;
  timeoutMs: number;
  initTimeoutMs: number;
  region: string;
  accountId: string;
  /** The emulator's own environment: all of it is the function's, as with RIE. */
  inherited: Readonly<Record<string, string | undefined>>;
};

/** RIE looks in the task first, the platform in the runtime's folder. */
const RIE_BOOTSTRAP_PATHS = ['/var/task/bootstrap', '/opt/bootstrap', '/var/runtime/bootstrap'];

export function emulatorConfiguration(options: EmulatorOptions): EnvironmentConfiguration {
  return {
    bootstrap:
      options.command.length > 0
        ? { kind: 'command', argv: options.command }
        : { kind: 'lookup', paths: options.profile === 'rie' ? RIE_BOOTSTRAP_PATHS : BOOTSTRAP_PATHS },
    variables: runtimeVariables(options),
    workingDirectory: options.workingDirectory,
    functionTimeoutMs: options.timeoutMs,
    initTimeoutMs: options.initTimeoutMs,
    profile: options.profile,
  };
}

function runtimeVariables(options: EmulatorOptions): Record<string, string> {
  const { inherited } = options;
  const handler = inherited['AWS_LAMBDA_FUNCTION_HANDLER'] ?? inherited['_HANDLER'] ?? handlerFromCommand(options.command);
  const region = inherited['AWS_REGION'] ?? options.region;
  const variables: Record<string, string | undefined> = {
    ...inherited,
    AWS_ACCESS_KEY_ID: inherited['AWS_ACCESS_KEY_ID'] ?? '',
    AWS_SECRET_ACCESS_KEY: inherited['AWS_SECRET_ACCESS_KEY'] ?? '',
    AWS_SESSION_TOKEN: inherited['AWS_SESSION_TOKEN'] ?? '',
    _HANDLER: handler,
    AWS_LAMBDA_LOG_GROUP_NAME: options.profile === 'rie' ? '/aws/lambda/Functions' : `/aws/lambda/${options.functionName}`,
    AWS_LAMBDA_LOG_STREAM_NAME: options.functionVersion,
    LAMBDA_TASK_ROOT: inherited['LAMBDA_TASK_ROOT'] ?? (options.command.length > 0 ? options.workingDirectory : TASK_ROOT),
    LAMBDA_RUNTIME_DIR: inherited['LAMBDA_RUNTIME_DIR'] ?? RUNTIME_DIR,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_LAMBDA_FUNCTION_NAME: options.functionName,
    AWS_LAMBDA_FUNCTION_VERSION: options.functionVersion,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(options.memoryMiB),
    // RIE does not set it; a client that requires it crashes there.
    AWS_LAMBDA_INITIALIZATION_TYPE: options.profile === 'rie' ? undefined : 'on-demand',
    TZ: DEFAULT_TZ,
  };
  return Object.fromEntries(Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** With two or more words the last one is the handler too. Source: RIE `cmd/aws-lambda-rie/main.go`. */
function handlerFromCommand(command: readonly string[]): string | undefined {
  return command.length >= 2 ? command.at(-1) : undefined;
}
