/** Reads the dynamic loader's path out of a program (System V ABI, "Program Header": PT_INTERP). Nothing is run. */
import { open } from 'node:fs/promises';

const MAGIC = Buffer.from([0x7f, 0x45, 0x4c, 0x46]);
const CLASS_64 = 2;
const LITTLE_ENDIAN = 1;
const PT_INTERP = 3;
const HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const PROGRAM_HEADERS_MAX = 128;
const PATH_BYTES_MAX = 4096;

/** Undefined for a static program and for a file that is no 64-bit little-endian ELF file. */
export async function readInterpreter(path: string): Promise<string | undefined> {
  const file = await open(path, 'r');
  const read = async (offset: number, length: number): Promise<Buffer> => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
    return buffer.subarray(0, bytesRead);
  };
  try {
    const header = await read(0, HEADER_BYTES);
    if (header.length < HEADER_BYTES || !header.subarray(0, 4).equals(MAGIC) || header[4] !== CLASS_64 || header[5] !== LITTLE_ENDIAN) return undefined;
    const tableOffset = Number(header.readBigUInt64LE(32));
    const entryBytes = header.readUInt16LE(54);
    const entries = Math.min(header.readUInt16LE(56), PROGRAM_HEADERS_MAX);
    if (entryBytes < PROGRAM_HEADER_BYTES || !Number.isSafeInteger(tableOffset)) return undefined;
    const table = await read(tableOffset, entryBytes * entries);
    for (let at = 0; at + PROGRAM_HEADER_BYTES <= table.length; at += entryBytes) {
      if (table.readUInt32LE(at) !== PT_INTERP) continue;
      const offset = Number(table.readBigUInt64LE(at + 8));
      const length = Math.min(Number(table.readBigUInt64LE(at + 32)), PATH_BYTES_MAX);
      if (!Number.isSafeInteger(offset)) return undefined;
      return (await read(offset, length)).toString('utf8').replace(/\0.*$/s, '') || undefined;
    }
    return undefined;
  } finally {
    await file.close();
  }
}
