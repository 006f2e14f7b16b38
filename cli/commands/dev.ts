/** `rik dev`: the Runtime API server alone, with an HTTP front door: the emulator. */

import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { cliError } from '../errors.ts';
import type { ExitName } from '../exit-codes.ts';
import type { ParsedInput } from '../parsed-input.ts';
import type { Verb } from '../verb.ts';
import { LOG_FORMAT_VARIABLE, LOG_LEVEL_VARIABLE } from '../../runtime-api/protocol/environment-variables.ts';
import { APPLICATION_LOG_LEVELS, SYSTEM_LOG_LEVELS } from '../../runtime-api/protocol/telemetry.ts';
import { FUNCTION_MEMORY_MIB_MAX, FUNCTION_MEMORY_MIB_MIN, FUNCTION_TIMEOUT_SECONDS_MAX, INIT_TIMEOUT_MS } from '../../runtime-api/protocol/limits.ts';

/** The defaults of the emulator that everybody knows, where they do no harm. */
const LISTEN_DEFAULT = '127.0.0.1:8080';
const TIMEOUT_SECONDS_DEFAULT = 300;
const MEMORY_MIB_DEFAULT = 3008;

export const dev: Verb = {
  name: 'dev',
  summary: 'Run one runtime behind an HTTP front door, without isolation',
  description:
    'Starts the Runtime API and, at the first invocation, the runtime: the given command, or the bootstrap in /var/runtime, /var/task or /opt. Invocations go to POST /2015-03-31/functions/NAME/invocations, any name; streaming ones to /2021-11-15/functions/NAME/response-streaming-invocations. Output of the function and the platform lines go to stdout. AWS_LAMBDA_FUNCTION_NAME, _VERSION, _MEMORY_SIZE, _TIMEOUT and _HANDLER are read as the usual emulator reads them.',
  arguments: [{ name: 'COMMAND', summary: 'Command line of the runtime, after --', arity: 'any-number' }],
  options: [
    { flags: '--listen HOST:PORT', kind: 'text', summary: 'Address of the front door', defaultText: LISTEN_DEFAULT },
    { flags: '--runtime-api HOST:PORT', kind: 'text', summary: 'Address of the Runtime API', defaultText: '127.0.0.1 and a free port' },
    { flags: '--profile NAME', kind: 'text', summary: 'Answer as AWS does, or exactly as the classic emulator', choices: ['aws', 'rie'], defaultText: 'aws' },
    { flags: '--layers-root DIR', kind: 'text', summary: 'Folder that stands for /opt: every file in its extensions folder is started as an extension', defaultText: '/opt' },
    { flags: '--timeout SECONDS', kind: 'integer', summary: 'Function time-out', minimum: 1, maximum: FUNCTION_TIMEOUT_SECONDS_MAX, defaultText: String(TIMEOUT_SECONDS_DEFAULT) },
    { flags: '--memory MIB', kind: 'integer', summary: 'Memory size that the function is told; not enforced', minimum: FUNCTION_MEMORY_MIB_MIN, maximum: FUNCTION_MEMORY_MIB_MAX, defaultText: String(MEMORY_MIB_DEFAULT) },
    { flags: '--log-format NAME', kind: 'text', summary: 'Lines of the platform as text or as JSON objects; AWS_LAMBDA_LOG_FORMAT says the same', choices: ['Text', 'JSON'], defaultText: 'Text' },
    { flags: '--log-level LEVEL', kind: 'text', summary: 'With JSON: least level of the function\'s own lines; AWS_LAMBDA_LOG_LEVEL says the same', choices: APPLICATION_LOG_LEVELS, defaultText: 'INFO' },
    { flags: '--system-log-level LEVEL', kind: 'text', summary: 'With JSON: least level of the platform\'s lines', choices: SYSTEM_LOG_LEVELS, defaultText: 'INFO' },
    { flags: '--log-frames', kind: 'switch', summary: 'Offer the runtime _LAMBDA_TELEMETRY_LOG_FD, so that a message of several lines stays one record' },
    { flags: '--stream-pacing', kind: 'switch', summary: 'Stream responses as slowly as Lambda does: 6 MB at once, then 2 MB per second' },
  ],
  examples: [
    { says: 'A custom runtime (its folder is the working directory)', command: 'rik dev -- ./bootstrap' },
    { says: 'As a drop-in for scripts written against the classic emulator', command: 'rik dev --profile rie --listen 127.0.0.1:9000 -- ./bootstrap' },
  ],
  interrupt: 'verb',
  run: async ({ input, output, environment, interrupted }) => {
    const { LAMBDA_STREAM_PACING, startEmulator } = await import('../../runtime-api/index.ts');
    const { systemClock } = await import('../../foundation/clock.ts');
    const options = readOptions(input, environment, LAMBDA_STREAM_PACING);
    const emulator = await startEmulator(options, systemClock, process.stdout).catch((error: unknown) => {
      throw cannotListen(error, options.listen);
    });
    output.progress(`listening on ${emulator.url}; runtime API on ${emulator.runtimeApiAddress}`);
    output.progress(`try: curl -d '{}' ${emulator.url}/2015-03-31/functions/function/invocations`);
    await new Promise<void>((resolve) => (interrupted.aborted ? resolve() : interrupted.addEventListener('abort', () => resolve())));
    await emulator.close();
    return 'OK' satisfies ExitName;
  },
};

type StreamPacing = (typeof import('../../runtime-api/index.ts'))['LAMBDA_STREAM_PACING'];
type EmulatorOptions = Parameters<(typeof import('../../runtime-api/index.ts'))['startEmulator']>[0];
type FunctionOptions = EmulatorOptions['functions'][number];

function readOptions(input: ParsedInput, environment: Readonly<Record<string, string | undefined>>, streamPacing: StreamPacing): EmulatorOptions {
  const profile = input.text('profile') === 'rie' ? 'rie' : 'aws';
  const timeoutSeconds = input.integer('timeout') ?? numberFrom(environment, 'AWS_LAMBDA_FUNCTION_TIMEOUT') ?? TIMEOUT_SECONDS_DEFAULT;
  const listen = parseAddress(input.text('listen') ?? LISTEN_DEFAULT, '--listen');
  const pacing = input.isSet('stream-pacing') ? { streamPacing } : {};
  const only = {
    profile,
    ...pacing,
    logging: readLogging(input, environment),
    hasLogFrames: input.isSet('log-frames'),
    runtimeApi: parseAddress(input.text('runtime-api') ?? (profile === 'rie' ? '127.0.0.1:9001' : '127.0.0.1:0'), '--runtime-api'),
    command: input.argumentList('COMMAND'),
    workingDirectory: input.argumentList('COMMAND').length > 0 ? process.cwd() : (environment['LAMBDA_TASK_ROOT'] ?? '/var/task'),
    layersRoot: layersRoot(input.text('layers-root')),
    functionName: environment['AWS_LAMBDA_FUNCTION_NAME'] ?? 'test_function',
    functionVersion: environment['AWS_LAMBDA_FUNCTION_VERSION'] ?? '$LATEST',
    memoryMiB: input.integer('memory') ?? numberFrom(environment, 'AWS_LAMBDA_FUNCTION_MEMORY_SIZE') ?? MEMORY_MIB_DEFAULT,
    timeoutMs: timeoutSeconds * 1000,
    // The classic emulator has no limit of its own for the initialisation.
    initTimeoutMs: profile === 'rie' ? timeoutSeconds * 1000 : INIT_TIMEOUT_MS,
    region: environment['AWS_REGION'] ?? environment['AWS_DEFAULT_REGION'] ?? 'us-east-1',
    accountId: '000000000000',
    inherited: withoutOwn(environment),
  } as const;
  return { profile, listen, functions: [only] };
}

/** A switch wins over the environment, in which names are written in any case. */
function readLogging(input: ParsedInput, environment: Readonly<Record<string, string | undefined>>): FunctionOptions['logging'] {
  const chosen = (flag: string, variable: string | undefined): string | undefined => (input.text(flag) ?? (variable === undefined ? undefined : environment[variable]))?.toUpperCase();
  const level = chosen('log-level', LOG_LEVEL_VARIABLE);
  const systemLevel = chosen('system-log-level', undefined);
  return {
    format: chosen('log-format', LOG_FORMAT_VARIABLE) === 'JSON' ? 'JSON' : 'Text',
    applicationLevel: APPLICATION_LOG_LEVELS.find((known) => known === level) ?? 'INFO',
    systemLevel: SYSTEM_LOG_LEVELS.find((known) => known === systemLevel) ?? 'INFO',
  };
}

/** Extensions are started with another working directory than ours. */
function layersRoot(given: string | undefined): string | undefined {
  return given === undefined ? undefined : resolve(given);
}

/** A fraction is a number too: the classic emulator dies of it. */
function numberFrom(environment: Readonly<Record<string, string | undefined>>, name: string): number | undefined {
  const text = environment[name];
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw cliError('cli/usage', `${name} is "${text}", which is no positive number`, { hint: `${name}=30` });
  return value;
}

export function parseAddress(text: string, flag: string): { host: string; port: number } {
  const [, host, port] = /^(?:(.+):)?(\d{1,5})$/.exec(text) ?? [];
  if (port === undefined || Number(port) > 65_535) throw cliError('cli/usage', `${flag} takes HOST:PORT, not "${text}"`, { hint: `${flag} 127.0.0.1:8080` });
  return { host: (host ?? '127.0.0.1').replace(/^\[|\]$/g, ''), port: Number(port) };
}

/** What npm and the launcher add to the environment is not the function's. */
function withoutOwn(environment: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
  const kept = Object.entries(environment).filter(([name]) => !/^npm_|^NODE_COMPILE_CACHE$/.test(name));
  return { HOME: homedir(), ...Object.fromEntries(kept) };
}

function cannotListen(error: unknown, address: { host: string; port: number }): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'EADDRINUSE' && code !== 'EACCES') return error;
  const why = code === 'EADDRINUSE' ? 'it is in use' : 'it needs privileges';
  return cliError('cli/usage', `cannot listen on ${address.host}:${address.port}: ${why}`, { hint: 'choose another with --listen or --runtime-api', cause: error });
}
