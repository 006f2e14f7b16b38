/**
 * Layer archives, kept by content and found by what they were made from, so that the second image on a base reuses the
 * base's archive and a changed client rebuilds the client's layer only.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readTar } from '../archive/tar-reader.ts';
import { writeTarFile } from '../archive/tar-writer.ts';
import { ContentStore } from '../store/content-store.ts';
import { canonicalJson, readJsonIfThere, writeFileAtomically } from '../store/durable-file.ts';
import { cleanPath, LayerTree } from './layer-tree.ts';

/** Raised whenever the code that makes layers changes what it makes, so that no archive of an older rik is reused. */
export const BUILDER_VERSION = 6;

const recordShape = z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/), sizeBytes: z.int(), facts: z.record(z.string(), z.string()) });

export type LayerArchive = z.infer<typeof recordShape> & { tarPath: string; isReused: boolean };
export type MadeLayer = { tree: LayerTree; facts: Record<string, string> };

export class LayerArchives {
  readonly #folder: string;
  readonly #store: ContentStore;

  constructor(folder: string) {
    this.#folder = folder;
    this.#store = new ContentStore(join(folder, 'sha256'));
  }

  /** The archive made from `inputs`; `make` runs only when there is none. The caller holds the lock of the inputs. */
  async get(kind: string, inputs: unknown, mtimeEpochS: number, make: () => Promise<MadeLayer>): Promise<LayerArchive> {
    const key = createHash('sha256').update(canonicalJson({ kind, inputs, mtimeEpochS, builder: BUILDER_VERSION })).digest('hex');
    const recordPath = join(this.#folder, 'made-from', `${key}.json`);
    const known = recordShape.safeParse(await readJsonIfThere(recordPath));
    if (known.success && (await this.#store.has(known.data.sha256))) {
      return { ...known.data, tarPath: await this.#store.verified(known.data.sha256, `the ${kind} layer`), isReused: true };
    }
    const { tree, facts } = await make();
    const temporary = await this.#store.temporaryPath();
    try {
      const written = await writeTarFile(temporary, tree.items(), mtimeEpochS);
      const tarPath = await this.#store.adopt(temporary, written.sha256);
      await writeFileAtomically(recordPath, canonicalJson({ ...written, facts }));
      return { ...written, facts, tarPath, isReused: false };
    } finally {
      await rm(temporary, { force: true });
    }
  }
}

/** Reads an archive of ours back, to build the next layer on it. */
export async function readLayerTree(tarPath: string): Promise<LayerTree> {
  const tree = new LayerTree();
  for await (const entry of readTar(createReadStream(tarPath, { highWaterMark: 1024 * 1024 }))) {
    const path = cleanPath(entry.path);
    if (path === 'tmp') tree.addSharedDirectory(path);
    else await tree.addTarEntry(path, entry);
  }
  return tree;
}
