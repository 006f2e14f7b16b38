/** Writes zip archives field by field, also ones that no honest tool would write. Independent of the reader it tests. */

import { crc32, deflateRawSync } from 'node:zlib';

export type RawZipEntry = {
  name: string | Buffer;
  data?: string | Buffer;
  /** Unix mode with type bits. */
  mode?: number;
  /** Upper byte of "version made by": 3 is Unix, 0 is DOS. */
  madeBy?: number;
  /** 0 stored, 8 deflated; anything else is written stored under that number. */
  method?: number;
  flags?: number;
  extra?: Buffer;
  declaredUnpackedBytes?: number;
  declaredPackedBytes?: number;
  declaredCrc32?: number;
  /** The name in the local header when it shall differ. */
  localName?: string;
  /** Points the directory at the local header of the entry with this index, whose data is then shared. */
  sharesDataOf?: number;
  packedSuffix?: Buffer;
};

const FLAG_UTF8 = 0x800;
const DATE_1980 = 0x21;

export function rawZip(entries: readonly RawZipEntry[]): Buffer {
  const locals: Buffer[] = [];
  const offsets: number[] = [];
  const central: Buffer[] = [];
  let position = 0;
  for (const entry of entries) {
    const data = Buffer.from(entry.data ?? '');
    const method = entry.method ?? 8;
    const packed = Buffer.concat([method === 8 ? deflateRawSync(data) : data, entry.packedSuffix ?? Buffer.alloc(0)]);
    const sizes = {
      crc: entry.declaredCrc32 ?? crc32(data),
      packed: entry.declaredPackedBytes ?? packed.length,
      unpacked: entry.declaredUnpackedBytes ?? data.length,
    };
    const name = Buffer.from(entry.name);
    const offset = entry.sharesDataOf === undefined ? position : (offsets[entry.sharesDataOf] ?? 0);
    offsets.push(offset);
    if (entry.sharesDataOf === undefined) {
      const local = Buffer.concat([localHeader(entry, method, sizes), packed]);
      locals.push(local);
      position += local.length;
    }
    central.push(centralHeader(entry, name, method, sizes, offset));
  }
  const directory = Buffer.concat(central);
  return Buffer.concat([...locals, directory, endRecord(entries.length, directory.length, position)]);
}

type Sizes = { crc: number; packed: number; unpacked: number };

function localHeader(entry: RawZipEntry, method: number, sizes: Sizes): Buffer {
  const name = Buffer.from(entry.localName ?? entry.name);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(20, 4);
  header.writeUInt16LE(entry.flags ?? FLAG_UTF8, 6);
  header.writeUInt16LE(method, 8);
  header.writeUInt16LE(DATE_1980, 12);
  header.writeUInt32LE(sizes.crc, 14);
  header.writeUInt32LE(sizes.packed, 18);
  header.writeUInt32LE(sizes.unpacked, 22);
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, name]);
}

function centralHeader(entry: RawZipEntry, name: Buffer, method: number, sizes: Sizes, offset: number): Buffer {
  const extra = entry.extra ?? Buffer.alloc(0);
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(((entry.madeBy ?? 3) << 8) | 20, 4);
  header.writeUInt16LE(20, 6);
  header.writeUInt16LE(entry.flags ?? FLAG_UTF8, 8);
  header.writeUInt16LE(method, 10);
  header.writeUInt16LE(DATE_1980, 14);
  header.writeUInt32LE(sizes.crc, 16);
  header.writeUInt32LE(sizes.packed, 20);
  header.writeUInt32LE(sizes.unpacked, 24);
  header.writeUInt16LE(name.length, 28);
  header.writeUInt16LE(extra.length, 30);
  header.writeUInt32LE(((entry.mode ?? 0o100644) << 16) >>> 0, 38);
  header.writeUInt32LE(offset, 42);
  return Buffer.concat([header, name, extra]);
}

function endRecord(count: number, directoryBytes: number, directoryOffset: number): Buffer {
  const record = Buffer.alloc(22);
  record.writeUInt32LE(0x06054b50, 0);
  record.writeUInt16LE(count & 0xffff, 8);
  record.writeUInt16LE(count & 0xffff, 10);
  record.writeUInt32LE(directoryBytes, 12);
  record.writeUInt32LE(directoryOffset, 16);
  return record;
}
