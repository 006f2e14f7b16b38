/** A folder on disk as a checked tree, under the same rules as an archive: what is refused there is refused here. */

import { constants } from 'node:fs';
import { copyFile, lstat, open, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { checkLinkTarget, parseEntryPath } from './entry-path.ts';
import { layersError, quoteName } from './errors.ts';
import { ARCHIVE_LIMITS, type ArchiveLimits } from './limits.ts';
import { ANY_EXECUTE_BIT, type TreeEntry, type TreeSource } from './tree.ts';
import { shapeTree, tooManyEntries } from './tree-shape.ts';

export async function openFolderSource(folder: string, limits: ArchiveLimits = ARCHIVE_LIMITS): Promise<TreeSource> {
  const found: TreeEntry[] = [];
  try {
    await walk(folder, '', found, limits);
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw layersError('layers/source-unreadable', `a folder cannot be read: ${'code' in error ? String(error.code) : error.message}`, { cause: error, detail: { folder } });
  }
  return {
    ...shapeTree(found, limits),
    // Copy-on-write where the file system has it: two trees of the same layer then share their blocks.
    writeFile: (entry, destinationPath) => copyFile(join(folder, entry.path), destinationPath, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE),
    checksum: (entry) => checksumFile(join(folder, entry.path)),
    close: async () => {},
  };
}

async function walk(root: string, prefix: string, found: TreeEntry[], limits: ArchiveLimits): Promise<void> {
  for (const name of (await readdir(join(root, prefix))).sort()) {
    const path = parseEntryPath(prefix === '' ? name : `${prefix}/${name}`);
    const status = await lstat(join(root, path));
    if (found.length >= limits.entriesMax) throw tooManyEntries(limits);
    if (status.isSymbolicLink()) {
      const target = await readlink(join(root, path));
      checkLinkTarget(path, target);
      found.push({ kind: 'link', path, target });
    } else if (status.isDirectory()) {
      found.push({ kind: 'folder', path, isImplied: false });
      await walk(root, path, found, limits);
    } else if (status.isFile()) {
      const isExecutable = (status.mode & ANY_EXECUTE_BIT) !== 0;
      found.push({ kind: 'file', path, isExecutable, unpackedBytes: status.size, modifiedEpochSeconds: Math.floor(status.mtimeMs / 1000) });
    } else {
      throw layersError('layers/unsupported-entry', `${quoteName(path)} is neither a file nor a folder nor a symbolic link`);
    }
  }
}

async function checksumFile(path: string): Promise<number> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  let checksum = 0;
  for await (const chunk of handle.createReadStream()) if (Buffer.isBuffer(chunk)) checksum = crc32(chunk, checksum);
  return checksum;
}
