/** A zip as a checked tree. Everything that can be refused without inflating files is refused when it is opened. */

import { open } from 'node:fs/promises';
import { openArchiveBytes, type ArchiveBytes } from './archive-bytes.ts';
import { checkLinkTarget, parseEntryPath } from './entry-path.ts';
import { layersError, quoteName } from './errors.ts';
import { ARCHIVE_LIMITS, LINK_TARGET_BYTES_MAX, type ArchiveLimits } from './limits.ts';
import { ANY_EXECUTE_BIT, fileMode, type FileEntry, type TreeEntry, type TreeSource } from './tree.ts';
import { shapeTree, tooLarge } from './tree-shape.ts';
import { IN_MEMORY_CONTENT_MAX_BYTES, readZipContent, streamZipContent } from './zip-content.ts';
import { readZipDirectory, type ZipRecord } from './zip-directory.ts';

const METHOD_STORED = 0;
const METHOD_DEFLATED = 8;
const TYPE_BITS = 0o170000;
const TYPE_FILE = 0o100000;
const TYPE_FOLDER = 0o040000;
const TYPE_LINK = 0o120000;
const LOCAL_HEADER_BYTES = 30;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export async function openZipSource(archive: string | Buffer, limits: ArchiveLimits = ARCHIVE_LIMITS): Promise<TreeSource> {
  const bytes = await openArchiveBytes(archive);
  try {
    const records = await readZipDirectory(bytes, limits);
    checkSizes(records, limits);
    checkOverlap(records);
    const recordOf = new Map<string, ZipRecord>();
    const entries: TreeEntry[] = [];
    for (const record of records) {
      const entry = await toEntry(bytes, record, limits);
      recordOf.set(entry.path, record);
      entries.push(entry);
    }
    return { ...shapeTree(entries, limits), ...contentOf(bytes, recordOf), close: () => bytes.close() };
  } catch (error) {
    await bytes.close();
    throw error;
  }
}

function contentOf(bytes: ArchiveBytes, recordOf: ReadonlyMap<string, ZipRecord>): Pick<TreeSource, 'writeFile' | 'checksum'> {
  const find = (entry: FileEntry): ZipRecord => {
    const record = recordOf.get(entry.path);
    if (record === undefined) throw new Error('the entry is not of this archive');
    return record;
  };
  return {
    checksum: async (entry) => find(entry).crc32,
    writeFile: async (entry, destinationPath) => {
      const record = find(entry);
      if (record.unpackedBytes > IN_MEMORY_CONTENT_MAX_BYTES) return streamZipContent(bytes, record, destinationPath, fileMode(entry));
      const content = await readZipContent(bytes, record);
      const handle = await open(destinationPath, 'wx', fileMode(entry));
      try {
        await handle.writeFile(content);
      } finally {
        await handle.close();
      }
    },
  };
}

async function toEntry(bytes: ArchiveBytes, record: ZipRecord, limits: ArchiveLimits): Promise<TreeEntry> {
  const name = decodeName(record);
  const path = parseEntryPath(name);
  if (record.isEncrypted) throw unsupported(name, 'is encrypted');
  if (record.compressionMethod !== METHOD_STORED && record.compressionMethod !== METHOD_DEFLATED) throw unsupported(name, `is compressed by method ${record.compressionMethod}`);
  const type = (record.unixMode ?? 0) & TYPE_BITS;
  if (type === TYPE_LINK) {
    const target = await readLinkTarget(bytes, record, name);
    checkLinkTarget(path, target);
    return { kind: 'link', path, target };
  }
  if (name.endsWith('/') || type === TYPE_FOLDER) {
    if (record.unpackedBytes !== 0) throw unsupported(name, 'is a folder with content');
    return { kind: 'folder', path, isImplied: false };
  }
  if (type !== 0 && type !== TYPE_FILE) throw unsupported(name, 'is neither a file nor a folder nor a symbolic link');
  if (record.unpackedBytes > record.packedBytes * limits.ratioMax) {
    throw layersError('layers/suspicious-ratio', `the entry ${quoteName(name)} claims to inflate by more than ${limits.ratioMax} times`);
  }
  // An archive made without Unix modes says nothing about execution, and nothing is guessed from names.
  const isExecutable = ((record.unixMode ?? 0) & ANY_EXECUTE_BIT) !== 0;
  return { kind: 'file', path, isExecutable, unpackedBytes: record.unpackedBytes, modifiedEpochSeconds: record.modifiedEpochSeconds };
}

/** Without the flag the encoding is unknown; UTF-8 that decodes without fault is taken for what it is (so does unzip). */
function decodeName(record: ZipRecord): string {
  try {
    return utf8.decode(record.nameBytes);
  } catch (cause) {
    throw layersError('layers/bad-entry-name', `the archive has an entry whose name is not UTF-8: ${quoteName(record.nameBytes.toString('latin1'))}`, { cause });
  }
}

async function readLinkTarget(bytes: ArchiveBytes, record: ZipRecord, name: string): Promise<string> {
  if (record.unpackedBytes > LINK_TARGET_BYTES_MAX) throw layersError('layers/bad-link', `the symbolic link ${quoteName(name)} has a target that is too long`);
  const target = await readZipContent(bytes, record);
  try {
    return utf8.decode(target);
  } catch (cause) {
    throw layersError('layers/bad-link', `the symbolic link ${quoteName(name)} has a target that is not UTF-8`, { cause });
  }
}

function checkSizes(records: readonly ZipRecord[], limits: ArchiveLimits): void {
  let unpackedBytes = 0;
  for (const record of records) unpackedBytes += record.unpackedBytes;
  if (unpackedBytes > limits.unpackedBytesMax) throw tooLarge(limits);
}

/** Entries that share their data are how a small archive becomes a large one without breaking any other limit. */
function checkOverlap(records: readonly ZipRecord[]): void {
  let end = 0;
  for (const record of records.toSorted((left, right) => left.localHeaderOffset - right.localHeaderOffset)) {
    const name = quoteName(record.nameBytes.toString('utf8'));
    if (record.localHeaderOffset < end) throw layersError('layers/damaged-entry', `the data of ${name} overlaps that of another entry`);
    end = record.localHeaderOffset + LOCAL_HEADER_BYTES + record.nameBytes.length + record.packedBytes;
  }
}

function unsupported(name: string, what: string): Error {
  return layersError('layers/unsupported-entry', `the entry ${quoteName(name)} ${what}`);
}
