/** Gets the content of one zip entry out of the archive, never more of it than the directory declared. */

import { createWriteStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { crc32, createInflateRaw, inflateRaw, inflateRawSync } from 'node:zlib';
import type { ArchiveBytes } from './archive-bytes.ts';
import { layersError, quoteName } from './errors.ts';
import type { ZipRecord } from './zip-directory.ts';

const METHOD_STORED = 0;
const LOCAL_HEADER_BYTES = 30;
const LOCAL_HEADER_SIGNATURE = 0x04034b50;
const CHUNK_BYTES = 256 * 1024;
/** Below this, inflating at once blocks for less time than handing the work to another thread costs. */
const SYNCHRONOUS_MAX_BYTES = 32 * 1024;
/** Below this, content is held in memory whole; above, it goes through a stream with a constant footprint. */
export const IN_MEMORY_CONTENT_MAX_BYTES = 1024 * 1024;

const inflateRawAsync = promisify(inflateRaw);

/** The whole content, checked against the declared size and CRC-32; for entries up to `IN_MEMORY_CONTENT_MAX_BYTES`. */
export async function readZipContent(bytes: ArchiveBytes, record: ZipRecord): Promise<Buffer> {
  const packed = await bytes.read(await findDataStart(bytes, record), record.packedBytes);
  const content = record.compressionMethod === METHOD_STORED ? packed : await inflate(packed, record);
  if (content.length !== record.unpackedBytes) throw damaged(record, 'has another size than the archive declares');
  if (crc32(content) !== record.crc32) throw damaged(record, 'has another CRC-32 than the archive declares');
  return content;
}

/** Writes the content to a file that must not exist yet, chunk by chunk, with the same checks. */
export async function streamZipContent(bytes: ArchiveBytes, record: ZipRecord, destinationPath: string, mode: number): Promise<void> {
  const dataStart = await findDataStart(bytes, record);
  let unpackedBytes = 0;
  let checksum = 0;
  const check = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      unpackedBytes += chunk.length;
      checksum = crc32(chunk, checksum);
      if (unpackedBytes > record.unpackedBytes) done(damaged(record, 'is larger than the archive declares'));
      else done(null, chunk);
    },
  });
  const source = Readable.from(readChunks(bytes, dataStart, record.packedBytes), { objectMode: false });
  const destination = createWriteStream(destinationPath, { flags: 'wx', mode });
  if (record.compressionMethod === METHOD_STORED) {
    await pipeline(source, check, destination);
  } else {
    const inflater = createInflateRaw({ chunkSize: CHUNK_BYTES });
    try {
      await pipeline(source, inflater, check, destination);
    } catch (error) {
      throw isZlibError(error) ? damaged(record, 'does not inflate', error) : error;
    }
    if (inflater.bytesWritten !== record.packedBytes) throw damaged(record, 'has bytes after its end');
  }
  if (unpackedBytes !== record.unpackedBytes) throw damaged(record, 'is smaller than the archive declares');
  if (checksum !== record.crc32) throw damaged(record, 'has another CRC-32 than the archive declares');
}

/** The local header stands before the data; only its lengths matter, and that it belongs to this entry. */
async function findDataStart(bytes: ArchiveBytes, record: ZipRecord): Promise<number> {
  const header = await bytes.read(record.localHeaderOffset, LOCAL_HEADER_BYTES + record.nameBytes.length);
  const nameLength = header.readUInt16LE(26);
  const name = header.subarray(LOCAL_HEADER_BYTES);
  if (header.readUInt32LE(0) !== LOCAL_HEADER_SIGNATURE || nameLength !== record.nameBytes.length || !name.equals(record.nameBytes)) {
    throw damaged(record, 'has no local header of its name');
  }
  return record.localHeaderOffset + LOCAL_HEADER_BYTES + nameLength + header.readUInt16LE(28);
}

async function inflate(packed: Buffer, record: ZipRecord): Promise<Buffer> {
  // One byte above the declared size is enough to notice that there is more, and bounds the memory.
  const options = { maxOutputLength: record.unpackedBytes + 1, chunkSize: Math.max(record.unpackedBytes + 1, 64), info: true };
  try {
    const result: unknown = record.unpackedBytes <= SYNCHRONOUS_MAX_BYTES ? inflateRawSync(packed, options) : await inflateRawAsync(packed, options);
    const { buffer, consumedBytes } = parseInflateResult(result);
    if (consumedBytes !== packed.length) throw damaged(record, 'has bytes after its end');
    return buffer;
  } catch (error) {
    throw isZlibError(error) ? damaged(record, 'does not inflate to its declared size', error) : error;
  }
}

/** With `info`, zlib gives the engine beside the buffer, which the type declarations do not know. */
function parseInflateResult(result: unknown): { buffer: Buffer; consumedBytes: number } {
  if (typeof result === 'object' && result !== null && 'buffer' in result && 'engine' in result) {
    const { buffer, engine } = result;
    const hasCount = typeof engine === 'object' && engine !== null && 'bytesWritten' in engine;
    if (Buffer.isBuffer(buffer) && hasCount && typeof engine.bytesWritten === 'number') return { buffer, consumedBytes: engine.bytesWritten };
  }
  throw new TypeError('zlib gave no result with its engine');
}

async function* readChunks(bytes: ArchiveBytes, start: number, length: number): AsyncGenerator<Buffer> {
  for (let offset = 0; offset < length; offset += CHUNK_BYTES) {
    yield await bytes.read(start + offset, Math.min(CHUNK_BYTES, length - offset));
  }
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^(Z_|ERR_BUFFER_TOO_LARGE|ERR_TRAILING)/.test(error.code);
}

function damaged(record: ZipRecord, what: string, cause?: unknown): Error {
  return layersError('layers/damaged-entry', `the data of ${quoteName(record.nameBytes.toString('utf8'))} ${what}`, cause === undefined ? {} : { cause });
}
