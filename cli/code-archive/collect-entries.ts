/**
 * Lists what a folder of code holds, in the order and with the modes that the archive will have. Times, owners, the
 * umask and the order in which the file system lists are left behind here, so that equal content gives equal bytes.
 */

import { lstatSync, readdirSync, readlinkSync, type Dirent } from 'node:fs';
import { join, posix } from 'node:path';
import { cliError } from '../errors.ts';
import { ARCHIVE_ENTRIES_MAX, UNPACKED_BYTES_MAX } from './limits.ts';

export type ArchiveEntry =
  | { kind: 'folder'; path: string }
  | { kind: 'file'; path: string; sourcePath: string; mode: 0o644 | 0o755 }
  | { kind: 'link'; path: string; target: string };

export function collectEntries(folder: string): ArchiveEntry[] {
  const entries: ArchiveEntry[] = [];
  let unpackedBytes = 0;

  function visit(prefix: string): boolean {
    let holdsSomething = false;
    for (const child of listFolder(join(folder, prefix), prefix)) {
      const path = prefix === '' ? child.name : `${prefix}/${child.name}`;
      const position = entries.length;
      if (child.isDirectory()) {
        if (!visit(path)) continue;
        entries.splice(position, 0, { kind: 'folder', path: `${path}/` });
      } else {
        const entry = describeEntry(child, path, join(folder, path));
        if (entry.kind === 'file') unpackedBytes += lstatSync(entry.sourcePath).size;
        entries.push(entry);
      }
      holdsSomething = true;
      refuseTooMuch(unpackedBytes, entries.length);
    }
    return holdsSomething;
  }

  visit('');
  if (entries.length === 0) throw cliError('cli/code-unusable', `the folder ${folder} holds no file`, { hint: 'the folder that the handler is in' });
  return entries.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}

type NamedChild = { name: string; isDirectory(): boolean; isFile(): boolean; isSymbolicLink(): boolean };

function listFolder(folder: string, prefix: string): NamedChild[] {
  const children: Dirent<Buffer>[] = readdirSync(folder, { withFileTypes: true, encoding: 'buffer' });
  return children.map((child) => ({
    name: decodeName(child.name, prefix),
    isDirectory: () => child.isDirectory(),
    isFile: () => child.isFile(),
    isSymbolicLink: () => child.isSymbolicLink(),
  }));
}

function decodeName(bytes: Buffer, prefix: string): string {
  const name = bytes.toString('utf8');
  const where = prefix === '' ? 'the folder' : prefix;
  if (!Buffer.from(name).equals(bytes)) throw cliError('cli/code-unusable', `a file name in ${where} is not UTF-8: "${name}"`, { hint: 'another name' });
  // A backslash separates folders for some readers of zip files and not for others.
  if (name.includes('\\')) throw cliError('cli/code-unusable', `a file name in ${where} has a backslash: "${name}"`, { hint: 'another name' });
  return name;
}

function describeEntry(child: NamedChild, path: string, sourcePath: string): ArchiveEntry {
  if (child.isFile()) {
    const isExecutable = (lstatSync(sourcePath).mode & 0o111) !== 0;
    return { kind: 'file', path, sourcePath, mode: isExecutable ? 0o755 : 0o644 };
  }
  if (child.isSymbolicLink()) return { kind: 'link', path, target: checkedTarget(path, readlinkSync(sourcePath)) };
  throw cliError('cli/code-unusable', `${path} is neither a file, a folder nor a symbolic link`, { hint: 'the code without sockets, pipes and devices' });
}

/** Only a relative link that stays inside means the same at `/var/task` as here. */
function checkedTarget(path: string, target: string): string {
  const resolved = posix.normalize(posix.join(posix.dirname(path), target));
  if (posix.isAbsolute(target) || resolved === '..' || resolved.startsWith('../')) {
    throw cliError('cli/code-unusable', `${path} is a symbolic link that leaves the folder (${target})`, { hint: 'a copy of what it points at, for instance `cp -rL`' });
  }
  return target;
}

function refuseTooMuch(unpackedBytes: number, entryCount: number): void {
  if (unpackedBytes > UNPACKED_BYTES_MAX) {
    throw cliError('cli/code-too-large', `the code is larger than ${UNPACKED_BYTES_MAX} bytes unpacked`, { hint: 'without development packages, or as an image' });
  }
  if (entryCount > ARCHIVE_ENTRIES_MAX) {
    throw cliError('cli/code-too-large', `the code has more than ${ARCHIVE_ENTRIES_MAX} files and folders`, { hint: 'a bundle instead of node_modules' });
  }
}
