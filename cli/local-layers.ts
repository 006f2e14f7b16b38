/** `--layer DIR|ZIP …`: merged once per list of contents, into a folder that becomes `/opt`. */

import { existsSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isCodedError } from '../foundation/coded-error.ts';

export async function prepareLayers(paths: readonly string[], cacheFolder: string, progress: (line: string) => void): Promise<string | undefined> {
  if (paths.length === 0) return undefined;
  const { layerSetKey, mergeLayers } = await import('../layers/index.ts');
  const layers = paths.map((path) => ({ path, name: basename(path) }));
  const destination = join(cacheFolder, await layerSetKey(layers));
  if (existsSync(destination)) return destination;
  mkdirSync(cacheFolder, { recursive: true, mode: 0o711 });
  try {
    const report = await mergeLayers({ layers, destination });
    for (const warning of report.warnings) progress(`layers: ${warning}`);
  } catch (error) {
    // Another process merged the same layers meanwhile; equal names mean equal content.
    if (!isCodedError(error) || error.code !== 'layers/destination-exists') throw error;
  }
  return destination;
}
