/**
 * Makes a folder again only when what it is made from has changed, or when somebody touched the result.
 * Beside the folder `x` lies the record `.x.json` with both digests; the folder itself holds nothing but the result,
 * because it goes into images as it is.
 */
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';

export type CachedFolderOptions = {
  /** The folder to make; its parent is made when it is missing. */
  folder: string;
  /** Files that the result depends on, and words such as tool versions. Order does not matter. */
  inputFiles: string[];
  inputWords?: string[];
  /** Fills an empty folder on the same file system. */
  make: (emptyFolder: string) => Promise<void>;
};

/** Returns true when the folder was made, false when it was up to date. */
export async function makeCachedFolder(options: CachedFolderOptions): Promise<boolean> {
  const { folder } = options;
  const recordPath = join(dirname(folder), `.${basename(folder)}.json`);
  const inputDigest = await digestInputs(options);
  const record = await readFile(recordPath, 'utf8').catch(() => '');
  if (record === recordText(inputDigest, await digestTree(folder))) return false;

  await mkdir(dirname(folder), { recursive: true });
  const temporary = await mkdtemp(join(dirname(folder), `.${basename(folder)}-`));
  try {
    const made = join(temporary, 'made');
    await mkdir(made, { mode: 0o755 });
    await options.make(made);
    await openFolders(made);
    await rm(folder, { recursive: true, force: true });
    await rename(made, folder);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  await writeFile(recordPath, recordText(inputDigest, await digestTree(folder)));
  return true;
}

/** Every file below a folder, sorted, as absolute paths. */
export async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('__pycache__'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** The result is read by other users inside of environments, whatever the umask of the builder. */
async function openFolders(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) await chmod(join(entry.parentPath, entry.name), 0o755);
  }
}

function recordText(inputDigest: string, outputDigest: string): string {
  return `${JSON.stringify({ inputDigest, outputDigest })}\n`;
}

async function digestInputs(options: CachedFolderOptions): Promise<string> {
  const hash = createHash('sha256');
  for (const word of [...(options.inputWords ?? [])].sort()) hash.update(`word ${word}\0`);
  for (const file of [...options.inputFiles].sort()) {
    const content = await readFile(file);
    hash.update(`file ${relative(dirname(import.meta.dirname), file)} ${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** Empty when there is no such folder. */
async function digestTree(folder: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for (const file of await listFiles(folder)) {
      const content = await readFile(file);
      hash.update(`${relative(folder, file)} ${content.length}\0`).update(content);
    }
  } catch {
    return '';
  }
  return hash.digest('hex');
}
