/**
 * Makes the folder of a new custom runtime from the files of one language. The files are real programs in folders beside
 * this file; `{{name}}` in them is the name of the new runtime. The README is the same for all but for what differs.
 */
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { runtimesError } from '../errors.ts';
import { renderStarterReadme } from './starter-readme.ts';
import { type Starter, STARTERS, type StarterLanguage } from './starters.ts';

export const STARTER_LANGUAGES = Object.keys(STARTERS);
export type { StarterLanguage };

export type CreatedStarter = {
  folder: string;
  /** Sorted; relative to the folder. */
  files: string[];
  /** What makes `bootstrap`, if it is not there yet. */
  build: string | undefined;
};

const HERE = import.meta.dirname;
export const RUNTIME_FILE = 'runtime.json';
/** Names of modules and packages in every language. */
const NAME = /^[a-z][a-z0-9-]{0,63}$/;

/** Fails with `runtimes/starter-unusable` when the folder is there and not empty, or its name cannot be that of a package. */
export function createStarter({ folder, language }: { folder: string; language: string }): CreatedStarter {
  if (!isLanguage(language)) throw runtimesError('runtimes/starter-unusable', `there is no starter for "${language}"`, { hint: `one of ${STARTER_LANGUAGES.join(', ')}` });
  const name = basename(folder);
  if (!NAME.test(name)) throw runtimesError('runtimes/starter-unusable', `"${name}" is no name for a runtime`, { hint: 'lower-case letters, digits and hyphens, beginning with a letter' });
  if (existsSync(folder) && (!statSync(folder).isDirectory() || readdirSync(folder).length > 0)) {
    throw runtimesError('runtimes/starter-unusable', `${name} is there already`, { hint: 'choose another name, or an empty folder' });
  }
  const starter: Starter = STARTERS[language];
  mkdirSync(folder, { recursive: true });
  cpSync(join(HERE, language), folder, { recursive: true });
  for (const [file, source] of Object.entries(starter.borrowed ?? {})) cpSync(join(HERE, source), join(folder, file));
  writeFileSync(join(folder, 'README.md'), renderStarterReadme(name, starter));
  writeFileSync(join(folder, RUNTIME_FILE), renderRuntimeFile(starter, listBelow(folder)));
  const files = listBelow(folder);
  for (const file of files) fillIn(join(folder, file), name);
  return { folder, files, build: starter.build };
}

/** For `rik runtime check` and `rik runtime package`. */
function renderRuntimeFile({ build, built, conformance, functionFile }: Starter, files: readonly string[]): string {
  const packed = build === undefined ? files.filter((file) => file !== 'README.md') : ['bootstrap', ...(built ?? [])];
  const functions = { echo: conformance?.echo ?? 'function.echo', fail: conformance?.fail ?? 'function.fail' };
  const shared = packed.filter((file) => file !== functionFile);
  return `${JSON.stringify({ ...(build === undefined ? {} : { build }), files: packed, layer: shared, functions }, undefined, 2)}\n`;
}

function isLanguage(language: string): language is StarterLanguage {
  return Object.hasOwn(STARTERS, language);
}

/** What a package manager or an unpacked archive did to the mode of programs is mended on the way. */
function fillIn(path: string, name: string): void {
  const text = readFileSync(path, 'utf8');
  if (text.includes('{{name}}')) writeFileSync(path, text.replaceAll('{{name}}', name));
  chmodSync(path, text.startsWith('#!') ? 0o755 : 0o644);
}

function listBelow(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)).sort();
}
