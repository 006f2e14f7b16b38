/** Reads the central directory of a zip with yauzl, as plain records; names stay bytes, since yauzl would mend them. */

import { fromBuffer, fromFd, type Entry, type Options, type ZipFile } from 'yauzl';
import type { ArchiveBytes } from './archive-bytes.ts';
import { layersError } from './errors.ts';
import type { ArchiveLimits } from './limits.ts';
import { tooManyEntries } from './tree-shape.ts';

export type ZipRecord = {
  nameBytes: Buffer;
  hasUtf8Flag: boolean;
  isEncrypted: boolean;
  compressionMethod: number;
  crc32: number;
  packedBytes: number;
  unpackedBytes: number;
  localHeaderOffset: number;
  /** Unix mode with the type bits; undefined when the archive was not made on a Unix. */
  unixMode: number | undefined;
  modifiedEpochSeconds: number;
};

const FLAG_ENCRYPTED = 1 << 0;
const FLAG_STRONG_ENCRYPTION = 1 << 6;
const FLAG_UTF8 = 1 << 11;
const FLAG_MASKED_HEADERS = 1 << 13;
/** "Version made by", upper byte (APPNOTE 4.4.2.2): systems whose upper 16 attribute bits are a Unix mode. */
const UNIX_SYSTEMS: ReadonlySet<number> = new Set([3, 19]);

export async function readZipDirectory(bytes: ArchiveBytes, limits: ArchiveLimits): Promise<ZipRecord[]> {
  const records: ZipRecord[] = [];
  const zip = await openZip(bytes);
  if (zip.entryCount > limits.entriesMax) throw tooManyEntries(limits);
  await new Promise<void>((settle, fail) => {
    zip.on('error', (error: Error) => fail(notAnArchive(error)));
    zip.on('end', settle);
    zip.on('entry', (entry: Entry) => {
      try {
        records.push(toRecord(entry));
        zip.readEntry();
      } catch (error) {
        fail(error);
      }
    });
    zip.readEntry();
  });
  return records;
}

function openZip(bytes: ArchiveBytes): Promise<ZipFile> {
  const options: Options = { lazyEntries: true, decodeStrings: false, autoClose: false, validateEntrySizes: true };
  return new Promise((settle, fail) => {
    const opened = (error: Error | null, zip?: ZipFile): void => {
      if (error !== null || zip === undefined) fail(notAnArchive(error));
      else settle(zip);
    };
    if (bytes.whole !== undefined) fromBuffer(bytes.whole, options, opened);
    else if (bytes.fileDescriptor !== undefined) fromFd(bytes.fileDescriptor, options, opened);
    else fail(notAnArchive(undefined));
  });
}

function toRecord(entry: Entry): ZipRecord {
  const nameBytes: unknown = entry.fileName;
  if (!Buffer.isBuffer(nameBytes)) throw notAnArchive(new Error('the name was not given as bytes'));
  const flags = entry.generalPurposeBitFlag;
  return {
    nameBytes,
    hasUtf8Flag: (flags & FLAG_UTF8) !== 0,
    isEncrypted: (flags & (FLAG_ENCRYPTED | FLAG_STRONG_ENCRYPTION | FLAG_MASKED_HEADERS)) !== 0,
    compressionMethod: entry.compressionMethod,
    crc32: entry.crc32,
    packedBytes: entry.compressedSize,
    unpackedBytes: entry.uncompressedSize,
    localHeaderOffset: entry.relativeOffsetOfLocalHeader,
    unixMode: UNIX_SYSTEMS.has(entry.versionMadeBy >>> 8) ? entry.externalFileAttributes >>> 16 : undefined,
    modifiedEpochSeconds: readModifiedTime(entry),
  };
}

/** Python compares a source file's time with the one in its compiled file, so times are kept, to the second. */
function readModifiedTime(entry: Entry): number {
  const unixTime = entry.extraFields.find((field) => field.id === 0x5455 && field.data.length >= 5 && ((field.data[0] ?? 0) & 1) === 1);
  if (unixTime !== undefined) return Math.max(unixTime.data.readInt32LE(1), 0);
  const { lastModFileDate: date, lastModFileTime: time } = entry;
  // DOS times have no zone; UTC makes the result the same on every machine.
  return Date.UTC(1980 + (date >>> 9), ((date >>> 5) & 15) - 1, date & 31, time >>> 11, (time >>> 5) & 63, (time & 31) * 2) / 1000;
}

function notAnArchive(cause: unknown): Error {
  const why = cause instanceof Error ? cause.message : 'it cannot be opened';
  return layersError('layers/not-an-archive', `this is not a readable zip archive: ${why}`, { cause, hint: 'make the archive again and check it with "unzip -t"' });
}
