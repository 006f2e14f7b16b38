/** What there is in `/opt` of extensions. The folder is the function's: whatever stands there is only looked at. Source: extensions guide. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { EXTENSIONS_DISABLED_FILE, EXTENSIONS_FOLDER } from '../protocol/environment-variables.ts';

export type FoundExtensions = { isDisabled: boolean; files: readonly { name: string; path: string }[] };

/** Every entry that is no folder is an extension, executable or not; in the order of their names' bytes. */
export function findExtensions(layersRoot: string | undefined): FoundExtensions {
  if (layersRoot === undefined) return { isDisabled: false, files: [] };
  if (existsSync(join(layersRoot, EXTENSIONS_DISABLED_FILE))) return { isDisabled: true, files: [] };
  const folder = join(layersRoot, EXTENSIONS_FOLDER);
  const names = entriesOf(folder).toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return { isDisabled: false, files: names.map((name) => ({ name, path: join(folder, name) })) };
}

function entriesOf(folder: string): string[] {
  // Nearly no function has any, and an exception costs more than a look.
  if (!existsSync(folder)) return [];
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => entry.name);
  } catch {
    // It is a file, or may not be read: there is nothing to start.
    return [];
  }
}
