/**
 * Function code by content. Two forms of each: the zip exactly as it was uploaded (GetFunction gives it back), private;
 * and the folder it unpacks to, which sandboxes bind read-only. Both appear by rename, so a name in the store is always
 * whole; what a killed process leaves behind has another kind of name and goes at the next start.
 */
import { createHash, randomUUID } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { extractArchive as extractArchiveOfLayers } from '../../../layers/index.ts';
import { controlPlaneError } from '../errors.ts';

export type ExtractArchive = (options: { archive: string | Buffer; destination: string }) => Promise<unknown>;

export interface CodeStore {
  /**
   * Unpacks, checks and stores a zip. The code is kept at least until `release`; afterwards only if it is referenced.
   * Fails with what `extractArchive` or `beforeStoring` throws, and then nothing is left on disk. `beforeStoring` is the
   * place for checks that come after the zip's own and before anything is stored for good.
   */
  add(zip: Buffer, beforeStoring?: () => void): Promise<AddedCode>;
  /** Makes sure that the unpacked folder is there; unpacks the stored zip again where it is not. */
  ensureUnpacked(digest: string): Promise<void>;
  unpackedPath(digest: string): string;
  zipPath(digest: string): string;
}

/** `wasThere`: a running environment may still be bound to it, although no record refers to it any more. */
type Holders = { count: number; wasThere: boolean };

export type AddedCode = { digest: string; sizeBytes: number; release: () => void };

export type CodeStoreOptions = {
  /** Private: zips. */
  zipFolder: string;
  /** Sandboxes of other users reach through it, but cannot list it. */
  unpackedFolder: string;
  extractArchive?: ExtractArchive | undefined;
  isReferenced: (digest: string) => boolean;
};

const GARBAGE_PREFIX = '.garbage-';
const ZIP_SUFFIX = '.zip';

export function openCodeStore(options: CodeStoreOptions): CodeStore {
  const { zipFolder, unpackedFolder, extractArchive = extractArchiveOfLayers, isReferenced } = options;
  makeFolder(zipFolder, 0o700);
  makeFolder(unpackedFolder, 0o711);
  collectGarbage(options);

  const zipPath = (digest: string) => join(zipFolder, digest + ZIP_SUFFIX);
  const unpackedPath = (digest: string) => join(unpackedFolder, digest);
  /** Uploads under way per digest: none of them may throw away what another is about to refer to. */
  const holders = new Map<string, Holders>();
  /** One writer per digest; a second upload of the same bytes waits for the first. */
  const writing = new Map<string, Promise<void>>();

  function release(digest: string): void {
    const held = holders.get(digest);
    if (held === undefined) return;
    held.count -= 1;
    if (held.count > 0) return;
    holders.delete(digest);
    if (held.wasThere || isReferenced(digest)) return;
    discardFolder(unpackedFolder, digest);
    rmSync(zipPath(digest), { force: true });
  }

  function exclusively(digest: string, work: () => Promise<void>): Promise<void> {
    const underWay = writing.get(digest) ?? Promise.resolve();
    // Whether the one before failed is its own caller's business.
    const mine = underWay.then(work, work).finally(() => {
      if (writing.get(digest) === mine) writing.delete(digest);
    });
    writing.set(digest, mine);
    return mine;
  }

  async function unpack(digest: string, archive: string | Buffer): Promise<void> {
    if (existsSync(unpackedPath(digest))) return;
    await extractArchive({ archive, destination: unpackedPath(digest) });
  }

  return {
    zipPath,
    unpackedPath,
    async add(zip, beforeStoring) {
      const digest = createHash('sha256').update(zip).digest('hex');
      const held = holders.get(digest) ?? { count: 0, wasThere: existsSync(unpackedPath(digest)) };
      held.count += 1;
      holders.set(digest, held);
      try {
        await exclusively(digest, async () => {
          await unpack(digest, zip);
          beforeStoring?.();
          if (!existsSync(zipPath(digest))) await writeDurably(zipFolder, zipPath(digest), zip);
        });
      } catch (error) {
        release(digest);
        throw error;
      }
      let released = false;
      const releaseOnce = () => {
        if (released) return;
        released = true;
        release(digest);
      };
      return { digest, sizeBytes: zip.length, release: releaseOnce };
    },
    async ensureUnpacked(digest) {
      await exclusively(digest, async () => {
        if (existsSync(unpackedPath(digest))) return;
        if (!existsSync(zipPath(digest))) throw missing(digest);
        await unpack(digest, zipPath(digest));
      });
    },
  };
}

/** Temporary name, sync, rename, sync of the folder: afterwards the file is there whole, also after a power cut. */
async function writeDurably(folder: string, path: string, bytes: Buffer): Promise<void> {
  const temporary = join(folder, `${GARBAGE_PREFIX}${randomUUID()}`);
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Everything that no record refers to, and everything whose name shows that it was never finished. */
function collectGarbage({ zipFolder, unpackedFolder, isReferenced }: CodeStoreOptions): void {
  for (const name of readdirSync(zipFolder)) {
    const digest = name.endsWith(ZIP_SUFFIX) ? name.slice(0, -ZIP_SUFFIX.length) : undefined;
    if (digest === undefined || !isReferenced(digest)) rmSync(join(zipFolder, name), { recursive: true, force: true });
  }
  for (const name of readdirSync(unpackedFolder)) if (!isReferenced(name)) discardFolder(unpackedFolder, name);
}

/** Renamed first: killed halfway through a removal, a folder must not keep a name that means it is whole. */
function discardFolder(parent: string, name: string): void {
  const garbage = join(parent, `${GARBAGE_PREFIX}${randomUUID()}`);
  try {
    renameSync(join(parent, name), garbage);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
    throw error;
  }
  rmSync(garbage, { recursive: true, force: true });
}

function makeFolder(path: string, mode: number): void {
  mkdirSync(path, { recursive: true, mode });
  // The umask has its say in mkdir.
  chmodSync(path, mode);
}

function missing(digest: string) {
  return controlPlaneError('control-plane/code-missing', 'the stored code of a function is missing', {
    hint: 'upload the code again with UpdateFunctionCode',
    detail: { digest },
  });
}
