/** Where the repository is, also when this file runs out of a bundle somewhere in it (tests are bundled). */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A file that only this repository has at this place. */
const LANDMARK = join('bench', 'native', 'http-message.h');

export const REPOSITORY_FOLDER = findUpwards(import.meta.dirname) ?? findUpwards(process.cwd()) ?? process.cwd();

function findUpwards(from: string): string | undefined {
  if (existsSync(join(from, LANDMARK))) return from;
  const parent = dirname(from);
  return parent === from ? undefined : findUpwards(parent);
}
