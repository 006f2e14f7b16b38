/** Where the files of this package are, in a clone and in an installed package alike. */

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cliError } from './errors.ts';

/** The nearest folder above this file that holds a package.json: the built file lies one level deeper than the source. */
export function packageRoot(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder)) {
      throw cliError('cli/installation-incomplete', 'the package.json of rik cannot be found', { hint: 'install rik again' });
    }
  }
}

export function packageVersion(): string {
  const parsed: unknown = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'));
  return typeof parsed === 'object' && parsed !== null && 'version' in parsed ? String(parsed.version) : 'unknown';
}

/** `dist/`: what the build makes for the sandboxes. */
export function distFolder(): string {
  return join(packageRoot(), 'dist');
}
