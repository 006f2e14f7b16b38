/** Recipe → lock: asks the package sources what is current and fetches it into the package store. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ARCHITECTURES, type Architecture } from '../architecture.ts';
import { debianProfile, type DebianProfile } from '../debian/profile.ts';
import { resolvePackages, type LockedPackage, type ResolvedPackages } from '../debian/resolve-packages.ts';
import { withFileLock } from '../store/file-lock.ts';
import type { Recipe } from '../recipe.ts';
import type { BuildContext } from './build-context.ts';
import { newestPackageEpochS, type BuildLock } from './build-lock.ts';
import { fetchNodePackage } from './node-package.ts';
import { megabytes } from './progress.ts';

/** `isFresh` asks the sources again for the base too; otherwise the base that other images use is shared. */
export async function resolveRecipe(context: BuildContext, recipe: Recipe, options: { isFresh: boolean; tools: Record<string, string> }): Promise<BuildLock> {
  const { architecture } = context;
  const known = await context.locks.latest(recipe, architecture);
  let base = await resolveBase(context, recipe, options.isFresh);
  let language: LockedPackage[] = [];
  let npm: BuildLock['npm'] = null;
  if (recipe.language.source === 'npm') {
    npm = await resolveNode(context, recipe, recipe.language, known?.npm ?? undefined);
  } else {
    let resolved = await resolveLanguage(context, recipe, [...base.packages, ...(known?.language ?? [])]);
    if (hasMoved(base.packages, resolved.packages)) {
      // The mirror has moved on since the shared base was made: the base moves too, or the image would hold both versions.
      base = await resolveBase(context, recipe, true);
      resolved = await resolveLanguage(context, recipe, [...base.packages, ...resolved.packages]);
    }
    language = languagePackages(recipe, base.packages, resolved.packages);
  }
  const lock = { schema: 1, reference: recipe.reference, architecture, recipeDigest: recipe.recipeDigest, indexes: base.indexes, base: base.packages, language, npm, tools: options.tools } as const;
  return { ...lock, epochS: newestPackageEpochS(lock) };
}

async function resolveBase(context: BuildContext, recipe: Recipe, isFresh: boolean): Promise<ResolvedPackages> {
  const profile = debianProfile(recipe.base.suite);
  const lockPath = join(context.folders.locks, `base-${profile.suite}.${context.architecture}.lock`);
  return withFileLock(lockPath, async () => {
    const known = await context.locks.latestBase(profile.suite, context.architecture);
    if (known !== undefined && !isFresh && (await allStored(context, known.base))) return { packages: known.base, indexes: known.indexes };
    context.report(`asking Debian ${profile.suite} for the base's packages`);
    const resolved = await resolveDebian(context, profile, { packages: profile.packages, known: known?.base ?? [], purpose: `the packages of the base debian:${profile.suite}` });
    const packages = resolved.packages.filter(({ name }) => !profile.exclude.includes(name));
    await context.locks.saveBase(profile.suite, context.architecture, { base: packages, indexes: resolved.indexes });
    context.report(`base debian:${profile.suite}: ${packages.length} packages, ${totalSize(packages)}`);
    return { packages, indexes: resolved.indexes };
  });
}

async function resolveLanguage(context: BuildContext, recipe: Recipe, known: LockedPackage[]): Promise<ResolvedPackages> {
  const language = recipe.language;
  if (language.source === 'npm') return { packages: [], indexes: [] };
  const profile = debianProfile(recipe.base.suite);
  context.report(`asking Debian ${profile.suite} for ${language.packages.join(', ')}`);
  const request = { packages: [...profile.packages, ...language.packages], known, purpose: `the packages of ${recipe.reference}` };
  const resolved = await resolveDebian(context, profile, language.source === 'jlink' ? { ...request, keepOnly: [...profile.packages, ...language.packages] } : request);
  return resolved;
}

async function resolveNode(context: BuildContext, recipe: Recipe, language: { name: string; track: string }, known: NonNullable<BuildLock['npm']> | undefined): Promise<BuildLock['npm']> {
  context.report(`asking the npm registry for ${language.name} ${language.track}`);
  const npm = await inWorkFolder(context, 'npm', (workFolder) =>
    fetchNodePackage({ ...language, architecture: context.architecture, workFolder, store: context.packages, known, purpose: `the Node of ${recipe.reference}` }),
  );
  context.report(`${npm.name} ${npm.version}, ${megabytes(npm.sizeBytes)}`);
  return npm;
}

function resolveDebian(context: BuildContext, profile: DebianProfile, request: { packages: readonly string[]; known: readonly LockedPackage[]; purpose: string; keepOnly?: readonly string[] }): Promise<ResolvedPackages> {
  return inWorkFolder(context, `debian-${profile.suite}`, (workFolder) =>
    resolvePackages({ suite: profile.suite, architecture: ARCHITECTURES[context.architecture].debian, isUsrMerged: profile.isUsrMerged, workFolder, store: context.packages, ...request }),
  );
}

async function inWorkFolder<T>(context: BuildContext, name: string, action: (workFolder: string) => Promise<T>): Promise<T> {
  const workFolder = join(context.folders.work, `${name}-${context.nextNumber()}`);
  await mkdir(workFolder, { recursive: true, mode: 0o755 });
  try {
    return await action(workFolder);
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
}

/** Whether a package of the base has another version in a later resolution. */
export function hasMoved(base: readonly LockedPackage[], later: readonly LockedPackage[]): boolean {
  return base.some((own) => later.some((other) => other.name === own.name && other.sha256 !== own.sha256));
}

/** What goes into the language layer: not what the base has, not what the recipe leaves out. */
export function languagePackages(recipe: Recipe, base: readonly LockedPackage[], resolved: readonly LockedPackage[]): LockedPackage[] {
  const { language } = recipe;
  if (language.source === 'npm') return [];
  const inBase = new Set(base.map(({ name }) => name));
  if (language.source === 'jlink') return resolved.filter(({ name }) => language.packages.includes(name));
  return resolved.filter(({ name }) => !inBase.has(name) && !language.exclude.includes(name));
}

async function allStored(context: BuildContext, packages: readonly LockedPackage[]): Promise<boolean> {
  for (const { sha256 } of packages) if (!(await context.packages.has(sha256))) return false;
  return true;
}

/** Whether everything that the lock names is still in the package store. */
export async function isLockStored(context: BuildContext, lock: BuildLock): Promise<boolean> {
  const npm = lock.npm === null || (await context.packages.has(lock.npm.sha256));
  return npm && (await allStored(context, [...lock.base, ...lock.language]));
}

function totalSize(packages: readonly LockedPackage[]): string {
  return megabytes(packages.reduce((total, { sizeBytes }) => total + sizeBytes, 0));
}
