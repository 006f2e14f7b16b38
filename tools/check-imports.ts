/** `node tools/check-imports.ts`: every import follows an arrow, goes through an `index.ts`, and closes no circle. */

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { runAsProgram, type Check } from './checks/check.ts';
import { refuseImport, ZONES } from './checks/import-rules.ts';
import { findExportedNames, findImports } from './checks/source-text.ts';
import { listFiles, REPOSITORY_ROOT } from './repository.ts';

export type SourceFile = { path: string; source: string };

const VAGUE_FOLDER = /(^|\/)(utils?|helpers?|common|misc|shared)\//;

export const checkImports: Check = { name: 'imports', run: async () => findImportFaults(readSources(), (path) => existsSync(join(REPOSITORY_ROOT, path))) };

export function readSources(): SourceFile[] {
  const tops = new Set(ZONES.map(({ folder }) => folder.split('/')[0] ?? ''));
  const paths = [...tops].filter((top) => existsSync(join(REPOSITORY_ROOT, top))).flatMap((top) => listFiles(join(REPOSITORY_ROOT, top)));
  return paths
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
    .map((path) => ({ path: relative(REPOSITORY_ROOT, path), source: readFileSync(path, 'utf8') }));
}

/** Findings over a set of files; `exists` answers for paths relative to the repository. */
export function findImportFaults(files: readonly SourceFile[], exists: (path: string) => boolean): string[] {
  const findings: string[] = [];
  const valueImports = new Map<string, string[]>();
  for (const { path, source } of files) {
    if (VAGUE_FOLDER.test(path)) findings.push(`${path}: a folder name says what is in it`);
    for (const problem of findExportedNames(source).problems) findings.push(`${path}: ${problem}`);
    const targets: string[] = [];
    for (const { specifier, isTypeOnly } of findImports(source)) {
      if (!specifier.startsWith('.')) continue;
      const target = join(dirname(path), specifier);
      if (!/\.(ts|mjs|json)$/.test(specifier)) findings.push(`${path}: "${specifier}" has no file extension`);
      else if (!exists(target)) findings.push(`${path}: "${specifier}" does not exist`);
      const refusal = refuseImport(path, target);
      if (refusal !== undefined) findings.push(`${path}: imports ${target}; ${refusal}`);
      if (!isTypeOnly) targets.push(target);
    }
    valueImports.set(path, targets);
  }
  for (const circle of findCircles(valueImports)) findings.push(`${circle[0] ?? ''}: imports itself through ${circle.slice(1).join(', ')}`);
  return findings;
}

/** One representative circle per group of files that import each other. Types are left out: they vanish at run time. */
export function findCircles(imports: ReadonlyMap<string, readonly string[]>): string[][] {
  const circles: string[][] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: string[]): void => {
    const start = trail.indexOf(path);
    if (start !== -1) {
      circles.push(trail.slice(start));
      return;
    }
    if (done.has(path)) return;
    for (const target of imports.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of imports.keys()) visit(path, []);
  return circles;
}

if (import.meta.main) await runAsProgram(checkImports);
