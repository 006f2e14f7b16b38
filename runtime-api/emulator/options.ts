/** What the emulator is told, and the runtime's environment that follows from it. Source: RIE `cmd/aws-lambda-rie/main.go`, `rapidcore/env`. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import {
  BOOTSTRAP_PATHS,
  DEFAULT_LD_LIBRARY_PATH,
  DEFAULT_TZ,
  LANG_AMAZON_LINUX,
  LAYERS_ROOT,
  RUNTIME_DIR,
  TASK_ROOT,
} from '../protocol/environment-variables.ts';
import type { Credentials, EnvironmentConfiguration, InitializationType, ServerProfile, StreamPacing } from '../environment-contract.ts';
import type { CorsRules } from '../front-door/cors.ts';
import type { ReadLimits } from '../http/index.ts';
import { PROVISIONED_INIT_TIMEOUT_MS } from '../protocol/limits.ts';
import { ATTACHED_COMMAND } from './attached-launcher.ts';
import { loggingVariables, TEXT_LOGGING } from '../log-format.ts';
import type { Logging } from '../log-format.ts';
import type { ProcessOutputKind } from './process-output.ts';

export type EmulatorProfile = ServerProfile;

/** The type of managed instances follows from the concurrency. */
export type ChosenInitializationType = Exclude<InitializationType, 'lambda-managed-instances'>;

/** What the emulator says about itself, apart from the functions' log. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type Diagnose = (level: LogLevel, text: string) => void;

export type Address = { host: string; port: number };

export type EmulatorOptions = {
  profile: EmulatorProfile;
  /** Of the front door. */
  listen: Address;
  /** At least one. A single one is served under any name. */
  functions: readonly FunctionOptions[];
  /** Who in a browser may invoke through the front door; absent: nobody. */
  cors?: CorsRules | undefined;
  diagnose?: Diagnose | undefined;
  /** Told of every answer of the front door. */
  traceRequest?: ((line: string) => void) | undefined;
  /** How long an invoker may take over one request; absent: `READ_LIMITS`. */
  readLimits?: ReadLimits | undefined;
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
  /** The folder that stands for /var/task: the bootstrap is looked up there first. Absent: the working directory of a command, else /var/task. */
  taskRoot?: string | undefined;
  /** Absent: as the environment or the command says. */
  handler?: string | undefined;
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
  /** Absent: on demand, at the first invocation. With the others at once, and with more time. */
  initializationType?: ChosenInitializationType | undefined;
  /** Invocations at the same time in one environment, which then is one of managed instances. Absent: one, in a classic environment. */
  maxConcurrency?: number | undefined;
  /** Somebody looks at the runtime with a debugger: no deadline ends anything. */
  isDebugged?: boolean | undefined;
  /** The runtime is started by somebody else; the emulator waits for its first call. */
  isAttached?: boolean | undefined;
  /** A folder whose changes make the next invocation begin in a new environment. */
  watchedFolder?: string | undefined;
  /** How often an event whose invocation failed is tried again, and after how long: then after twice as long. Absent: not at all. */
  eventRetries?: { attemptsMax: number; delayMs: number } | undefined;
  /** An HTTP face of its own. */
  url?: { listen: Address; invokeMode: 'buffered' | 'stream'; cors?: CorsRules | undefined } | undefined;
  /** Environments at the same time; absent: one. */
  environmentsMax?: number | undefined;
  /** What becomes of an invocation when all environments are busy: it waits, or is refused with 429. Absent: it waits. */
  whenBusy?: 'queue' | 'reject' | undefined;
  region: string;
  accountId: string;
  /** The emulator's own environment: all of it is the function's, as with RIE. */
  inherited: Readonly<Record<string, string | undefined>>;
};

/** A deadline that no session with a debugger reaches; the runtime is told it as any other. */
const PAUSED_MS = 86_400_000;

/** RIE looks in the task first, the platform in the runtime's folder. */
const RIE_BOOTSTRAP_PATHS = ['/var/task/bootstrap', '/opt/bootstrap', '/var/runtime/bootstrap'];

export function functionConfiguration(options: FunctionOptions, nowEpochMs: number): EnvironmentConfiguration {
  return {
    bootstrap: bootstrapOf(options),
    variables: runtimeVariables(options, nowEpochMs),
    workingDirectory: options.workingDirectory,
    layersRoot: options.layersRoot ?? LAYERS_ROOT,
    accountId: options.accountId,
    functionTimeoutMs: options.isDebugged === true ? PAUSED_MS : options.timeoutMs,
    initTimeoutMs: initTimeoutMs(options),
    initializationType: initializationTypeOf(options),
    maxConcurrency: options.maxConcurrency,
    credentials: credentialsOf(options),
    profile: options.profile,
    streamPacing: options.streamPacing,
    logging: loggingOf(options),
    hasLogFrames: options.hasLogFrames,
  };
}

function bootstrapOf(options: FunctionOptions): EnvironmentConfiguration['bootstrap'] {
  if (options.isAttached === true) return { kind: 'command', argv: ATTACHED_COMMAND };
  if (options.command.length > 0) return { kind: 'command', argv: options.command };
  if (options.taskRoot !== undefined) return { kind: 'lookup', paths: [join(options.taskRoot, 'bootstrap'), join(options.layersRoot ?? LAYERS_ROOT, 'bootstrap')] };
  return { kind: 'lookup', paths: options.profile === 'rie' ? RIE_BOOTSTRAP_PATHS : BOOTSTRAP_PATHS };
}

/** Nobody can know when somebody will start the runtime, or let it go on. */
function initTimeoutMs(options: FunctionOptions): number {
  if (options.isDebugged === true || options.isAttached === true) return PAUSED_MS;
  return isInitializedAhead(options) ? Math.max(PROVISIONED_INIT_TIMEOUT_MS, options.timeoutMs) : options.initTimeoutMs;
}

export function initializationTypeOf(options: FunctionOptions): InitializationType {
  return options.maxConcurrency === undefined ? (options.initializationType ?? 'on-demand') : 'lambda-managed-instances';
}

/** Lines of several invocations are mixed, so with a concurrency they are objects that say whose they are. Source: managed instances guide. */
export function loggingOf({ logging = TEXT_LOGGING, maxConcurrency }: FunctionOptions): Logging {
  return maxConcurrency === undefined ? logging : { ...logging, format: 'JSON' };
}

/** Not only when the first invocation comes. */
export function isInitializedAhead(options: FunctionOptions): boolean {
  return initializationTypeOf(options) !== 'on-demand';
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

/** One snapshot serves many environments, so with SnapStart there are none. Source: AWS guide "Using Lambda environment variables". */
function logNames({ functionName, functionVersion, initializationType, profile }: FunctionOptions, nowEpochMs: number): Record<string, string | undefined> {
  if (initializationType === 'snap-start') return { AWS_LAMBDA_LOG_GROUP_NAME: undefined, AWS_LAMBDA_LOG_STREAM_NAME: undefined };
  return {
    AWS_LAMBDA_LOG_GROUP_NAME: profile === 'rie' ? '/aws/lambda/Functions' : `/aws/lambda/${functionName}`,
    AWS_LAMBDA_LOG_STREAM_NAME: profile === 'rie' ? functionVersion : logStreamName(functionVersion, nowEpochMs),
  };
}

/** With SnapStart they would be as old as the snapshot: the Runtime API hands them out. Source: the same guide. */
function credentialVariables({ inherited, initializationType }: FunctionOptions): Record<string, string | undefined> {
  if (initializationType === 'snap-start') return { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined, AWS_SESSION_TOKEN: undefined };
  const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '', AWS_SESSION_TOKEN = '' } = inherited;
  return { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN };
}

/** None where there are none to hand out, so that a client looks elsewhere. */
function credentialsOf({ inherited, initializationType }: FunctionOptions): Credentials | undefined {
  const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '', AWS_SESSION_TOKEN = '' } = inherited;
  if (initializationType !== 'snap-start' || AWS_ACCESS_KEY_ID === '') return undefined;
  return { authorizationToken: randomBytes(32).toString('base64url'), accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY, sessionToken: AWS_SESSION_TOKEN };
}

function runtimeVariables(options: FunctionOptions, nowEpochMs: number): Record<string, string> {
  const { inherited } = options;
  const handler = options.handler ?? inherited['AWS_LAMBDA_FUNCTION_HANDLER'] ?? inherited['_HANDLER'] ?? handlerFromCommand(options.command);
  const region = inherited['AWS_REGION'] ?? options.region;
  const variables: Record<string, string | undefined> = {
    ...(options.profile === 'aws' ? AWS_DEFAULTS : {}),
    TZ: DEFAULT_TZ,
    ...inherited,
    ...credentialVariables(options),
    _HANDLER: handler,
    ...logNames(options, nowEpochMs),
    LAMBDA_TASK_ROOT: options.taskRoot ?? inherited['LAMBDA_TASK_ROOT'] ?? (options.command.length > 0 ? options.workingDirectory : TASK_ROOT),
    LAMBDA_RUNTIME_DIR: inherited['LAMBDA_RUNTIME_DIR'] ?? RUNTIME_DIR,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_LAMBDA_FUNCTION_NAME: options.functionName,
    AWS_LAMBDA_FUNCTION_VERSION: options.functionVersion,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(options.memoryMiB),
    ...loggingVariables(loggingOf(options)),
    // RIE does not set it; a client that requires it crashes there.
    AWS_LAMBDA_INITIALIZATION_TYPE: options.profile === 'rie' && !isInitializedAhead(options) ? undefined : initializationTypeOf(options),
    ...(options.maxConcurrency === undefined ? {} : { AWS_LAMBDA_MAX_CONCURRENCY: String(options.maxConcurrency) }),
  };
  return Object.fromEntries(Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** What a runtime that is started elsewhere has to be given. */
export function variablesForAttached(options: FunctionOptions, runtimeApiAddress: string): Record<string, string> {
  const all = runtimeVariables(options, 0);
  const names = ['_HANDLER', 'LAMBDA_TASK_ROOT', 'AWS_REGION', ...Object.keys(all).filter((name) => /^AWS_LAMBDA_FUNCTION_(?:NAME|VERSION|MEMORY_SIZE)$/.test(name))];
  const told = names.flatMap((name): [string, string][] => (all[name] === undefined ? [] : [[name, all[name]]]));
  return { AWS_LAMBDA_RUNTIME_API: runtimeApiAddress, ...Object.fromEntries(told) };
}

/** With two or more words the last one is the handler too. Source: RIE `cmd/aws-lambda-rie/main.go`. */
function handlerFromCommand(command: readonly string[]): string | undefined {
  return command.length >= 2 ? command.at(-1) : undefined;
}
