/**
 * `node tools/check-exports.ts [--update]`: what each `index.ts` exports is what `tools/exports.json` lists, so that the
 * public surface changes on purpose only. `--update` writes the list anew; its difference then shows in the change.
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runAsProgram, type Check } from './checks/check.ts';
import { ZONES } from './checks/import-rules.ts';
import { blankCommentsAndTemplates, findExportedNames } from './checks/source-text.ts';
import { REPOSITORY_ROOT } from './repository.ts';

export type Surface = Record<string, string[]>;

const LIST_PATH = join(REPOSITORY_ROOT, 'tools', 'exports.json');

export const checkExports: Check = {
  name: 'exports',
  run: async () => {
    const { surface, findings } = readSurface();
    return [...findings, ...compareSurfaces(parseSurface(readFileSync(LIST_PATH, 'utf8')), surface)];
  },
};

function readSurface(): { surface: Surface; findings: string[] } {
  const surface: Surface = {};
  const findings: string[] = [];
  for (const { folder } of ZONES) {
    const path = `${folder}/index.ts`;
    const file = join(REPOSITORY_ROOT, path);
    if (!existsSync(file) || folder.startsWith('test/')) continue;
    const source = readFileSync(file, 'utf8');
    surface[path] = findExportedNames(source).names;
    findings.push(...findLogic(path, source));
  }
  return { surface, findings };
}

/** `platform/index.ts` composes the platform; every other one lists names and does nothing. */
export function findLogic(path: string, source: string): string[] {
  if (path === 'platform/index.ts') return [];
  const rest = blankCommentsAndTemplates(source).replace(/^export\s+(type\s+)?\{[^}]*\}\s+from\s+(['"])[^'"]+\2;?$/gm, '');
  return rest.trim() === '' ? [] : [`${path}: lists names to export and holds nothing else`];
}

export function compareSurfaces(listed: Surface, found: Surface): string[] {
  const findings: string[] = [];
  for (const path of new Set([...Object.keys(listed), ...Object.keys(found)])) {
    const [before, now] = [new Set(listed[path] ?? []), new Set(found[path] ?? [])];
    const added = [...now].filter((name) => !before.has(name));
    const removed = [...before].filter((name) => !now.has(name));
    if (added.length > 0) findings.push(`${path}: exports what tools/exports.json does not list: ${added.join(', ')}`);
    if (removed.length > 0) findings.push(`${path}: no longer exports what tools/exports.json lists: ${removed.join(', ')}`);
  }
  return findings.length === 0 ? [] : [...findings, 'when this is meant: node tools/check-exports.ts --update'];
}

export function parseSurface(text: string): Surface {
  const parsed: unknown = JSON.parse(text);
  const surface: Surface = {};
  for (const [path, names] of Object.entries(parsed ?? {})) {
    if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) throw new TypeError(`tools/exports.json: ${path} is not a list of names`);
    surface[path] = names;
  }
  return surface;
}

if (import.meta.main) {
  if (process.argv.includes('--update')) writeFileSync(LIST_PATH, `${JSON.stringify(readSurface().surface, undefined, 2)}\n`);
  await runAsProgram(checkExports);
}
