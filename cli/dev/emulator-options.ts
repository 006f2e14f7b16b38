/** From flags, variables and file to what the emulator is told. */

import { homedir } from 'node:os';
import { resolve } from 'node:path';
import type { CorsRules, EmulatorOptions, EmulatorProfile, FunctionOptions, LogLevel } from '../../runtime-api/index.ts';
import { INIT_TIMEOUT_MS, STREAM_BURST_BYTES, STREAM_BYTES_PER_SECOND } from '../../runtime-api/protocol/limits.ts';
import { cliError } from '../errors.ts';
import { parseVariables } from '../function-options.ts';
import { parseAddress } from '../listen-address.ts';
import type { ParsedInput } from '../parsed-input.ts';
import { managedRuntime } from './managed-runtime.ts';
import type { ConfigurationFile, FileCors, FileFunction } from './configuration-file.ts';
import {
  EVENT_RETRY_SECONDS_DEFAULT,
  inheritedOf,
  INITIALIZATION_TYPES,
  LISTEN_DEFAULT,
  loggingOf,
  logLevelOf,
  MEMORY_MIB_DEFAULT,
  openSettings,
  PROCESS_OUTPUTS,
  PROFILES,
  TIMEOUT_SECONDS_DEFAULT,
  URL_MODES,
  WHEN_BUSY,
} from './settings.ts';
import type { DevSettings, ProcessVariables } from './settings.ts';

export type DevOptions = { emulator: EmulatorOptions; logLevel: LogLevel };

export async function readDevOptions(input: ParsedInput, environment: ProcessVariables): Promise<DevOptions> {
  const settings = openSettings(input, environment);
  const configPath = settings.text('config');
  const file = configPath === undefined ? undefined : (await import('./configuration-file.ts')).readConfigurationFile(configPath);
  const profile = settings.choice('profile', PROFILES) ?? file?.profile ?? 'aws';
  const cors = corsOf(settings, file?.cors);
  const house: House = { settings, environment, profile, cors, eventRetries: eventRetriesOf(settings, file), variables: parseVariables(settings.list('env') ?? []), command: input.argumentList('COMMAND') };
  const functions = file === undefined ? [await functionOf(house, undefined, undefined)] : await functionsOf(house, file);
  return {
    emulator: {
      profile,
      listen: parseAddress(settings.text('listen') ?? file?.listen ?? LISTEN_DEFAULT, settings.sourceOf('listen')),
      functions,
      cors,
      processOutput: settings.choice('process-output', PROCESS_OUTPUTS) ?? file?.processOutput,
    },
    logLevel: logLevelOf(settings, environment, file?.logLevel),
  };
}

/** What all functions have in common. */
type House = {
  settings: DevSettings;
  environment: ProcessVariables;
  profile: EmulatorProfile;
  cors: CorsRules | undefined;
  eventRetries: FunctionOptions['eventRetries'];
  variables: Readonly<Record<string, string>>;
  command: readonly string[];
};

/** Names, commands, folders and addresses belong to one function; of several, each says its own. */
const FOR_ONE_FUNCTION = ['name', 'code', 'runtime', 'handler', 'runtime-api', 'url'];

function functionsOf(house: House, file: ConfigurationFile): Promise<FunctionOptions[]> {
  if (file.functions.length > 1) {
    const single = FOR_ONE_FUNCTION.find((name) => house.settings.sourceOf(name).startsWith('--') && house.settings.text(name) !== undefined);
    if (single !== undefined || house.command.length > 0) {
      throw cliError('cli/usage', `${single === undefined ? 'a command' : `--${single}`} is for one function, and the file has ${file.functions.length}`, { hint: 'say it in the file, for each function' });
    }
  }
  const isOne = file.functions.length === 1;
  // The variables that everybody knows are those of a process with one function.
  const settings = isOne ? house.settings : withoutSingle(house.settings);
  return Promise.all(file.functions.map((each) => functionOf({ ...house, settings }, each, file.folder)));
}

function withoutSingle(settings: DevSettings): DevSettings {
  return { ...settings, text: (name) => (FOR_ONE_FUNCTION.includes(name) ? undefined : settings.text(name)) };
}

async function functionOf(house: House, given: FileFunction | undefined, folder: string | undefined): Promise<FunctionOptions> {
  const { settings, environment, profile } = house;
  const code = folderOf(settings.text('code'), given?.code, folder);
  const runtime = settings.text('runtime') ?? given?.runtime;
  const managed = runtime === undefined ? undefined : await managedRuntime(runtime, environment);
  const command = house.command.length > 0 ? house.command : (given?.command ?? managed?.command ?? []);
  const isAttached = (settings.isOn('no-spawn') ?? given?.spawn === false);
  const home = command.length > 0 || isAttached ? (folder ?? process.cwd()) : (environment['LAMBDA_TASK_ROOT'] ?? '/var/task');
  const workingDirectory = code ?? home;
  const timeoutSeconds = settings.number('timeout') ?? given?.timeoutSeconds ?? TIMEOUT_SECONDS_DEFAULT;
  const environmentsMax = settings.number('environments') ?? given?.environments ?? 1;
  if (isAttached && environmentsMax > 1) throw cliError('cli/usage', 'a runtime that is started elsewhere is one environment', { hint: 'leave out --environments, or --no-spawn' });
  const initializationType = settings.choice('initialization', INITIALIZATION_TYPES) ?? given?.initialization;
  const maxConcurrency = settings.number('max-concurrency') ?? given?.maxConcurrency;
  if (maxConcurrency !== undefined && initializationType !== undefined) throw cliError('cli/usage', 'several invocations at the same time have an initialization of their own', { hint: 'leave out --initialization, or --max-concurrency' });
  const runtimeApiDefault = profile === 'rie' ? '127.0.0.1:9001' : '127.0.0.1:0';
  return {
    profile,
    runtimeApi: parseAddress(settings.text('runtime-api') ?? given?.runtimeApi ?? runtimeApiDefault, settings.sourceOf('runtime-api')),
    command,
    workingDirectory,
    taskRoot: code,
    handler: settings.text('handler') ?? given?.handler,
    layersRoot: folderOf(settings.text('layers-root'), given?.layersRoot, folder),
    functionName: settings.text('name') ?? given?.name ?? 'test_function',
    functionVersion: given?.version ?? environment['AWS_LAMBDA_FUNCTION_VERSION'] ?? '$LATEST',
    memoryMiB: settings.number('memory') ?? given?.memoryMiB ?? MEMORY_MIB_DEFAULT,
    timeoutMs: timeoutSeconds * 1000,
    // The classic emulator has no limit of its own for the initialisation.
    initTimeoutMs: profile === 'rie' ? timeoutSeconds * 1000 : INIT_TIMEOUT_MS,
    streamPacing: (settings.isOn('stream-pacing') ?? given?.streamPacing) === true ? { burstBytes: STREAM_BURST_BYTES, bytesPerSecond: STREAM_BYTES_PER_SECOND } : undefined,
    logging: loggingOf(settings, environment, given?.logging),
    hasLogFrames: settings.isOn('log-frames') ?? given?.logFrames,
    initializationType,
    maxConcurrency,
    isAttached,
    isDebugged: settings.isOn('debugger') ?? given?.debugger,
    watchedFolder: (settings.isOn('watch') ?? given?.watch) === true ? workingDirectory : undefined,
    url: urlOf(house, given),
    environmentsMax,
    whenBusy: settings.choice('when-busy', WHEN_BUSY) ?? given?.whenBusy,
    eventRetries: house.eventRetries,
    region: environment['AWS_REGION'] ?? environment['AWS_DEFAULT_REGION'] ?? 'us-east-1',
    accountId: '000000000000',
    inherited: { HOME: homedir(), ...inheritedOf(environment), ...managed?.variables, ...given?.environment, ...house.variables },
  };
}

/** A path of the command line counts from here, one of the file from the file's folder. Extensions run with another working directory than ours. */
function folderOf(fromSettings: string | undefined, fromFile: string | undefined, folder: string | undefined): string | undefined {
  if (fromSettings !== undefined) return resolve(fromSettings);
  return fromFile === undefined ? undefined : resolve(folder ?? '.', fromFile);
}

function urlOf({ settings, cors }: House, given: FileFunction | undefined): FunctionOptions['url'] {
  const listen = settings.text('url') ?? given?.url?.listen;
  if (listen === undefined) return undefined;
  return {
    listen: parseAddress(listen, settings.sourceOf('url')),
    invokeMode: settings.choice('url-mode', URL_MODES) ?? given?.url?.mode ?? 'stream',
    cors: given?.url?.cors === undefined ? cors : corsRules(given.url.cors),
  };
}

function corsOf(settings: DevSettings, fromFile: FileCors | undefined): CorsRules | undefined {
  const given = settings.list('cors') ?? fromFile;
  return given === undefined ? undefined : corsRules(given);
}

/** What is left out is allowed, but for credentials. */
function corsRules(given: FileCors | readonly string[]): CorsRules {
  const { allowOrigins, allowMethods, allowHeaders, exposeHeaders, allowCredentials, maxAgeSeconds }: Exclude<FileCors, string[]> = 'allowOrigins' in given ? given : { allowOrigins: [...given] };
  return {
    allowOrigins,
    allowMethods: allowMethods ?? ['*'],
    allowHeaders: allowHeaders ?? ['*'],
    exposeHeaders: exposeHeaders ?? ['*'],
    allowCredentials: allowCredentials ?? false,
    maxAgeSeconds,
  };
}

function eventRetriesOf(settings: DevSettings, file: ConfigurationFile | undefined): FunctionOptions['eventRetries'] {
  const attemptsMax = settings.number('event-retries') ?? file?.eventRetries ?? 0;
  const seconds = settings.number('event-retry-seconds') ?? file?.eventRetrySeconds ?? EVENT_RETRY_SECONDS_DEFAULT;
  return { attemptsMax, delayMs: seconds * 1000 };
}
