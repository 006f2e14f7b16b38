/** Random access to the bytes of an archive, whether it is in memory or a file. */

import { open } from 'node:fs/promises';
import { layersError } from './errors.ts';

export type ArchiveBytes = {
  length: number;
  /** `length` bytes from `position`; throws when the archive ends before. */
  read(position: number, length: number): Promise<Buffer>;
  /** The whole archive when it is in memory; undefined for a file that is read piece by piece. */
  whole: Buffer | undefined;
  fileDescriptor: number | undefined;
  close(): Promise<void>;
};

/** Reading the directory takes two reads per entry, which are cheap in memory only; above this a file stays on disk. */
const IN_MEMORY_MAX_BYTES = 64 * 1024 * 1024;

export async function openArchiveBytes(archive: string | Buffer): Promise<ArchiveBytes> {
  if (typeof archive !== 'string') return bytesOfBuffer(archive);
  try {
    const handle = await open(archive, 'r');
    try {
      const status = await handle.stat();
      if (!status.isFile()) throw new Error('it is not a regular file');
      if (status.size <= IN_MEMORY_MAX_BYTES) {
        const whole = await handle.readFile();
        await handle.close();
        return bytesOfBuffer(whole);
      }
      return {
        length: status.size,
        read: async (position, length) => {
          checkRange(position, length, status.size);
          const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length, position);
          if (bytesRead !== length) throw outOfRange();
          return buffer;
        },
        whole: undefined,
        fileDescriptor: handle.fd,
        close: () => handle.close(),
      };
    } catch (error) {
      await handle.close();
      throw error;
    }
  } catch (error) {
    throw layersError('layers/source-unreadable', `the archive cannot be read: ${describeCause(error)}`, { cause: error, detail: { archive } });
  }
}

function bytesOfBuffer(whole: Buffer): ArchiveBytes {
  const read = async (position: number, length: number): Promise<Buffer> => {
    checkRange(position, length, whole.length);
    return whole.subarray(position, position + length);
  };
  return { length: whole.length, read, whole, fileDescriptor: undefined, close: async () => {} };
}

function checkRange(position: number, length: number, size: number): void {
  if (!(position >= 0 && length >= 0 && position + length <= size)) throw outOfRange();
}

function outOfRange(): Error {
  return layersError('layers/damaged-entry', 'the archive refers to bytes past its end');
}

function describeCause(error: unknown): string {
  // The code of the system call says enough; its message would carry a path of this machine.
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.message : String(error);
}
