/** Removes a folder with all below it, also where folders are read-only: an ordinary user cannot empty those as they are. */
import { chmod, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isErrno } from './durable-file.ts';

export async function removeTree(path: string): Promise<void> {
  if (process.getuid?.() !== 0) await openFolders(path);
  await rm(path, { recursive: true, force: true });
}

/** Links are not followed: `withFileTypes` tells them from folders. */
async function openFolders(folder: string): Promise<void> {
  try {
    await chmod(folder, 0o700);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return;
    throw error;
  }
  for (const entry of await readdir(folder, { withFileTypes: true })) if (entry.isDirectory()) await openFolders(join(folder, entry.name));
}
