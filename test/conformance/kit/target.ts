/** A target file: a few lines that say how a Runtime API server is started and spoken to. README.md describes its members. */
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { FEATURES, isFeature, PROFILES } from '../case.ts';
import type { Feature, Profile } from '../case.ts';
import { at, isObject, listAt, readJson, textAt } from '../json.ts';

/** What is added to the command line and to the environment when a case asks for an option. */
export type TargetOption = {
  arguments: readonly string[];
  environment: Readonly<Record<string, string>>;
  /** Words of `command` that are left out. */
  omits: readonly string[];
};

/** Options that a target file may say how to switch on. */
export const OPTION_NAMES = [
  ...['json-log', 'system-log-level', 'application-log-level', 'max-concurrency', 'cors', 'function-url', 'pacing'],
  ...['provisioned-concurrency', 'snap-start', 'address-variable', 'log-level-flag'],
] as const;
export type OptionName = (typeof OPTION_NAMES)[number];

export type Target = {
  name: string;
  about: string;
  profile: Profile;
  command: readonly string[];
  /** Follows `command` when the bootstrap is given and not looked up. */
  bootstrapArguments: readonly string[];
  /** Words of `command` that are left out when the bootstrap is looked up. */
  environment: Readonly<Record<string, string>>;
  options: Readonly<Partial<Record<OptionName, TargetOption>>>;
  /** Where it expects the function's folders. */
  folders: { task: string; opt: string };
  /** The name that goes into the path of an invocation. */
  functionName: string;
  healthPath: string | undefined;
  cognitoHeader: string | undefined;
  restoreTrigger: string | undefined;
  features: ReadonlySet<Feature>;
  lacks: ReadonlyMap<Feature, string>;
};

/** The target cannot be examined at all: not there, does not start, or is described wrongly. */
export class TargetUnusable extends Error {
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

const TARGETS_FOLDER = join(import.meta.dirname, '..', 'targets');
const SUITE = resolve(import.meta.dirname, '..');
const REPOSITORY = packageRoot(SUITE);

/** Of a clone, or of an installed package, where the suite lies deeper. */
function packageRoot(folder: string): string {
  const above = resolve(folder, '..');
  return above === folder || existsSync(join(folder, 'package.json')) ? folder : packageRoot(above);
}

/** By the name of a file in targets/, or by the path of one. */
export function loadTarget(nameOrPath: string): Target {
  const path = isAbsolute(nameOrPath) || nameOrPath.endsWith('.json') ? nameOrPath : join(TARGETS_FOLDER, `${nameOrPath}.json`);
  if (!existsSync(path)) throw new TargetUnusable(`there is no target file ${path}`, 'name a file of test/conformance/targets, or give the path of one');
  const target = parseTarget(readFileSync(path, 'utf8'), path);
  const [program = ''] = target.command;
  if (findProgram(program) === undefined) throw new TargetUnusable(`${target.name}: its program ${program === '' ? '(none)' : program} is not installed`, 'install it, or name it with the variable that the target file mentions');
  return target;
}

export function parseTarget(json: string, path: string): Target {
  const file = readJson(json);
  const fail = (what: string): never => {
    throw new TargetUnusable(`${path}: ${what}`, 'see test/conformance/README.md for the members of a target file');
  };
  if (!isObject(file)) return fail('is not one JSON object');
  const profile = PROFILES.find((known) => known === file['profile']);
  if (profile === undefined) return fail(`profile is none of ${PROFILES.join(', ')}`);
  const here = resolve(path, '..');
  const command = listAt(file, 'command').map((word) => fillStatic(String(word)).replaceAll('{here}', here));
  if (command.length === 0) return fail('command is missing');
  const name = textAt(file, 'name') ?? fail('name is missing');
  const { features, lacks } = readFeatures(file, fail);
  return {
    name,
    about: textAt(file, 'about') ?? '',
    profile,
    command,
    bootstrapArguments: listAt(file, 'bootstrap').map((word) => fillStatic(String(word))),
    environment: readStrings(at(file, 'environment')),
    options: readOptions(at(file, 'options'), fail),
    folders: { task: textAt(file, 'folders', 'task') ?? '/var/task', opt: textAt(file, 'folders', 'opt') ?? '/opt' },
    functionName: textAt(file, 'functionName') ?? 'function',
    healthPath: textAt(file, 'healthPath'),
    cognitoHeader: textAt(file, 'cognitoHeader'),
    restoreTrigger: textAt(file, 'restoreTrigger'),
    features,
    lacks,
  };
}

/** Every feature is claimed or disclaimed, so that a new one is never skipped silently. */
function readFeatures(file: unknown, fail: (what: string) => never): { features: ReadonlySet<Feature>; lacks: ReadonlyMap<Feature, string> } {
  const features = new Set<Feature>();
  const lacks = new Map<Feature, string>();
  for (const word of listAt(file, 'features')) {
    const name = String(word);
    if (!isFeature(name)) return fail(`feature ${name} is unknown`);
    features.add(name);
  }
  for (const [name, reason] of Object.entries(readStrings(at(file, 'lacks')))) {
    if (!isFeature(name)) return fail(`feature ${name} is unknown`);
    if (features.has(name)) return fail(`feature ${name} is both claimed and lacking`);
    lacks.set(name, reason);
  }
  for (const name of Object.keys(FEATURES)) {
    if (isFeature(name) && !features.has(name) && !lacks.has(name)) return fail(`feature ${name} is neither in features nor in lacks`);
  }
  return { features, lacks };
}

function readOptions(value: unknown, fail: (what: string) => never): Partial<Record<OptionName, TargetOption>> {
  const options: Partial<Record<OptionName, TargetOption>> = {};
  for (const [name, option] of Object.entries(isObject(value) ? value : {})) {
    const known = OPTION_NAMES.find((candidate) => candidate === name);
    if (known === undefined) return fail(`option ${name} is unknown`);
    options[known] = { arguments: listAt(option, 'arguments').map(String), environment: readStrings(at(option, 'environment')), omits: listAt(option, 'omits').map(String) };
  }
  return options;
}

export function readStrings(value: unknown): Record<string, string> {
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, String(entry)])) : {};
}

/** `{node}`, `{repository}` and `{env:NAME:default}`: known before anything is started. */
export function fillStatic(word: string): string {
  return word
    .replace('{node}', process.execPath)
    .replace('{repository}', REPOSITORY)
    .replace('{suite}', SUITE)
    .replace(/\{env:([A-Z0-9_]+):([^}]*)\}/, (_, name: string, otherwise: string) => process.env[name] ?? otherwise);
}

export function findProgram(program: string): string | undefined {
  if (program.includes('/')) return existsSync(program) ? program : undefined;
  return (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, program)).find((path) => existsSync(path));
}
