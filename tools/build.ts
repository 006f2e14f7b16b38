/**
 * `node tools/build.ts`: makes `dist/`, which is never committed. A file is written only when its content changes, so
 * that whatever is keyed by content (image layers, platform folders) stays the same after a build that changed nothing.
 */

import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { REPOSITORY_ROOT } from './repository.ts';

export type BuiltPart = { name: string; isChanged: boolean };
export type BuildOptions = { onProgress: (line: string) => void; outDir?: string };

const RUNTIMES_BUILD = join(REPOSITORY_ROOT, 'runtimes', 'build.ts');

/** Builds every part that is not there with the right content. Throws when one cannot be built. */
export async function buildAll(options: BuildOptions): Promise<BuiltPart[]> {
  const outDir = options.outDir ?? join(REPOSITORY_ROOT, 'dist');
  const parts = [await buildRapid(join(outDir, 'rapid', 'rapid.cjs')), ...(await buildRuntimes(join(outDir, 'runtimes')))];
  for (const { name, isChanged } of parts) if (isChanged) options.onProgress(`built ${name}`);
  return parts;
}

/** The Runtime API server of a sandbox: one CommonJS file, which starts faster than modules and needs nothing beside it. */
async function buildRapid(outFile: string): Promise<BuiltPart> {
  const result = await build({
    entryPoints: [join(REPOSITORY_ROOT, 'runtime-api', 'main.ts')],
    outfile: outFile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    sourcemap: 'external',
    sourcesContent: false,
    // Paths in the bundle are relative to this, wherever the clone lies.
    absWorkingDir: REPOSITORY_ROOT,
    write: false,
    logLevel: 'silent',
  });
  const problem = result.warnings[0];
  if (problem !== undefined) throw new Error(`${problem.location?.file ?? 'runtime-api'}: ${problem.text}`);
  const changes = result.outputFiles.map(({ path, contents }) => writeIfChanged(path, contents));
  return { name: relative(REPOSITORY_ROOT, outFile), isChanged: changes.includes(true) };
}

async function buildRuntimes(outDir: string): Promise<BuiltPart[]> {
  if (!existsSync(RUNTIMES_BUILD)) return [];
  const loaded: unknown = await import(pathToFileURL(RUNTIMES_BUILD).href);
  if (typeof loaded !== 'object' || loaded === null || !('buildRuntimeClients' in loaded) || typeof loaded.buildRuntimeClients !== 'function') {
    throw new TypeError('runtimes/build.ts exports no buildRuntimeClients');
  }
  const clients: unknown = await loaded.buildRuntimeClients({ outDir });
  if (!Array.isArray(clients)) throw new TypeError('buildRuntimeClients gave no list');
  return clients.map((client: unknown) => {
    if (typeof client !== 'object' || client === null || !('family' in client) || !('built' in client)) throw new TypeError('buildRuntimeClients gave no clients');
    return { name: `dist/runtimes/${String(client.family)}`, isChanged: client.built === true };
  });
}

/** Written beside and renamed, since a server that is starting may be reading the old one. */
function writeIfChanged(path: string, contents: Uint8Array): boolean {
  if (existsSync(path) && readFileSync(path).equals(contents)) return false;
  mkdirSync(dirname(path), { recursive: true });
  const fresh = `${path}.new-${process.pid}`;
  writeFileSync(fresh, contents);
  renameSync(fresh, path);
  return true;
}

if (import.meta.main) {
  const parts = await buildAll({ onProgress: (line) => console.log(line) });
  console.log(`${parts.filter(({ isChanged }) => isChanged).length} of ${parts.length} parts built, the others were up to date`);
}
