/** Files that are either wholly there or not there at all, whenever the process dies. */
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Replaces or creates the file in one step. */
export async function writeFileAtomically(filePath: string, content: string | Buffer): Promise<void> {
  const temporary = await writeTemporary(filePath, content);
  await rename(temporary, filePath);
  await syncFolder(dirname(filePath));
}

/** Creates the file in one step; returns false, and changes nothing, when it is there already. */
export async function createFileAtomically(filePath: string, content: string | Buffer): Promise<boolean> {
  const temporary = await writeTemporary(filePath, content);
  try {
    // A hard link, unlike a rename, never replaces: of several writers exactly one wins.
    await link(temporary, filePath);
    await syncFolder(dirname(filePath));
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** The file's text, or `undefined` when it is not there. */
export async function readFileIfThere(filePath: string): Promise<string | undefined> {
  try {
    return await readFile(filePath, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** The file's JSON value; `undefined` when it is not there or not JSON, as records of an older rik may be. */
export async function readJsonIfThere(filePath: string): Promise<unknown> {
  const text = await readFileIfThere(filePath);
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** Keys sorted, no white space, one trailing newline (`images-and-layers.md` §4.2), so equal values have equal digests. */
export function canonicalJson(value: unknown): string {
  return `${JSON.stringify(sortKeys(value))}\n`;
}

async function writeTemporary(filePath: string, content: string | Buffer): Promise<string> {
  const folder = dirname(filePath);
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const temporary = join(folder, `.tmp-${randomBytes(8).toString('hex')}`);
  const file = await open(temporary, 'wx', 0o644);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  return temporary;
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      .map(([key, inner]) => [key, sortKeys(inner)]),
  );
}
