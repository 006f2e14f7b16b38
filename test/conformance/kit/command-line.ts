/** The command line and the environment that a target is started with: its file's words with the case's values filled in. */
import { DEFAULT_HANDLER, DEFAULT_MEMORY_MIB, DEFAULT_TIMEOUT_SECONDS, FUNCTION_NAME } from './setup.ts';
import type { Setup } from './setup.ts';
import type { OptionName, Target, TargetOption } from './target.ts';

/** Where a case is about starting, it starts differently. */
export type StartOverrides = {
  /** Instead of the value that the placeholder stands for. */
  values?: Readonly<Record<string, string>>;
  environment?: Readonly<Record<string, string>>;
  /** Variables that are not set at all. */
  unset?: readonly string[];
  /** The runtime's command line, instead of the bootstrap. */
  runtimeCommand?: readonly string[];
  options?: readonly OptionName[];
};

export type StartContext = {
  target: Target;
  setup: Setup;
  ports: { frontDoor: number; runtimeApi: number; functionUrl: number };
  bootstrap: string;
  /** Value of CONFORMANCE_KIT. */
  kit: string;
  overrides: StartOverrides;
};

const NO_OPTION: TargetOption = { arguments: [], environment: {}, omits: [] };

export function isLookedUp(setup: Setup): boolean {
  return setup.bootstrap === 'lookup';
}

export function commandOf(context: StartContext): string[] {
  const { target, setup, overrides } = context;
  const values = valuesOf(context);
  const options = optionsOf(setup, overrides).map((name) => target.options[name] ?? NO_OPTION);
  const omitted = new Set(options.flatMap(({ omits }) => omits));
  const bootstrap = isLookedUp(setup)
    ? []
    : target.bootstrapArguments.flatMap((word) => (word === '{bootstrap}' ? (overrides.runtimeCommand ?? [context.bootstrap]) : [word]));
  const command = target.command.filter((word) => !omitted.has(word));
  return [...command, ...options.flatMap((option) => option.arguments), ...bootstrap].map((word) => fill(word, values));
}

export function environmentOf(context: StartContext): Record<string, string> {
  const { target, setup, overrides } = context;
  const values = valuesOf(context);
  const own = [target.environment, ...optionsOf(setup, overrides).map((name) => (target.options[name] ?? NO_OPTION).environment)];
  const filled = own.flatMap((variables) => Object.entries(variables).map(([name, value]) => [name, fill(value, values)] as const));
  const variables = {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: process.env['HOME'] ?? '/',
    ...Object.fromEntries(filled),
    CONFORMANCE_KIT: context.kit,
    ...setup.variables,
    ...overrides.environment,
  };
  return Object.fromEntries(Object.entries(variables).filter(([name]) => overrides.unset?.includes(name) !== true));
}

function valuesOf({ setup, ports, overrides }: StartContext): Record<string, string> {
  return {
    'front-door': `127.0.0.1:${ports.frontDoor}`,
    'runtime-api': `127.0.0.1:${ports.runtimeApi}`,
    'function-url': `127.0.0.1:${ports.functionUrl}`,
    'function-name': FUNCTION_NAME,
    'timeout-seconds': String(setup.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS),
    'memory-mib': String(setup.memoryMiB ?? DEFAULT_MEMORY_MIB),
    handler: setup.handler ?? DEFAULT_HANDLER,
    'max-concurrency': String(setup.maxConcurrency ?? 1),
    'system-log-level': setup.systemLogLevel ?? 'INFO',
    'application-log-level': setup.applicationLogLevel ?? 'INFO',
    ...overrides.values,
  };
}

function optionsOf(setup: Setup, overrides: StartOverrides): OptionName[] {
  const names: OptionName[] = [...(overrides.options ?? [])];
  if (setup.logFormat === 'JSON') names.push('json-log');
  if (setup.systemLogLevel !== undefined) names.push('system-log-level');
  if (setup.applicationLogLevel !== undefined) names.push('application-log-level');
  if (setup.maxConcurrency !== undefined) names.push('max-concurrency');
  if (setup.cors === true) names.push('cors');
  if (setup.functionUrl === true) names.push('function-url');
  if (setup.pacing === true) names.push('pacing');
  if (setup.initializationType === 'provisioned-concurrency' || setup.initializationType === 'snap-start') names.push(setup.initializationType);
  return names;
}

function fill(word: string, values: Readonly<Record<string, string>>): string {
  return word.replace(/\{([a-z-]+)\}/g, (whole, name: string) => values[name] ?? whole);
}
