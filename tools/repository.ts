/** Where the repository is, and the walk over its files that every script here shares. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';

export const REPOSITORY_ROOT: string = join(import.meta.dirname, '..');

const IGNORED_FOLDERS: ReadonlySet<string> = new Set(['node_modules', 'dist', '.git', '.cache', '__pycache__']);

/** Every file below a folder, sorted, as paths that start with `folder`; generated and foreign folders are left out. */
export function listFiles(folder: string): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!IGNORED_FOLDERS.has(entry.name)) found.push(...listFiles(path));
    } else if (entry.isFile()) {
      found.push(path);
    }
  }
  return found.sort();
}
