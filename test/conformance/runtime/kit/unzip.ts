/** Unpacks an archive with a bootstrap into a folder of its own. The archive is somebody's; nothing of it gets out of the folder. */
import { createWriteStream } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fromBuffer } from 'yauzl';
import type { Entry, ZipFile } from 'yauzl';
import { TargetUnusable } from '../../kit/target.ts';

/** AWS guide, Lambda quotas: 250 MB unzipped. */
const UNPACKED_BYTES_MAX = 250 * 1024 * 1024;
const ENTRIES_MAX = 50_000;
const PERMISSIONS = 0o777;
const HINT = 'give an archive as Lambda takes it, with a file "bootstrap"';

export async function unzip(archive: Buffer): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'conformance-zip-'));
  try {
    await unpack(await open(archive), folder);
    return folder;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    if (error instanceof TargetUnusable) throw error;
    throw new TargetUnusable(`the archive cannot be unpacked: ${error instanceof Error ? error.message : String(error)}`, HINT);
  }
}

function open(archive: Buffer): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    fromBuffer(archive, { lazyEntries: true, strictFileNames: true, validateEntrySizes: true }, (error, zip) => (error === null ? resolve(zip) : reject(error)));
  });
}

async function unpack(zip: ZipFile, folder: string): Promise<void> {
  let bytes = 0;
  let entries = 0;
  for (let entry = await nextEntry(zip); entry !== undefined; entry = await nextEntry(zip)) {
    bytes += entry.uncompressedSize;
    entries += 1;
    if (bytes > UNPACKED_BYTES_MAX || entries > ENTRIES_MAX) throw new TargetUnusable('the archive is larger than Lambda takes', HINT);
    await unpackEntry(zip, entry, folder);
  }
}

function nextEntry(zip: ZipFile): Promise<Entry | undefined> {
  return new Promise((resolve, reject) => {
    const forget = (): void => void zip.off('entry', found).off('end', ended).off('error', failed);
    const found = (entry: Entry): void => (forget(), resolve(entry));
    const ended = (): void => (forget(), resolve(undefined));
    const failed = (error: Error): void => (forget(), reject(error));
    zip.on('entry', found).on('end', ended).on('error', failed);
    zip.readEntry();
  });
}

/** Names with `..`, a root or a backslash have been refused by the reader; links are written as the files that they are not. */
async function unpackEntry(zip: ZipFile, entry: Entry, folder: string): Promise<void> {
  const path = join(folder, entry.fileName);
  if (entry.fileName.endsWith('/')) return void (await mkdir(path, { recursive: true }));
  await mkdir(dirname(path), { recursive: true });
  const stream = await new Promise<NodeJS.ReadableStream>((resolve, reject) => {
    zip.openReadStream(entry, (error, opened) => (error === null ? resolve(opened) : reject(error)));
  });
  await pipeline(stream, createWriteStream(path, { flags: 'wx' }));
  const mode = (entry.externalFileAttributes >>> 16) & PERMISSIONS;
  await chmod(path, mode === 0 ? 0o644 : mode);
}
