/** Unpacks one zip, of a function or a layer, into a new folder. The archive is hostile until it has been read through. */

import { ARCHIVE_LIMITS, type ArchiveLimits } from './limits.ts';
import { writeTree, type WrittenTree } from './write-tree.ts';
import { openZipSource } from './zip-source.ts';

export type ExtractArchiveOptions = {
  /** A path, or the bytes. */
  archive: string | Buffer;
  /** Must not exist; its parent must. It is there whole, or not at all. */
  destination: string;
  limits?: Partial<ArchiveLimits>;
};

/** Fails with a code of `LAYERS_ERRORS`; `uploadRefusalMessage` gives the text that the API answers with. */
export async function extractArchive(options: ExtractArchiveOptions): Promise<WrittenTree> {
  const source = await openZipSource(options.archive, { ...ARCHIVE_LIMITS, ...options.limits });
  try {
    return await writeTree(source.entries.map((entry) => ({ entry, source })), options.destination);
  } finally {
    await source.close();
  }
}
