/** Names for content: of one layer by its content, and of a merged list, so that equal lists are merged once. */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openFolderSource } from './folder-source.ts';
import { layersError } from './errors.ts';
import { fileMode, FOLDER_MODE, type TreeEntry } from './tree.ts';
import type { LayerSource } from './merge-layers.ts';

/** Part of every key: raised when the same layers would give another tree, so that old results are not taken for it. */
const MERGE_RULES_VERSION = 1;

/** Hex SHA-256 of a zip's bytes, or the content digest of a folder. The two never name the same thing. */
export async function digestLayer(path: string): Promise<string> {
  const status = await stat(path).catch((cause: unknown) => {
    throw layersError('layers/source-unreadable', 'a layer cannot be found', { cause, detail: { path } });
  });
  return status.isDirectory() ? `tree:${await digestFolder(path)}` : `zip:${await digestFile(path)}`;
}

/** Key of what `mergeLayers` makes of this list: hex SHA-256 over the rules' version and the digests in order. */
export async function layerSetKey(layers: readonly Pick<LayerSource, 'path'>[]): Promise<string> {
  const digests: string[] = [];
  for (const layer of layers) digests.push(await digestLayer(layer.path));
  return createHash('sha256').update(JSON.stringify({ mergeRules: MERGE_RULES_VERSION, layers: digests })).digest('hex');
}

/** `contentDigest` of images-and-layers.md §12.4: SHA-256 over sorted lines `type mode size sha256 path`, without times. */
export async function digestFolder(folder: string): Promise<string> {
  const source = await openFolderSource(folder);
  const whole = createHash('sha256');
  for (const entry of source.entries) whole.update(`${await describe(folder, entry)} ${entry.path}\n`);
  return whole.digest('hex');
}

async function describe(folder: string, entry: TreeEntry): Promise<string> {
  switch (entry.kind) {
    case 'folder':
      return `d ${FOLDER_MODE.toString(8)} 0 -`;
    case 'link':
      return `l 777 ${Buffer.byteLength(entry.target)} ${createHash('sha256').update(entry.target).digest('hex')}`;
    case 'file':
      return `f ${fileMode(entry).toString(8)} ${entry.unpackedBytes} ${await digestFile(join(folder, entry.path))}`;
  }
}

async function digestFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
