/**
 * `node tools/check-wire.ts`: the runtime clients in Python and Java spell the wire as `runtime-api/protocol` does. They
 * share no code with it, so each of their literals that belongs to the wire is looked up there.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runAsProgram, type Check } from './checks/check.ts';
import { findWireFaults, type WireConstants } from './checks/wire-literals.ts';
import { listFiles, REPOSITORY_ROOT } from './repository.ts';

const LANGUAGES = [
  { folder: 'runtimes/python', extension: '.py' },
  { folder: 'runtimes/java', extension: '.java' },
] as const;

export const checkWire: Check = {
  name: 'wire',
  run: async () => {
    const constants = await loadConstants();
    return LANGUAGES.flatMap(({ folder, extension }) => {
      const path = join(REPOSITORY_ROOT, folder);
      if (!existsSync(path)) return [];
      const files = listFiles(path).filter((file) => file.endsWith(extension));
      return findWireFaults(folder, files.map((file) => ({ path: relative(REPOSITORY_ROOT, file), source: readFileSync(file, 'utf8') })), constants);
    });
  },
};

async function loadConstants(): Promise<WireConstants> {
  const named = new Map<string, string | number>();
  for (const file of listFiles(join(REPOSITORY_ROOT, 'runtime-api', 'protocol'))) {
    const exported: unknown = await import(pathToFileURL(file).href);
    for (const [name, value] of Object.entries(exported ?? {})) if (typeof value === 'string' || typeof value === 'number') named.set(name, value);
  }
  return named;
}

if (import.meta.main) await runAsProgram(checkWire);
