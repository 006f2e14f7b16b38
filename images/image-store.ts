/** The image store: finds, builds and remembers runtime images. The file to start reading `images/` with. */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { hostArchitecture, type Architecture } from './architecture.ts';
import { buildContext, type BuildContext } from './build/build-context.ts';
import { buildImage, rootPath, unpackRoot } from './build/build-image.ts';
import { lockDigest, type BuildLock } from './build/build-lock.ts';
import { clientDigest } from './build/client-layer.ts';
import { BUILDER_VERSION } from './build/layer-archives.ts';
import { timed } from './build/progress.ts';
import { isLockStored, resolveRecipe } from './build/resolve-recipe.ts';
import { toolVersions } from './build/tool-versions.ts';
import { debianProfile } from './debian/profile.ts';
import { imagesError } from './errors.ts';
import { loadRecipes, type Recipe } from './recipe.ts';
import { canonicalJson, readJsonIfThere, writeFileAtomically } from './store/durable-file.ts';
import { withFileLock } from './store/file-lock.ts';
import { makeReadableFolder } from './store/readable-folder.ts';
import { removeTree } from './store/remove-tree.ts';
import { runtimeVersionArn, versionName, type VersionRecord } from './store/runtime-versions.ts';

export type RuntimeImage = {
  /** `nodejs24.x@debian` */
  reference: string;
  identifier: string;
  family: Recipe['family'];
  base: string;
  architecture: Architecture;
  /** Digest of the image manifest. */
  imageDigest: string;
  /** The unpacked, read-only root on this machine. */
  rootPath: string;
  /** Digest over the unpacked tree, as `measureTree` takes it. */
  rootDigest: string;
  /** `Env` of the image's configuration. */
  environment: Record<string, string>;
  /** `nodejs:24.v1` */
  versionName: string;
  runtimeVersionArn: string;
  languageVersion: string;
};

export type ImageStoreOptions = {
  stateDir: string;
  /** Where `<family>/` folders hold what goes into `/var/runtime`. */
  clientsDir: string;
  region?: string;
  recipesDir?: string;
  onProgress?: (line: string) => void;
};

export type ImageStore = {
  recipes(): Recipe[];
  /** Every registered version that this machine's architecture has, by reference and number. */
  list(): Promise<RuntimeImage[]>;
  /** The stable image of the identifier on the first of `bases` that has one. */
  find(identifier: string, bases: string[]): Promise<RuntimeImage | undefined>;
  /** The image of the recipe as it is now; builds it unless that has been done. */
  ensure(reference: string): Promise<RuntimeImage>;
  /** Asks the package sources anew and builds. The same content gives the same version. */
  build(reference: string): Promise<RuntimeImage>;
};

const builtShape = z.strictObject({ key: z.string(), number: z.int().min(1) });

export function openImageStore(options: ImageStoreOptions): ImageStore {
  const recipes = loadRecipes(options.recipesDir);
  const region = options.region ?? 'us-east-1';
  const context = buildContext({ stateFolder: options.stateDir, clientsFolder: options.clientsDir, architecture: hostArchitecture(), report: options.onProgress ?? (() => {}) });
  const running = new Map<string, Promise<VersionRecord>>();

  const recipeOf = (reference: string): Recipe => {
    const recipe = recipes.find((known) => known.reference === reference);
    if (recipe === undefined) throw imagesError('images/unknown-reference', `there is no recipe ${reference}`, { hint: `known are ${recipes.map((known) => known.reference).join(', ')}` });
    if (!recipe.architectures.includes(context.architecture)) throw imagesError('images/architecture-unsupported', `${reference} is not made for ${context.architecture}`);
    return recipe;
  };
  /** Calls of one process share a build; calls of several wait for each other at the file lock. */
  const shared = (name: string, make: () => Promise<VersionRecord>): Promise<VersionRecord> => {
    const known = running.get(name);
    if (known !== undefined) return known;
    const made = make().finally(() => running.delete(name));
    running.set(name, made);
    return made;
  };
  const describe = (record: VersionRecord): RuntimeImage => toRuntimeImage(context, region, record);

  return {
    recipes: () => [...recipes],
    async list() {
      const records = await Promise.all(recipes.map(({ reference }) => context.versions.list(reference)));
      return records.flat().filter((record) => imageOf(context, record) !== undefined).map(describe);
    },
    async find(identifier, bases) {
      for (const base of bases) {
        // The identifier may come from a caller of the API: only a known reference becomes part of a path.
        const recipe = recipes.find(({ reference }) => reference === `${identifier}@${base}`);
        const record = recipe === undefined ? undefined : await stableRecord(context, recipe.reference);
        if (record !== undefined && (await isUnpacked(context, record))) return describe(record);
      }
      return undefined;
    },
    async ensure(reference) {
      const recipe = recipeOf(reference);
      const built = await builtRecord(context, recipe);
      return describe(built ?? (await shared(reference, () => buildLocked(context, recipe, { isFresh: false }))));
    },
    async build(reference) {
      const recipe = recipeOf(reference);
      return describe(await shared(`${reference} fresh`, () => buildLocked(context, recipe, { isFresh: true })));
    },
  };
}

async function buildLocked(outer: BuildContext, recipe: Recipe, options: { isFresh: boolean }): Promise<VersionRecord> {
  const name = `${recipe.reference}.${outer.architecture}`;
  const work = join(outer.folders.work, name);
  const context: BuildContext = { ...outer, folders: { ...outer.folders, work } };
  // Before anything is fetched: a client that is missing stops the build at once.
  await clientDigest(recipe, context.clientsFolder);
  // First of all, because it may make the state folder itself, which sandboxes pass through.
  await makeReadableFolder(context.folders.images);
  const waiting = (): void => context.report(`waiting for another build of ${recipe.reference}`);
  return withFileLock(join(context.folders.locks, `build-${name}.lock`), async () => {
    const other = options.isFresh ? undefined : await builtRecord(context, recipe);
    if (other !== undefined) return other;
    // What a killed build left; nobody else can be at work here while we hold the lock.
    await removeTree(work);
    await makeReadableFolder(work);
    try {
      const { value, seconds } = await timed(() => buildSteps(context, recipe, options));
      context.report(`${recipe.reference} is ${versionName(value)} (${seconds})`);
      return value;
    } finally {
      await removeTree(work);
    }
  }, waiting);
}

async function buildSteps(context: BuildContext, recipe: Recipe, options: { isFresh: boolean }): Promise<VersionRecord> {
  const tools = await toolVersions(context.folders.tools);
  const before = await context.locks.latest(recipe, context.architecture);
  const restored = options.isFresh ? undefined : await restoreRoot(context, recipe, tools, before);
  if (restored !== undefined) return restored;
  // A lock of the same recipe is kept until somebody asks for a fresh one: a changed client needs no new packages.
  const isKept = !options.isFresh && before !== undefined && (await isLockStored(context, before));
  const lock = isKept ? { ...before, tools } : await resolveRecipe(context, recipe, { isFresh: options.isFresh, tools });
  const record = await buildImage(context, recipe, lock);
  await context.versions.moveStable(recipe.reference, record.number);
  const key = await cacheKey(context, recipe, tools, lock);
  await writeFileAtomically(builtPath(context, recipe), canonicalJson({ key, number: record.number }));
  return record;
}

/** The image is built but its root has been removed: unpacking is enough. */
async function restoreRoot(context: BuildContext, recipe: Recipe, tools: Record<string, string>, lock: BuildLock | undefined): Promise<VersionRecord | undefined> {
  const record = await recordOfKey(context, recipe, await cacheKey(context, recipe, tools, lock));
  const image = record === undefined ? undefined : imageOf(context, record);
  if (record === undefined || image === undefined) return undefined;
  await unpackRoot(context, recipe.reference, await context.layout.read(image.imageDigest), image.rootDigest);
  return record;
}

/** The answer of a second `ensure`: runs no program and reads a few small files and the client's. */
async function builtRecord(context: BuildContext, recipe: Recipe): Promise<VersionRecord | undefined> {
  const lock = await context.locks.latest(recipe, context.architecture);
  if (lock === undefined) return undefined;
  const tools = await toolVersions(context.folders.tools);
  // Where the building programs are gone, what they built is still good.
  const key = await cacheKey(context, recipe, { ...lock.tools, ...tools }, lock);
  const record = await recordOfKey(context, recipe, key);
  return record !== undefined && (await isUnpacked(context, record)) ? record : undefined;
}

async function recordOfKey(context: BuildContext, recipe: Recipe, key: string): Promise<VersionRecord | undefined> {
  const built = builtShape.safeParse(await readJsonIfThere(builtPath(context, recipe)));
  return built.success && built.data.key === key ? context.versions.get(recipe.reference, built.data.number) : undefined;
}

/** Everything that an image depends on; a change in any of it builds anew. */
async function cacheKey(context: BuildContext, recipe: Recipe, tools: Record<string, string>, lock: BuildLock | undefined): Promise<string> {
  const inputs = {
    builder: BUILDER_VERSION,
    recipe: recipe.recipeDigest,
    profile: debianProfile(recipe.base.suite),
    client: await clientDigest(recipe, context.clientsFolder),
    tools,
    lock: lock === undefined ? null : lockDigest({ ...lock, tools: {} }),
  };
  return createHash('sha256').update(canonicalJson(inputs)).digest('hex');
}

function builtPath(context: BuildContext, recipe: Recipe): string {
  return join(context.folders.built, `${recipe.reference}.${context.architecture}.json`);
}

async function stableRecord(context: BuildContext, reference: string): Promise<VersionRecord | undefined> {
  const number = await context.versions.stable(reference);
  return number === undefined ? undefined : context.versions.get(reference, number);
}

async function isUnpacked(context: BuildContext, record: VersionRecord): Promise<boolean> {
  const image = imageOf(context, record);
  return image !== undefined && stat(rootPath(context, image.rootDigest)).then(() => true, () => false);
}

function imageOf(context: BuildContext, record: VersionRecord): VersionRecord['images'][number] | undefined {
  return record.images.find(({ architecture }) => architecture === context.architecture);
}

function toRuntimeImage(context: BuildContext, region: string, record: VersionRecord): RuntimeImage {
  const image = imageOf(context, record);
  if (image === undefined) throw imagesError('images/architecture-unsupported', `${record.reference} has no image for ${context.architecture}`);
  return {
    reference: record.reference,
    identifier: record.identifier,
    family: record.family,
    base: record.base,
    architecture: context.architecture,
    imageDigest: image.imageDigest,
    rootPath: rootPath(context, image.rootDigest),
    rootDigest: image.rootDigest,
    environment: image.environment,
    versionName: versionName(record),
    runtimeVersionArn: runtimeVersionArn(region, image.imageDigest),
    languageVersion: image.languageVersion,
  };
}
