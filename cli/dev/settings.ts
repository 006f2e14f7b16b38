/**
 * Everything that `rik dev` can be told: one table, from which come the flags, the environment variables (`RIK_DEV_` and the flag's
 * name) and the names in the configuration file. The first that says something counts: flag, variable, file, default.
 */

import type { ChosenInitializationType, Logging, LogLevel, ProcessOutputKind } from '../../runtime-api/index.ts';
import { LOG_FORMAT_VARIABLE, LOG_LEVEL_VARIABLE } from '../../runtime-api/protocol/environment-variables.ts';
import { CONCURRENCY_MAX, FUNCTION_MEMORY_MIB_MAX, FUNCTION_MEMORY_MIB_MIN, FUNCTION_TIMEOUT_SECONDS_MAX } from '../../runtime-api/protocol/limits.ts';
import { APPLICATION_LOG_LEVELS, LOG_FORMATS, SYSTEM_LOG_LEVELS } from '../../runtime-api/protocol/telemetry.ts';
import { cliError } from '../errors.ts';
import type { ParsedInput } from '../parsed-input.ts';
import { optionName, type VerbOption } from '../verb.ts';

/** The defaults of the emulator that everybody knows, where they do no harm. */
export const LISTEN_DEFAULT = '127.0.0.1:8080';
export const TIMEOUT_SECONDS_DEFAULT = 300;
export const MEMORY_MIB_DEFAULT = 3008;
export const EVENT_RETRY_SECONDS_DEFAULT = 60;
/** More are no use on one machine. No source. */
export const ENVIRONMENTS_MAX = 100;

export const PROFILES = ['aws', 'rie'] as const;
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const satisfies readonly LogLevel[];
export const PROCESS_OUTPUTS = ['fifo', 'pipes'] as const satisfies readonly ProcessOutputKind[];
export const INITIALIZATION_TYPES = ['on-demand', 'provisioned-concurrency', 'snap-start'] as const satisfies readonly ChosenInitializationType[];
export const WHEN_BUSY = ['queue', 'reject'] as const;
export const URL_MODES = ['stream', 'buffered'] as const;

export const DEV_OPTIONS: readonly VerbOption[] = [
  { flags: '--config FILE', kind: 'text', summary: 'JSON file with settings and functions; see docs/dev.md' },
  { flags: '--listen HOST:PORT', kind: 'text', summary: 'Address of the front door', defaultText: LISTEN_DEFAULT },
  { flags: '--profile NAME', kind: 'text', summary: 'Answer as AWS does, or exactly as the classic emulator', choices: PROFILES, defaultText: 'aws' },
  { flags: '--cors ORIGIN', kind: 'list', summary: 'Origin whose pages may call the front door and function URLs; * for all' },
  { flags: '--log-level LEVEL', kind: 'text', summary: 'What the emulator says of itself on stderr', choices: LOG_LEVELS, defaultText: 'info' },
  { flags: '--event-retries N', kind: 'integer', summary: 'How often a failed event is tried again; 2 on AWS', minimum: 0, maximum: 2, defaultText: '0' },
  { flags: '--event-retry-seconds N', kind: 'integer', summary: 'Wait before the first retry; the second waits twice as long', minimum: 0, maximum: 3600, defaultText: String(EVENT_RETRY_SECONDS_DEFAULT) },
  { flags: '--process-output KIND', kind: 'text', summary: 'How output of processes is read; pipes where a system has no FIFO', choices: PROCESS_OUTPUTS, defaultText: 'fifo, pipes on Windows' },
  { flags: '--name NAME', kind: 'text', summary: 'Name of the function', defaultText: 'test_function' },
  { flags: '--code DIR', kind: 'text', summary: 'Folder of the function, which stands for /var/task' },
  { flags: '--runtime IDENTIFIER', kind: 'text', summary: 'Managed runtime, such as nodejs24.x, python3.11 or java17, on the interpreter that this machine has' },
  { flags: '--handler NAME', kind: 'text', summary: 'Handler', defaultText: 'last word of a command of several' },
  { flags: '--env KEY=VALUE', kind: 'list', summary: 'Environment variable of the function, beside those of rik itself' },
  { flags: '--layers-root DIR', kind: 'text', summary: 'Folder that stands for /opt: every file in its extensions folder is started as an extension', defaultText: '/opt' },
  { flags: '--timeout SECONDS', kind: 'integer', summary: 'Function time-out', minimum: 1, maximum: FUNCTION_TIMEOUT_SECONDS_MAX, defaultText: String(TIMEOUT_SECONDS_DEFAULT) },
  { flags: '--memory MIB', kind: 'integer', summary: 'Memory size that the function is told; not enforced', minimum: FUNCTION_MEMORY_MIB_MIN, maximum: FUNCTION_MEMORY_MIB_MAX, defaultText: String(MEMORY_MIB_DEFAULT) },
  { flags: '--runtime-api HOST:PORT', kind: 'text', summary: 'Address of the Runtime API', defaultText: '127.0.0.1 and a free port' },
  { flags: '--initialization TYPE', kind: 'text', summary: 'Start the runtime at the first invocation or at once; snap-start: also restore it at the first invocation', choices: INITIALIZATION_TYPES, defaultText: 'on-demand' },
  { flags: '--environments N', kind: 'integer', summary: 'Environments at the same time', minimum: 1, maximum: ENVIRONMENTS_MAX, defaultText: '1' },
  { flags: '--max-concurrency N', kind: 'integer', summary: 'Invocations at the same time in one environment, as with managed instances', minimum: 1, maximum: CONCURRENCY_MAX, defaultText: 'one, in a classic environment' },
  { flags: '--when-busy WHAT', kind: 'text', summary: 'Let an invocation wait for an environment, or refuse it with 429', choices: WHEN_BUSY, defaultText: 'queue; reject with --max-concurrency' },
  { flags: '--url HOST:PORT', kind: 'text', summary: 'Address of a function URL: HTTP in, events of payload format 2.0, HTTP out' },
  { flags: '--url-mode MODE', kind: 'text', summary: 'Pass responses on while they come, or collect them first', choices: URL_MODES, defaultText: 'stream' },
  { flags: '--log-format NAME', kind: 'text', summary: 'Lines of the platform as text, or as JSON objects', choices: LOG_FORMATS, defaultText: 'Text' },
  { flags: '--application-log-level LEVEL', kind: 'text', summary: 'With JSON: least level of the lines of the function', choices: APPLICATION_LOG_LEVELS, defaultText: 'INFO' },
  { flags: '--system-log-level LEVEL', kind: 'text', summary: 'With JSON: least level of the lines of the platform', choices: SYSTEM_LOG_LEVELS, defaultText: 'INFO' },
  { flags: '--log-frames', kind: 'switch', summary: 'Offer the runtime a descriptor for framed messages, which keeps one of several lines together' },
  { flags: '--stream-pacing', kind: 'switch', summary: 'Stream responses as slowly as Lambda does: 6 MB at once, then 2 MB per second' },
  { flags: '--no-spawn', kind: 'switch', summary: 'Start no runtime: say what one has to be given, and wait for it' },
  { flags: '--watch', kind: 'switch', summary: 'Begin in a new environment after a change in the folder of the function' },
  { flags: '--debugger', kind: 'switch', summary: 'Let no deadline end anything while you look at the runtime' },
];

/** Variables of the classic emulator that say the same. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  name: ['AWS_LAMBDA_FUNCTION_NAME'],
  timeout: ['AWS_LAMBDA_FUNCTION_TIMEOUT'],
  memory: ['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'],
  handler: ['AWS_LAMBDA_FUNCTION_HANDLER', '_HANDLER'],
  'max-concurrency': ['AWS_LAMBDA_MAX_CONCURRENCY'],
};
const VARIABLE_PREFIX = 'RIK_DEV_';

export type ProcessVariables = Readonly<Record<string, string | undefined>>;

/** What flags and variables say; undefined where neither says anything. */
export type DevSettings = {
  text(name: string): string | undefined;
  number(name: string): number | undefined;
  list(name: string): readonly string[] | undefined;
  /** A variable can say no, too. */
  isOn(name: string): boolean | undefined;
  choice<Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined;
  /** For messages: where a value came from. */
  sourceOf(name: string): string;
};

export function openSettings(input: ParsedInput, environment: ProcessVariables): DevSettings {
  const variable = (name: string): { name: string; value: string } | undefined => {
    const candidates = [variableOf(name), ...(ALIASES[name] ?? [])];
    const found = candidates.find((candidate) => (environment[candidate] ?? '') !== '');
    return found === undefined ? undefined : { name: found, value: environment[found] ?? '' };
  };
  const text = (name: string): string | undefined => input.text(name) ?? variable(name)?.value;
  return {
    text,
    number(name) {
      const given = variable(name);
      return input.integer(name) ?? (given === undefined ? undefined : numberOf(given, boundsOf(name)));
    },
    list(name) {
      const words = input.list(name);
      return words.length > 0 ? words : variable(name)?.value.split(',').map((word) => word.trim());
    },
    isOn: (name) => (input.isSet(name) ? true : switchOf(variable(name))),
    choice(name, choices) {
      const given = text(name);
      const known = choices.find((choice) => choice === given);
      if (given !== undefined && known === undefined) throw cliError('cli/usage', `${variable(name)?.name ?? name} is "${given}", which is none of ${choices.join(', ')}`, { hint: `${variableOf(name)}=${choices[0]}` });
      return known;
    },
    sourceOf: (name) => (input.isSet(name) ? `--${name}` : (variable(name)?.name ?? `--${name}`)),
  };
}

/** The level has a variable that functions use too, with words of their own; ours, or none. Source: RIE `cmd/aws-lambda-rie/main.go`. */
export function logLevelOf(settings: DevSettings, environment: ProcessVariables, fromFile: LogLevel | undefined): LogLevel {
  const shared = environment['LOG_LEVEL']?.toLowerCase();
  return settings.choice('log-level', LOG_LEVELS) ?? LOG_LEVELS.find((level) => level === shared) ?? fromFile ?? 'info';
}

/** The variables are the function's own on AWS, so a word that is none of ours says nothing. */
export function loggingOf(settings: DevSettings, environment: ProcessVariables, fromFile: { [Name in keyof Logging]?: Logging[Name] | undefined } | undefined): Logging {
  const shared = <Choice extends string>(variable: string, choices: readonly Choice[]): Choice | undefined =>
    choices.find((choice) => choice.toLowerCase() === environment[variable]?.toLowerCase());
  return {
    format: settings.choice('log-format', LOG_FORMATS) ?? shared(LOG_FORMAT_VARIABLE, LOG_FORMATS) ?? fromFile?.format ?? 'Text',
    applicationLevel: settings.choice('application-log-level', APPLICATION_LOG_LEVELS) ?? shared(LOG_LEVEL_VARIABLE, APPLICATION_LOG_LEVELS) ?? fromFile?.applicationLevel ?? 'INFO',
    systemLevel: settings.choice('system-log-level', SYSTEM_LOG_LEVELS) ?? fromFile?.systemLevel ?? 'INFO',
  };
}

/** What rik, npm and the launcher find in the environment is not the function's. */
export function inheritedOf(environment: ProcessVariables): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !/^npm_|^NODE_COMPILE_CACHE$|^RIK_DEV_/.test(name)));
}

export function variableOf(optionNameOrFlag: string): string {
  return `${VARIABLE_PREFIX}${optionNameOrFlag.toUpperCase().replaceAll('-', '_')}`;
}

function boundsOf(name: string): { minimum: number; maximum: number } {
  const option = DEV_OPTIONS.find((candidate) => optionName(candidate) === name);
  return option?.kind === 'integer' ? option : { minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
}

/** A fraction of a second is a time-out too: the classic emulator dies of it. */
function numberOf(given: { name: string; value: string }, bounds: { minimum: number; maximum: number }): number {
  const value = Number(given.value);
  const isSmall = given.name === 'AWS_LAMBDA_FUNCTION_TIMEOUT' ? value <= 0 : value < bounds.minimum;
  // Memory is only told, and the classic emulator takes any number.
  const isLarge = given.name === 'AWS_LAMBDA_FUNCTION_MEMORY_SIZE' ? false : value > bounds.maximum;
  if (!Number.isFinite(value) || isLarge || (isSmall && given.name !== 'AWS_LAMBDA_FUNCTION_MEMORY_SIZE') || value < 0) {
    throw cliError('cli/usage', `${given.name} is "${given.value}", which is no number from ${bounds.minimum} to ${bounds.maximum}`, { hint: `${given.name}=${bounds.minimum}` });
  }
  return value;
}

function switchOf(given: { name: string; value: string } | undefined): boolean | undefined {
  if (given === undefined) return undefined;
  if (/^(?:1|true|yes|on)$/i.test(given.value)) return true;
  if (/^(?:0|false|no|off)$/i.test(given.value)) return false;
  throw cliError('cli/usage', `${given.name} is "${given.value}", which is neither yes nor no`, { hint: `${given.name}=1` });
}
