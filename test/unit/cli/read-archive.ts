/** Reads a zip file with a reader of other people, so that the writer is not judged by its own opinion. */

import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { fromBuffer, type Entry, type ZipFile } from 'yauzl';

export type ReadEntry = { path: string; mode: number; method: number; flags: number; dosDate: number; dosTime: number; extraFieldBytes: number; storedBytes: number; content: Buffer };

export async function readArchive(archive: Buffer): Promise<ReadEntry[]> {
  const zip = await new Promise<ZipFile>((resolve, reject) => fromBuffer(archive, { lazyEntries: true, strictFileNames: true }, (error, opened) => (error === null ? resolve(opened) : reject(error))));
  const openStream = promisify<Entry, NodeJS.ReadableStream>((entry, done) => zip.openReadStream(entry, done));
  const entries: ReadEntry[] = [];
  await new Promise<void>((resolve, reject) => {
    zip.on('error', reject).on('end', resolve);
    zip.on('entry', async (entry: Entry) => {
      const content = entry.fileName.endsWith('/') ? Buffer.alloc(0) : await buffer(await openStream(entry));
      entries.push({
        path: entry.fileName,
        mode: entry.externalFileAttributes >>> 16,
        method: entry.compressionMethod,
        flags: entry.generalPurposeBitFlag,
        dosDate: entry.lastModFileDate,
        dosTime: entry.lastModFileTime,
        extraFieldBytes: entry.extraFieldLength,
        storedBytes: entry.compressedSize,
        content,
      });
      zip.readEntry();
    });
    zip.readEntry();
  });
  return entries;
}
