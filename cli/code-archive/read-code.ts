/** Code as the API takes it: a zip file is sent as it is, a folder is packed. */

import { readFileSync, realpathSync, statSync, type Stats } from 'node:fs';
import { cliError } from '../errors.ts';
import { renderBytes } from '../output.ts';
import { collectEntries } from './collect-entries.ts';
import { ARCHIVE_BYTES_MAX } from './limits.ts';
import { writeArchive } from './write-archive.ts';

export async function readCode(path: string): Promise<Buffer> {
  const status = statusOf(path);
  if (status.isDirectory()) {
    const archive = await writeArchive(collectEntries(realpathSync(path)));
    refuseTooLarge(archive.length, `the folder ${path}, packed,`);
    return archive;
  }
  if (!status.isFile()) throw cliError('cli/code-unusable', `${path} is neither a folder nor a zip file`, { hint: 'the folder that the handler is in' });
  refuseTooLarge(status.size, path);
  const content = readFileSync(path);
  // "PK" and either the first entry or, for an archive without any, the end record (APPNOTE 6.3.10, 4.3.7 and 4.3.16).
  const isZip = content.length >= 22 && (content.readUInt32LE(0) === 0x04034b50 || content.readUInt32LE(0) === 0x06054b50);
  if (!isZip) throw cliError('cli/code-unusable', `${path} is not a zip file`, { hint: 'the folder itself; rik packs it' });
  return content;
}

function statusOf(path: string): Stats {
  try {
    return statSync(path);
  } catch (cause) {
    throw cliError('cli/code-unusable', `the code at ${path} cannot be read`, { cause, hint: 'the path of a folder or a zip file' });
  }
}

function refuseTooLarge(bytes: number, what: string): void {
  if (bytes > ARCHIVE_BYTES_MAX) {
    throw cliError('cli/code-too-large', `${what} has ${bytes} bytes; the API takes ${ARCHIVE_BYTES_MAX} (${renderBytes(ARCHIVE_BYTES_MAX)})`, {
      hint: 'without development packages, or with a part of it as a layer',
    });
  }
}
