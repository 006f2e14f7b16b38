/** A runtime to be examined, as its target file or the command line describes it. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { at, isObject, listAt, readJson, textAt } from '../../json.ts';
import { fillStatic, findProgram, readStrings, TargetUnusable } from '../../kit/target.ts';
import { FUNCTIONS, isFunctionName, isRuntimeNeed, MANAGED_FEATURES, RUNTIME_FEATURES } from '../runtime-case.ts';
import type { FunctionName, RuntimeNeed } from '../runtime-case.ts';

export type RuntimeTarget = {
  name: string;
  about: string;
  /** Starts the runtime. `{task-root}` and `{handler}` are filled in. */
  command: readonly string[];
  /** Run once before the cases, one after the other. */
  prepare: readonly (readonly string[])[];
  /** Where the functions of the handler contract are. */
  taskRoot: string;
  /** Its Java sources are compiled into a folder of their own, which then is the task root. */
  compilesJava: boolean;
  runtimeDir: string;
  /** Added to the start environment. */
  environment: Readonly<Record<string, string>>;
  /** Name in the handler contract → handler string. */
  functions: ReadonlyMap<FunctionName, string>;
  features: ReadonlySet<RuntimeNeed>;
  lacks: ReadonlyMap<RuntimeNeed, string>;
};

type Fail = (what: string) => never;

export function isRuntimeTarget(file: unknown): boolean {
  return textAt(file, 'subject') === 'runtime';
}

export function parseRuntimeTarget(json: string, path: string): RuntimeTarget {
  const file = readJson(json);
  const fail: Fail = (what) => {
    throw new TargetUnusable(`${path}: ${what}`, 'see test/conformance/docs/runtime-targets.md for the members of a target file');
  };
  if (!isObject(file)) return fail('is not one JSON object');
  const here = resolve(path, '..');
  const place = (word: string): string => fillStatic(word).replaceAll('{here}', here);
  const command = listAt(file, 'command').map((word) => place(String(word)));
  if (command.length === 0) return fail('command is missing');
  const functions = readFunctions(file, fail);
  return {
    name: textAt(file, 'name') ?? fail('name is missing'),
    about: textAt(file, 'about') ?? '',
    command,
    prepare: listAt(file, 'prepare').map((words) => listAt(words).map((word) => place(String(word)))),
    taskRoot: place(textAt(file, 'taskRoot') ?? fail('taskRoot is missing')),
    compilesJava: textAt(file, 'compile') === 'java',
    runtimeDir: place(textAt(file, 'runtimeDir') ?? '/var/runtime'),
    environment: Object.fromEntries(Object.entries(readStrings(at(file, 'environment'))).map(([name, value]) => [name, place(value)])),
    functions,
    ...readNeeds(file, functions, fail),
  };
}

function readFunctions(file: unknown, fail: Fail): ReadonlyMap<FunctionName, string> {
  const functions = new Map<FunctionName, string>();
  for (const [name, handler] of Object.entries(readStrings(at(file, 'functions')))) {
    if (!isFunctionName(name)) return fail(`function ${name} is none of the handler contract`);
    functions.set(name, handler);
  }
  return functions;
}

/** Everything is claimed or disclaimed, so that nothing is skipped silently. Managed families that are not mentioned are not claimed. */
function readNeeds(file: unknown, functions: ReadonlyMap<FunctionName, string>, fail: Fail): { features: ReadonlySet<RuntimeNeed>; lacks: ReadonlyMap<RuntimeNeed, string> } {
  const features = new Set<RuntimeNeed>(functions.keys());
  for (const word of listAt(file, 'features')) {
    const name = String(word);
    if (!isRuntimeNeed(name) || isFunctionName(name)) return fail(`feature ${name} is unknown`);
    features.add(name);
  }
  const lacks = new Map<RuntimeNeed, string>();
  for (const [name, reason] of Object.entries(readStrings(at(file, 'lacks')))) {
    if (!isRuntimeNeed(name)) return fail(`${name} is neither a feature nor a function of the handler contract`);
    if (features.has(name)) return fail(`${name} is both claimed and lacking`);
    lacks.set(name, reason);
  }
  for (const name of [...Object.keys(FUNCTIONS), ...Object.keys(RUNTIME_FEATURES)]) {
    if (isRuntimeNeed(name) && !features.has(name) && !lacks.has(name)) return fail(`${name} is neither offered (functions, features) nor in lacks`);
  }
  for (const name of Object.keys(MANAGED_FEATURES)) {
    if (isRuntimeNeed(name) && !features.has(name) && !lacks.has(name)) lacks.set(name, 'the target does not claim it');
  }
  return { features, lacks };
}

/** What the command line says instead of a target file. */
export type BootstrapOptions = { bootstrap: string; functions: readonly string[] };

/** A bootstrap by itself: an executable file, or a folder that has one. `functions` are words like `echo=app.handler`. */
export function bootstrapTarget({ bootstrap, functions: words }: BootstrapOptions): RuntimeTarget {
  const fail = (what: string): never => {
    throw new TargetUnusable(what, '--bootstrap takes an executable file, or a folder or zip archive with a file "bootstrap"');
  };
  const given = resolve(bootstrap);
  if (!existsSync(given)) return fail(`there is no ${given}`);
  const program = statSync(given).isDirectory() ? join(given, 'bootstrap') : given;
  if (!existsSync(program)) return fail(`there is no file "bootstrap" in ${given}`);
  if ((statSync(program).mode & 0o111) === 0) return fail(`${program} is not executable`);
  const functions = new Map<FunctionName, string>();
  for (const word of words) {
    const [name = '', ...handler] = word.split('=');
    if (!isFunctionName(name) || handler.length === 0) return fail(`--function takes NAME=HANDLER, and "${word}" is none of the handler contract`);
    functions.set(name, handler.join('='));
  }
  if (functions.size === 0) functions.set('echo', 'function.handler');
  const features = new Set<RuntimeNeed>([...functions.keys(), 'process']);
  const lacks = new Map<RuntimeNeed, string>();
  for (const name of [...Object.keys(FUNCTIONS), ...Object.keys(RUNTIME_FEATURES), ...Object.keys(MANAGED_FEATURES)]) {
    if (isRuntimeNeed(name) && !features.has(name)) lacks.set(name, isFunctionName(name) ? `no --function ${name}=HANDLER is given` : 'a bare bootstrap does not claim it');
  }
  return { name: 'bootstrap', about: given, command: [program], prepare: [], taskRoot: resolve(program, '..'), compilesJava: false, runtimeDir: '/var/runtime', environment: {}, functions, features, lacks };
}

/** A program of the target that is not there is said before anything runs. */
export function checkProgram(target: RuntimeTarget): void {
  const [program = ''] = target.command;
  if (findProgram(program) === undefined && !isAbsolute(program)) throw new TargetUnusable(`${target.name}: its program ${program} is not installed`, 'install it');
  if (isAbsolute(program) && !existsSync(program)) throw new TargetUnusable(`${target.name}: its program ${program} is not there`, 'build it, or mend the target file');
  if (!existsSync(target.taskRoot)) throw new TargetUnusable(`${target.name}: its folder ${target.taskRoot} is not there`, 'mend taskRoot of the target file');
}

export function readRuntimeTarget(path: string): RuntimeTarget {
  const target = parseRuntimeTarget(readFileSync(path, 'utf8'), path);
  checkProgram(target);
  return target;
}
