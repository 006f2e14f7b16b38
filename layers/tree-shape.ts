/** Checks that the entries of one source form a tree, and adds the folders that they imply. Pure. */

import { layersError, quoteName } from './errors.ts';
import type { ArchiveLimits } from './limits.ts';
import { parentPath, type TreeEntry } from './tree.ts';

/**
 * Returns the entries with every implied folder, sorted by path, so that parents come before what lies in them.
 * Throws when a path occurs twice, when something lies below a file or a link, or when a limit is passed.
 */
export function shapeTree(entries: readonly TreeEntry[], limits: ArchiveLimits): { entries: TreeEntry[]; unpackedBytes: number } {
  const byPath = new Map<string, TreeEntry>();
  let unpackedBytes = 0;
  for (const entry of entries) {
    if (byPath.has(entry.path)) throw layersError('layers/duplicate-entry', `the path ${quoteName(entry.path)} occurs twice in one archive`);
    byPath.set(entry.path, entry);
    if (entry.kind === 'file') unpackedBytes += entry.unpackedBytes;
    if (unpackedBytes > limits.unpackedBytesMax) throw tooLarge(limits);
  }
  for (const entry of entries) {
    addParents(entry.path, byPath, limits);
  }
  if (byPath.size > limits.entriesMax) throw tooManyEntries(limits);
  const sorted = [...byPath.values()].sort((left, right) => (left.path < right.path ? -1 : 1));
  return { entries: sorted, unpackedBytes };
}

/**
 * From the innermost outwards, up to the first folder that is known: its own parents are seen to in its own turn, so
 * that the work is proportional to the number of folders and not to that number times the depth.
 */
function addParents(path: string, byPath: Map<string, TreeEntry>, limits: ArchiveLimits): void {
  for (let parent = parentPath(path); parent !== undefined; parent = parentPath(parent)) {
    const above = byPath.get(parent);
    if (above?.kind === 'folder') return;
    if (above?.kind === 'link') throw layersError('layers/entry-under-link', `the entry ${quoteName(path)} lies below the symbolic link ${quoteName(parent)}`);
    if (above?.kind === 'file') throw layersError('layers/duplicate-entry', `${quoteName(parent)} is a file and a folder in one archive`);
    byPath.set(parent, { kind: 'folder', path: parent, isImplied: true });
    // Counted as it grows: a few thousand deep names imply millions of folders.
    if (byPath.size > limits.entriesMax) throw tooManyEntries(limits);
  }
}

export function tooLarge(limits: ArchiveLimits): Error {
  return layersError('layers/unpacked-too-large', `the content is larger than ${limits.unpackedBytesMax} bytes when unpacked`, {
    hint: 'leave out what the function does not need, or move shared parts into the image',
  });
}

export function tooManyEntries(limits: ArchiveLimits): Error {
  return layersError('layers/too-many-entries', `the content has more than ${limits.entriesMax} files and folders`);
}
