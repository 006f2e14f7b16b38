/** What the emulator is told, and the runtime's environment that follows from it. Source: RIE `cmd/aws-lambda-rie/main.go`, `rapidcore/env`. */
import { randomBytes } from 'node:crypto';
import {
  BOOTSTRAP_PATHS,
  DEFAULT_LD_LIBRARY_PATH,
  DEFAULT_TZ,
  LANG_AMAZON_LINUX,
  LAYERS_ROOT,
  RUNTIME_DIR,
  TASK_ROOT,
} from '../protocol/environment-variables.ts';
import type { EnvironmentConfiguration, ServerProfile, StreamPacing } from '../environment-contract.ts';
import { loggingVariables } from '../log-format.ts';
import type { Logging } from '../log-format.ts';
import type { ProcessOutputKind } from './process-output.ts';

export type EmulatorProfile = ServerProfile;

export type Address = { host: string; port: number };

export type EmulatorOptions = {
  profile: EmulatorProfile;
  /** Of the front door. */
  listen: Address;
  /** At least one. A single one is served under any name. */
  functions: readonly FunctionOptions[];
  /** How what the functions print reaches us; absent: what this system can. */
  processOutput?: ProcessOutputKind | undefined;
};

export type FunctionOptions = {
  profile: EmulatorProfile;
  /** Of its first environment; more environments get ports of their own. */
  runtimeApi: Address;
  /** The runtime's command line; empty: the bootstrap is looked up in the places where images have it. */
  command: readonly string[];
  workingDirectory: string;
  /** The folder that stands for /opt, which is the default: extensions are started from its `extensions` folder. */
  layersRoot?: string | undefined;
  functionName: string;
  functionVersion: string;
  memoryMiB: number;
  timeoutMs: number;
  initTimeoutMs: number;
  streamPacing?: StreamPacing | undefined;
  /** Absent: text. */
  logging?: Logging | undefined;
  /** The runtime is offered a descriptor for framed messages, as managed runtimes are on AWS. */
  hasLogFrames?: boolean | undefined;
  /** Environments at the same time; absent: one. */
  environmentsMax?: number | undefined;
  /** What becomes of an invocation when all environments are busy: it waits, or is refused with 429. Absent: it waits. */
  whenBusy?: 'queue' | 'reject' | undefined;
  region: string;
  accountId: string;
  /** The emulator's own environment: all of it is the function's, as with RIE. */
  inherited: Readonly<Record<string, string | undefined>>;
};

/** RIE looks in the task first, the platform in the runtime's folder. */
const RIE_BOOTSTRAP_PATHS = ['/var/task/bootstrap', '/opt/bootstrap', '/var/runtime/bootstrap'];

export function functionConfiguration(options: FunctionOptions, nowEpochMs: number): EnvironmentConfiguration {
  return {
    bootstrap:
      options.command.length > 0
        ? { kind: 'command', argv: options.command }
        : { kind: 'lookup', paths: options.profile === 'rie' ? RIE_BOOTSTRAP_PATHS : BOOTSTRAP_PATHS },
    variables: runtimeVariables(options, nowEpochMs),
    workingDirectory: options.workingDirectory,
    layersRoot: options.layersRoot ?? LAYERS_ROOT,
    accountId: options.accountId,
    functionTimeoutMs: options.timeoutMs,
    initTimeoutMs: options.initTimeoutMs,
    profile: options.profile,
    streamPacing: options.streamPacing,
    logging: options.logging,
    hasLogFrames: options.hasLogFrames,
  };
}

/** What a function finds unless its configuration says otherwise. Source: the recorded environment of provided.al2023 (January 2026). */
const AWS_DEFAULTS = {
  LANG: LANG_AMAZON_LINUX,
  LD_LIBRARY_PATH: DEFAULT_LD_LIBRARY_PATH,
  AWS_XRAY_CONTEXT_MISSING: 'LOG_ERROR',
  AWS_XRAY_DAEMON_ADDRESS: '127.0.0.1:2000',
};

/** `YYYY/MM/DD/[version]<32 hex>`: the form that the log service shows. */
function logStreamName(functionVersion: string, nowEpochMs: number): string {
  const day = new Date(nowEpochMs).toISOString().slice(0, 10).replaceAll('-', '/');
  return `${day}/[${functionVersion}]${randomBytes(16).toString('hex')}`;
}

function runtimeVariables(options: FunctionOptions, nowEpochMs: number): Record<string, string> {
  const { inherited } = options;
  const handler = inherited['AWS_LAMBDA_FUNCTION_HANDLER'] ?? inherited['_HANDLER'] ?? handlerFromCommand(options.command);
  const region = inherited['AWS_REGION'] ?? options.region;
  const variables: Record<string, string | undefined> = {
    ...(options.profile === 'aws' ? AWS_DEFAULTS : {}),
    TZ: DEFAULT_TZ,
    ...inherited,
    AWS_ACCESS_KEY_ID: inherited['AWS_ACCESS_KEY_ID'] ?? '',
    AWS_SECRET_ACCESS_KEY: inherited['AWS_SECRET_ACCESS_KEY'] ?? '',
    AWS_SESSION_TOKEN: inherited['AWS_SESSION_TOKEN'] ?? '',
    _HANDLER: handler,
    AWS_LAMBDA_LOG_GROUP_NAME: options.profile === 'rie' ? '/aws/lambda/Functions' : `/aws/lambda/${options.functionName}`,
    AWS_LAMBDA_LOG_STREAM_NAME: options.profile === 'rie' ? options.functionVersion : logStreamName(options.functionVersion, nowEpochMs),
    LAMBDA_TASK_ROOT: inherited['LAMBDA_TASK_ROOT'] ?? (options.command.length > 0 ? options.workingDirectory : TASK_ROOT),
    LAMBDA_RUNTIME_DIR: inherited['LAMBDA_RUNTIME_DIR'] ?? RUNTIME_DIR,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_LAMBDA_FUNCTION_NAME: options.functionName,
    AWS_LAMBDA_FUNCTION_VERSION: options.functionVersion,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(options.memoryMiB),
    ...loggingVariables(options.logging),
    // RIE does not set it; a client that requires it crashes there.
    AWS_LAMBDA_INITIALIZATION_TYPE: options.profile === 'rie' ? undefined : 'on-demand',
  };
  return Object.fromEntries(Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** With two or more words the last one is the handler too. Source: RIE `cmd/aws-lambda-rie/main.go`. */
function handlerFromCommand(command: readonly string[]): string | undefined {
  return command.length >= 2 ? command.at(-1) : undefined;
}
