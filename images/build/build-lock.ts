/**
 * The lock: the fully resolved form of a recipe (`images-and-layers.md` §4.2). The same lock gives the same image, so
 * it holds every package with its digest, and the epoch that all times in the image are set to.
 *
 * The epoch is the build time of the newest package that goes into the image. The dates of the signed indexes are
 * recorded but do not enter it: indexes are signed anew every day, and an image whose content has not changed must keep
 * its digest, and with it its version number.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import type { Architecture } from '../architecture.ts';
import { canonicalJson, readJsonIfThere, writeFileAtomically } from '../store/durable-file.ts';
import type { Recipe } from '../recipe.ts';

const lockedPackage = z.strictObject({
  name: z.string(), version: z.string(), architecture: z.string(), source: z.string(), sourceVersion: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/), sizeBytes: z.int(), builtAtEpochS: z.int(),
});
const lockedIndex = z.strictObject({ suite: z.string(), codename: z.string(), dateEpochS: z.int(), validUntilEpochS: z.int().nullable(), sha256: z.string() });
const lockedNpmPackage = z.strictObject({ name: z.string(), version: z.string(), integrity: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/), sizeBytes: z.int() });

const lockShape = z.strictObject({
  schema: z.literal(1),
  reference: z.string(),
  architecture: z.enum(['x86_64', 'arm64']),
  recipeDigest: z.string(),
  epochS: z.int(),
  indexes: z.array(lockedIndex),
  /** Packages of the base layer, in the order they are unpacked. */
  base: z.array(lockedPackage).min(1),
  /** Packages of the language layer, or what jlink works on. */
  language: z.array(lockedPackage),
  npm: lockedNpmPackage.nullable(),
  tools: z.record(z.string(), z.string()),
});

export type BuildLock = z.infer<typeof lockShape>;

export function lockDigest(lock: BuildLock): string {
  return `sha256:${createHash('sha256').update(canonicalJson(lock)).digest('hex')}`;
}

export function newestPackageEpochS(lock: Pick<BuildLock, 'base' | 'language'>): number {
  return Math.max(...lock.base.map((one) => one.builtAtEpochS), ...lock.language.map((one) => one.builtAtEpochS));
}

/** The locks of one image store: the latest per reference and architecture, and every one that an image was built from. */
export class BuildLocks {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The latest lock, if it was made from this very recipe. */
  async latest(recipe: Recipe, architecture: Architecture): Promise<BuildLock | undefined> {
    const lock = await this.#read(this.#latestPath(recipe.reference, architecture));
    return lock?.recipeDigest === recipe.recipeDigest ? lock : undefined;
  }

  async save(lock: BuildLock): Promise<void> {
    await writeFileAtomically(join(this.#folder, 'sha256', `${lockDigest(lock).slice('sha256:'.length)}.json`), canonicalJson(lock));
    await writeFileAtomically(this.#latestPath(lock.reference, lock.architecture), canonicalJson(lock));
  }

  /** The base packages that images on this suite were last built with, so that they share one base layer. */
  async latestBase(suite: string, architecture: Architecture): Promise<Pick<BuildLock, 'base' | 'indexes'> | undefined> {
    const parsed = z.strictObject({ base: z.array(lockedPackage).min(1), indexes: z.array(lockedIndex) }).safeParse(await readJsonIfThere(this.#basePath(suite, architecture)));
    return parsed.success ? parsed.data : undefined;
  }

  async saveBase(suite: string, architecture: Architecture, resolved: Pick<BuildLock, 'base' | 'indexes'>): Promise<void> {
    await writeFileAtomically(this.#basePath(suite, architecture), canonicalJson({ base: resolved.base, indexes: resolved.indexes }));
  }

  async #read(filePath: string): Promise<BuildLock | undefined> {
    const parsed = lockShape.safeParse(await readJsonIfThere(filePath));
    // A lock of another form is that of another rik version; the next build resolves anew.
    return parsed.success ? parsed.data : undefined;
  }

  #latestPath(reference: string, architecture: Architecture): string {
    return join(this.#folder, `${reference}.${architecture}.json`);
  }

  #basePath(suite: string, architecture: Architecture): string {
    return join(this.#folder, `base-${suite}.${architecture}.json`);
  }
}
