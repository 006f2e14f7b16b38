/**
 * Writes a zip file whose bytes depend on the content alone: fixed order, time and modes, no extra fields, no data
 * descriptors. Equal content therefore has an equal CodeSha256, on every machine with the same zlib.
 */

import { constants, closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { deflateRawSync } from 'node:zlib';
import { ZipFile } from 'yazl';
import { cliError } from '../errors.ts';
import type { ArchiveEntry } from './collect-entries.ts';
import { UNPACKED_BYTES_MAX } from './limits.ts';

/** Files whose first part does not shrink are stored: pictures, archives, compressed bytecode. */
const SAMPLE_BYTES = 65_536;

export async function writeArchive(entries: readonly ArchiveEntry[]): Promise<Buffer> {
  const archive = new ZipFile();
  const failed = new Promise<never>((_resolve, reject) => archive.once('error', reject));
  const written = buffer(archive.outputStream);
  // The earliest time that a zip file can name. It has no time zone, so local midnight is the same everywhere.
  const fixed = { mtime: new Date(1980, 0, 1), forceDosTimestamp: true };
  let unpackedBytes = 0;
  for (const entry of entries) {
    switch (entry.kind) {
      case 'folder':
        archive.addEmptyDirectory(entry.path, { ...fixed, mode: 0o40755 });
        break;
      case 'link':
        archive.addBuffer(Buffer.from(entry.target), entry.path, { ...fixed, mode: 0o120777, compress: false });
        break;
      case 'file': {
        const content = readSource(entry.sourcePath);
        unpackedBytes += content.length;
        // Files may have grown since they were listed.
        if (unpackedBytes > UNPACKED_BYTES_MAX) throw cliError('cli/code-too-large', `the code is larger than ${UNPACKED_BYTES_MAX} bytes unpacked`);
        archive.addBuffer(content, entry.path, { ...fixed, mode: 0o100000 | entry.mode, compressionLevel: doesShrink(content) ? 9 : 0 });
      }
    }
  }
  archive.end();
  return Promise.race([written, failed]);
}

/** Opened without following links: what was listed as a file must still be one. */
function readSource(path: string): Buffer {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    if (!fstatSync(descriptor).isFile()) throw cliError('cli/code-unusable', `${path} changed while it was read`, { hint: 'the same command again' });
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function doesShrink(content: Buffer): boolean {
  const sample = content.subarray(0, SAMPLE_BYTES);
  return sample.length > 0 && deflateRawSync(sample, { level: 9 }).length < sample.length;
}
