/**
 * Files under the SHA-256 of their content: Debian packages, language archives and layer archives. What is there is
 * whole, because it is renamed into place, and it is checked again whenever it is used.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256OfFile } from '../archive/measure-tree.ts';
import { imagesError } from '../errors.ts';

export class ContentStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Where the content with this digest is, or would be. */
  pathOf(sha256: string): string {
    return join(this.#folder, sha256);
  }

  async has(sha256: string): Promise<boolean> {
    return stat(this.pathOf(sha256)).then(() => true, () => false);
  }

  /** Moves a file of the same file system into the store. */
  async adopt(filePath: string, sha256: string): Promise<string> {
    await mkdir(this.#folder, { recursive: true, mode: 0o755 });
    await rename(filePath, this.pathOf(sha256));
    return this.pathOf(sha256);
  }

  /** The path of checked content; throws `images/package-altered`, naming what was altered. */
  async verified(sha256: string, name: string): Promise<string> {
    const filePath = this.pathOf(sha256);
    if ((await sha256OfFile(filePath)) !== sha256) {
      throw imagesError('images/package-altered', `the stored copy of ${name} has been altered`, { hint: 'remove it from the image store, it is fetched again by the next build', detail: { filePath, sha256 } });
    }
    return filePath;
  }

  /** A new name inside the store's folder for a file that is being written. */
  async temporaryPath(): Promise<string> {
    await mkdir(this.#folder, { recursive: true, mode: 0o755 });
    return join(this.#folder, `.tmp-${randomBytes(8).toString('hex')}`);
  }

  /** Removes what killed writers left; call only while no other writer can be at work. */
  async removeTemporaries(): Promise<void> {
    const names = await readdir(this.#folder).catch(() => []);
    for (const name of names) if (name.startsWith('.tmp-')) await rm(join(this.#folder, name), { force: true });
  }
}
