/** Writes a checked tree beside its destination and renames it there, so that it is there whole or not at all. */

import { randomBytes } from 'node:crypto';
import { chmod, lstat, lutimes, mkdir, readdir, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isCodedError } from '../foundation/coded-error.ts';
import { layersError } from './errors.ts';
import { fileMode, FOLDER_MODE, type FileEntry, type TreeEntry, type TreeSource } from './tree.ts';

/** An entry with the source that its content comes from. Parents come before what lies in them. */
export type TreeItem = { entry: TreeEntry; source: TreeSource };

export type WrittenTree = { files: number; unpackedBytes: number };

const PARTIAL_MARK = '.rik-partial-';
/** File operations in flight: twice the threads that Node does them with. */
const FILES_IN_FLIGHT = 8;

/** `destination` must not exist; its parent must. On failure nothing is left behind. */
export async function writeTree(items: readonly TreeItem[], destination: string): Promise<WrittenTree> {
  if (await exists(destination)) throw destinationExists();
  const partial = join(dirname(destination), `.${basename(destination)}${PARTIAL_MARK}${randomBytes(6).toString('hex')}`);
  try {
    const written = await writeInto(items, partial);
    await moveInto(partial, destination);
    return written;
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw toLayersError(error);
  }
}

/** Removes what a killed process left half written in `parent`. Only for when no other process unpacks there. */
export async function removePartialTrees(parent: string): Promise<number> {
  const left = (await readdir(parent)).filter((name) => name.startsWith('.') && name.includes(PARTIAL_MARK));
  for (const name of left) await rm(join(parent, name), { recursive: true, force: true });
  return left.length;
}

async function writeInto(items: readonly TreeItem[], root: string): Promise<WrittenTree> {
  await makeFolder(root);
  const files: { entry: FileEntry; source: TreeSource }[] = [];
  let unpackedBytes = 0;
  for (const { entry, source } of items) {
    const path = join(root, entry.path);
    if (entry.kind === 'folder') await makeFolder(path);
    else if (entry.kind === 'link') await symlink(entry.target, path);
    else {
      files.push({ entry, source });
      unpackedBytes += entry.unpackedBytes;
    }
  }
  await forEachInParallel(files, FILES_IN_FLIGHT, async ({ entry, source }) => {
    const path = join(root, entry.path);
    await source.writeFile(entry, path);
    // Asked for when the file was made already, but a umask or a copied mode may say otherwise.
    await chmod(path, fileMode(entry));
    await lutimes(path, entry.modifiedEpochSeconds, entry.modifiedEpochSeconds);
  });
  return { files: files.length, unpackedBytes };
}

/** Between the first look and here somebody else may have made the folder; renaming over one with content fails. */
async function moveInto(partial: string, destination: string): Promise<void> {
  try {
    await rename(partial, destination);
  } catch (error) {
    const code = systemCodeOf(error);
    throw code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR' ? destinationExists(error) : error;
  }
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { mode: FOLDER_MODE });
  await chmod(path, FOLDER_MODE);
}

/** Waits for everything that was begun also when something fails, so that nobody writes into a folder being removed. */
async function forEachInParallel<Item>(items: readonly Item[], jobs: number, action: (item: Item) => Promise<void>): Promise<void> {
  const queue = items.values();
  let failed = false;
  const work = async (): Promise<void> => {
    for (const item of queue) {
      if (failed) return;
      try {
        await action(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const results = await Promise.allSettled(Array.from({ length: jobs }, work));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(() => true, () => false);
}

function destinationExists(cause?: unknown): Error {
  return layersError('layers/destination-exists', 'the folder to unpack into exists already', cause === undefined ? {} : { cause });
}

function toLayersError(error: unknown): unknown {
  const code = systemCodeOf(error);
  if (isCodedError(error) || code === undefined) return error;
  return layersError('layers/cannot-write', `the unpacked files cannot be written: ${code}`, { cause: error, hint: 'check the free space and the permissions of the state folder' });
}

function systemCodeOf(error: unknown): string | undefined {
  return error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
