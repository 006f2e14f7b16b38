/** The rules for names inside an archive (images-and-layers.md §12.3). Pure: nothing here touches a file system. */

import { layersError, quoteName } from './errors.ts';
import { LINK_TARGET_BYTES_MAX, NAME_BYTES_MAX, PATH_BYTES_MAX } from './limits.ts';

/** The path below the root that an entry's name stands for, without a trailing slash. Throws `layers/bad-entry-name`. */
export function parseEntryPath(name: string): string {
  const path = name.endsWith('/') ? name.slice(0, -1) : name;
  const reason = findNameFault(path);
  if (reason !== undefined) throw layersError('layers/bad-entry-name', `the archive has an entry whose name ${reason}: ${quoteName(name)}`);
  return path;
}

function findNameFault(path: string): string | undefined {
  if (path === '') return 'is empty';
  if (path.includes('\0')) return 'holds a NUL';
  if (path.includes('\\')) return 'holds a backslash';
  if (path.startsWith('/')) return 'is absolute';
  if (/^[A-Za-z]:/.test(path)) return 'starts with a drive letter';
  if (!path.isWellFormed()) return 'is not well-formed text';
  if (Buffer.byteLength(path) > PATH_BYTES_MAX) return `is longer than ${PATH_BYTES_MAX} bytes`;
  for (const part of path.split('/')) {
    if (part === '..') return 'climbs with ".."';
    if (part === '' || part === '.') return 'has an empty or "." part';
    if (Buffer.byteLength(part) > NAME_BYTES_MAX) return `has a part longer than ${NAME_BYTES_MAX} bytes`;
  }
  return undefined;
}

/**
 * Refuses a symbolic link that could lead out of the tree. `..` may only lead the target: after a name, it would be
 * resolved against wherever that name points, which is how two harmless-looking links leave a tree together. With
 * this rule, and because no entry lies below a link, each link ends inside whatever the others are.
 */
export function checkLinkTarget(path: string, target: string): void {
  const reason = findTargetFault(path, target);
  if (reason !== undefined) throw layersError('layers/bad-link', `the symbolic link ${quoteName(path)} ${reason}: ${quoteName(target)}`);
}

function findTargetFault(path: string, target: string): string | undefined {
  if (target === '') return 'has no target';
  if (target.includes('\0') || target.includes('\\')) return 'has a target with a NUL or a backslash';
  if (target.startsWith('/') || /^[A-Za-z]:/.test(target)) return 'has an absolute target';
  if (!target.isWellFormed() || Buffer.byteLength(target) > LINK_TARGET_BYTES_MAX) return 'has a target that is too long or not text';
  let climbs = 0;
  let sawName = false;
  for (const part of target.split('/')) {
    if (part === '..') {
      if (sawName) return 'has a target with ".." after a name';
      climbs += 1;
    } else if (part !== '' && part !== '.') {
      sawName = true;
    }
  }
  const depth = path.split('/').length - 1;
  return climbs > depth ? 'leads out of the tree' : undefined;
}
