/** Lock → image: three layers, assembled, moved into the store, unpacked once and registered. Reads as the list of steps. */
import { mkdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ARCHITECTURES } from '../architecture.ts';
import { measureTree } from '../archive/measure-tree.ts';
import { writeTarFile } from '../archive/tar-writer.ts';
import { composeBaseLayer } from '../debian/base-layer.ts';
import { debianProfile } from '../debian/profile.ts';
import { imagesError } from '../errors.ts';
import type { Recipe } from '../recipe.ts';
import { withFileLock } from '../store/file-lock.ts';
import { OciLayout, type ImageContent } from '../store/oci-layout.ts';
import { makeReadableFolder } from '../store/readable-folder.ts';
import { removeTree } from '../store/remove-tree.ts';
import type { VersionRecord } from '../store/runtime-versions.ts';
import type { BuildContext } from './build-context.ts';
import { lockDigest, type BuildLock } from './build-lock.ts';
import { assembleImage } from './buildah.ts';
import { clientDigest, composeClientLayer, type Marker } from './client-layer.ts';
import { imageEnvironment, imageLabels } from './image-environment.ts';
import { languageLayer, upstreamVersion, verifiedPackages } from './language-layer.ts';
import { readLayerTree, type LayerArchive } from './layer-archives.ts';
import { LayerTree } from './layer-tree.ts';
import { megabytes, timed } from './progress.ts';
import { addByteCode } from './python-byte-code.ts';
import { makeWorkRoot } from './work-root.ts';

/** The caller holds the lock of this reference and has emptied `context.folders.work`. */
export async function buildImage(context: BuildContext, recipe: Recipe, lock: BuildLock): Promise<VersionRecord> {
  const { report } = context;
  const base = await timedLayer(context, `base layer debian:${recipe.base.suite}`, () => baseLayer(context, recipe, lock));
  const language = await timedLayer(context, `language layer of ${recipe.reference}`, () => languageLayer(context, recipe, lock, base));
  const languageVersion = language.facts['languageVersion'] ?? '';
  const marker = makeMarker(recipe, lock, languageVersion);
  const client = await timedLayer(context, `client layer of ${recipe.reference}`, () => clientLayer(context, recipe, lock, [base, language], marker));
  report(`assembling ${recipe.reference}`);
  const { value: imageDigest, seconds } = await timed(() => assemble(context, recipe, lock, [base, language, client], marker));
  const image = await context.layout.read(imageDigest);
  const compressedBytes = image.layers.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
  report(`${recipe.reference}: ${imageDigest.slice(0, 19)}…, ${megabytes(compressedBytes)} compressed (${seconds})`);
  const rootDigest = await unpackRoot(context, recipe.reference, image);
  await context.locks.save(lock);
  return context.versions.register({
    reference: recipe.reference, identifier: recipe.identifier, family: recipe.family, line: recipe.line, base: recipe.base.provider, recipeDigest: recipe.recipeDigest,
    images: [{ architecture: context.architecture, imageDigest, rootDigest, environment: image.environment, languageVersion, lockDigest: lockDigest(lock) }],
  });
}

/** Makes sure that the image's root is unpacked under its digest, and returns that digest. */
export async function unpackRoot(context: BuildContext, reference: string, image: ImageContent, expected?: string): Promise<string> {
  context.report(`unpacking ${reference}`);
  const { value, seconds } = await timed(async () => {
    const temporary = join(context.folders.work, 'root');
    await removeTree(temporary);
    await mkdir(temporary, { recursive: true, mode: 0o755 });
    await context.layout.unpack(image, temporary);
    const measure = await measureTree(temporary);
    if (expected !== undefined && measure.rootDigest !== expected) throw imagesError('images/digest-mismatch', `the image of ${reference} does not unpack to the root that was registered`);
    await makeReadableFolder(context.folders.roots);
    const target = rootPath(context, measure.rootDigest);
    // A root that is there already is whole, because only a rename puts one there.
    if (!(await stat(target).then(() => true, () => false))) await rename(temporary, target);
    return measure;
  });
  context.report(`${reference}: ${value.files} files, ${megabytes(value.contentBytes)} unpacked (${seconds})`);
  return value.rootDigest;
}

export function rootPath(context: BuildContext, rootDigest: string): string {
  return join(context.folders.roots, rootDigest.replace(/^sha256:/, ''));
}

async function baseLayer(context: BuildContext, recipe: Recipe, lock: BuildLock): Promise<LayerArchive> {
  const profile = debianProfile(recipe.base.suite);
  // Times inside are set by the assembling; a constant here lets images with different epochs share the archive.
  const inputs = { profile, packages: lock.base.map(({ sha256 }) => sha256) };
  return withFileLock(join(context.folders.locks, `layer-base-${profile.suite}.${context.architecture}.lock`), () =>
    context.layers.get('base', inputs, 0, async () => ({ tree: await composeBaseLayer(profile, await verifiedPackages(context, lock.base)), facts: {} })),
  );
}

async function clientLayer(context: BuildContext, recipe: Recipe, lock: BuildLock, below: LayerArchive[], marker: Marker): Promise<LayerArchive> {
  const inputs = { recipe: recipe.recipeDigest, client: await clientDigest(recipe, context.clientsFolder), below: below.map(({ sha256 }) => sha256), marker };
  return context.layers.get('client', inputs, lock.epochS, async () => {
    const tree = await composeClientLayer(recipe, await mergedTree(below), context.clientsFolder, marker);
    if (recipe.language.source === 'deb' && recipe.language.byteCode !== undefined) {
      const plain = join(context.folders.work, 'client-without-byte-code.tar');
      await writeTarFile(plain, tree.items(), lock.epochS);
      const root = join(context.folders.work, 'client-root');
      await makeWorkRoot(root, [...below.map(({ tarPath }) => tarPath), plain]);
      await addByteCode({ rootPath: root, interpreter: recipe.language.byteCode.interpreter, folders: ['/var/runtime'], tree, purpose: `the byte code of the client of ${recipe.reference}` });
    }
    return { tree, facts: {} };
  });
}

/** The folders and links that a layer will find below it; the client layer needs no more than the base's. */
async function mergedTree(below: LayerArchive[]): Promise<LayerTree> {
  const base = below[0];
  return base === undefined ? new LayerTree() : readLayerTree(base.tarPath);
}

async function assemble(context: BuildContext, recipe: Recipe, lock: BuildLock, layers: LayerArchive[], marker: Marker): Promise<string> {
  const workFolder = join(context.folders.work, 'assemble');
  await mkdir(workFolder, { recursive: true, mode: 0o755 });
  const layoutFolder = await assembleImage({
    workFolder,
    layerTarPaths: layers.map(({ tarPath }) => tarPath),
    epochS: lock.epochS,
    architecture: ARCHITECTURES[context.architecture].oci,
    environment: imageEnvironment(recipe),
    labels: imageLabels(recipe, { languageVersion: marker.languageVersion, glibc: marker.glibc, epochS: lock.epochS, baseLayerSha256: layers[0]?.sha256 ?? '' }),
    purpose: `assembling ${recipe.reference}`,
  });
  await mkdir(context.folders.oci, { recursive: true, mode: 0o755 });
  const name = `${recipe.reference}-${context.architecture}`;
  return withFileLock(join(context.folders.locks, 'oci.lock'), () => context.layout.adopt(new OciLayout(layoutFolder), name));
}

function makeMarker(recipe: Recipe, lock: BuildLock, languageVersion: string): Marker {
  const glibc = upstreamVersion(lock.base.find(({ name }) => name === 'libc6')?.version ?? '');
  return { identifier: recipe.identifier, line: recipe.line, languageVersion, base: `${recipe.base.provider}:${recipe.base.suite}`, baseRelease: debianProfile(recipe.base.suite).release, glibc, recipeDigest: recipe.recipeDigest, epochS: lock.epochS };
}

async function timedLayer(context: BuildContext, name: string, make: () => Promise<LayerArchive>): Promise<LayerArchive> {
  const { value, seconds } = await timed(make);
  context.report(`${name}: ${megabytes(value.sizeBytes)}${value.isReused ? ', reused' : ` (${seconds})`}`);
  return value;
}
