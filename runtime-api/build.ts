/**
 * Makes the Runtime API server of a sandbox: one CommonJS file, which starts faster than modules and needs nothing beside it.
 * For clones; an installed package brings the file. Written only when its content changes, because environments are keyed by it.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

/** Resolves to whether anything was written. */
export async function buildServer(options: { outFile: string }): Promise<boolean> {
  const result = await build({
    entryPoints: [join(import.meta.dirname, 'main.ts')],
    outfile: options.outFile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    // Paths in the bundle are relative to this, wherever the clone lies.
    absWorkingDir: dirname(import.meta.dirname),
    write: false,
    logLevel: 'silent',
  });
  const problem = result.warnings[0];
  if (problem !== undefined) throw new Error(`${problem.location?.file ?? 'runtime-api'}: ${problem.text}`);
  const changes = result.outputFiles.map(({ path, contents }) => writeIfChanged(path, contents));
  return changes.includes(true);
}

function writeIfChanged(path: string, contents: Uint8Array): boolean {
  if (existsSync(path) && readFileSync(path).equals(contents)) return false;
  mkdirSync(dirname(path), { recursive: true });
  const partial = `${path}.${process.pid}`;
  writeFileSync(partial, contents);
  renameSync(partial, path);
  return true;
}
