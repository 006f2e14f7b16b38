/** The Runtime API server in one file. A clone bundles it from the sources when they have changed; an installed package brings it. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cliError } from './errors.ts';
import { distFolder, packageRoot } from './package-files.ts';

export async function serverBundle(): Promise<string> {
  const bundle = join(distFolder(), 'rapid', 'rapid.cjs');
  const builder = join(packageRoot(), 'runtime-api', 'build.ts');
  if (existsSync(builder)) {
    const { buildServer } = await import('../runtime-api/build.ts');
    await buildServer({ outFile: bundle });
  }
  if (!existsSync(bundle)) {
    throw cliError('cli/installation-incomplete', 'the Runtime API server is not built', { hint: 'npm run build (in a clone), or install rik again' });
  }
  return bundle;
}
