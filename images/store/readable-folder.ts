/** Folders on the way to a root must be passable for the sandbox's own users, whatever umask this process has. */
import { chmod, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Makes the folder and those above it that are missing, each with mode 0755; folders that exist keep theirs. */
export async function makeReadableFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  for (let folder = path; ; folder = dirname(folder)) {
    await chmod(folder, 0o755);
    if (folder === first || folder === dirname(folder)) return;
  }
}
