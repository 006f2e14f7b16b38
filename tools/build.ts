/**
 * `node tools/build.ts`: makes `dist/`, which is never committed. How each part is made is its own folder's knowledge;
 * all of them leave alone what is up to date by content, so that a second build costs almost nothing.
 */

import { join, relative } from 'node:path';
import { buildServer } from '../runtime-api/build.ts';
import { buildRuntimeClients } from '../runtimes/index.ts';
import { REPOSITORY_ROOT } from './repository.ts';

export type BuiltPart = { name: string; isChanged: boolean };

/** Builds every part that is not there with the right content. Throws when one cannot be built. */
export async function buildAll(options: { onProgress: (line: string) => void; outDir?: string }): Promise<BuiltPart[]> {
  const outDir = options.outDir ?? join(REPOSITORY_ROOT, 'dist');
  const parts: BuiltPart[] = [];
  const add = (path: string, isChanged: boolean): void => {
    const name = relative(REPOSITORY_ROOT, path);
    parts.push({ name, isChanged });
    if (isChanged) options.onProgress(`built ${name}`);
  };
  const server = join(outDir, 'rapid', 'rapid.cjs');
  add(server, await buildServer({ outFile: server }));
  for (const client of await buildRuntimeClients({ outDir: join(outDir, 'runtimes') })) add(client.dir, client.built);
  return parts;
}

if (import.meta.main) {
  const parts = await buildAll({ onProgress: (line) => console.log(line) });
  console.log(`${parts.filter(({ isChanged }) => isChanged).length} of ${parts.length} parts built, the others were up to date`);
}
