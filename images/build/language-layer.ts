/** The middle layer: the language runtime, from wherever its recipe takes it. */
import { mkdir } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { ARCHITECTURES } from '../architecture.ts';
import { LayerUnpacker } from '../archive/unpack-layers.ts';
import { composePackageLayer } from '../debian/base-layer.ts';
import { imagesError } from '../errors.ts';
import type { Recipe } from '../recipe.ts';
import type { BuildContext } from './build-context.ts';
import type { BuildLock } from './build-lock.ts';
import { composeJavaLayer } from './java-runtime.ts';
import { readLayerTree, type LayerArchive, type MadeLayer } from './layer-archives.ts';
import { writeTarFile } from '../archive/tar-writer.ts';
import type { LayerTree } from './layer-tree.ts';
import { composeNodeLayer } from './node-package.ts';
import { addByteCode } from './python-byte-code.ts';
import { streamTool } from './run-tool.ts';
import { makeWorkRoot } from './work-root.ts';

export async function languageLayer(context: BuildContext, recipe: Recipe, lock: BuildLock, base: LayerArchive): Promise<LayerArchive> {
  const inputs = { base: base.sha256, language: recipe.language, packages: lock.language.map(({ sha256 }) => sha256), npm: lock.npm?.sha256 ?? null };
  return context.layers.get('language', inputs, lock.epochS, async () => {
    const baseTree = await readLayerTree(base.tarPath);
    switch (recipe.language.source) {
      case 'npm': return nodeLayer(context, lock, baseTree);
      case 'deb': return debLayer(context, recipe, recipe.language, lock, base, baseTree);
      case 'jlink': return javaLayer(context, recipe, recipe.language, lock, base, baseTree);
    }
  });
}

async function nodeLayer(context: BuildContext, lock: BuildLock, baseTree: LayerTree): Promise<MadeLayer> {
  if (lock.npm === null) throw imagesError('images/record-damaged', `the lock of ${lock.reference} names no Node package`);
  const tarball = await context.packages.verified(lock.npm.sha256, `${lock.npm.name} ${lock.npm.version}`);
  return { tree: await composeNodeLayer(baseTree, tarball, lock.npm, context.architecture), facts: { languageVersion: lock.npm.version } };
}

async function debLayer(context: BuildContext, recipe: Recipe, language: Extract<Recipe['language'], { source: 'deb' }>, lock: BuildLock, base: LayerArchive, baseTree: LayerTree): Promise<MadeLayer> {
  const tree = await composePackageLayer(baseTree, await verifiedPackages(context, lock.language));
  for (const [path, target] of Object.entries(language.links)) tree.addSymlink(`var/lang/${path}`, target);
  if (language.byteCode !== undefined) {
    context.report(`compiling ${language.byteCode.folders.join(', ')} of ${recipe.reference}`);
    const plain = join(context.folders.work, 'language-without-byte-code.tar');
    await writeTarFile(plain, tree.items(), lock.epochS);
    const rootPath = join(context.folders.work, 'compile-root');
    await makeWorkRoot(rootPath, [base.tarPath, plain]);
    await addByteCode({ rootPath, ...language.byteCode, tree, purpose: `the byte code of ${recipe.reference}` });
  }
  const version = [...lock.base, ...lock.language].find(({ name }) => name === language.versionOf)?.version;
  if (version === undefined) throw imagesError('images/language-unavailable', `the packages of ${recipe.reference} do not include ${language.versionOf}`);
  return { tree, facts: { languageVersion: upstreamVersion(version) } };
}

async function javaLayer(context: BuildContext, recipe: Recipe, language: Extract<Recipe['language'], { source: 'jlink' }>, lock: BuildLock, base: LayerArchive, baseTree: LayerTree): Promise<MadeLayer> {
  context.report(`making the Java run-time image of ${recipe.reference} with jlink`);
  const rootPath = join(context.folders.work, 'jlink-root');
  await mkdir(rootPath, { mode: 0o755 });
  // Straight to the disk: the JDK has 300 MB, none of which goes into the image as it is.
  const unpacker = new LayerUnpacker(rootPath);
  await unpacker.apply(createReadStream(base.tarPath));
  for (const debPath of await verifiedPackages(context, lock.language)) {
    await unpacker.apply(streamTool({ tool: 'dpkg-deb', args: ['--fsys-tarfile', debPath], purpose: `unpacking the JDK for ${recipe.reference}` }));
  }
  unpacker.finish();
  const javaHome = language.javaHome.replace('{debianArchitecture}', ARCHITECTURES[context.architecture].debian);
  const { tree, languageVersion } = await composeJavaLayer({ base: baseTree, rootPath, javaHome, modules: language.modules, epochS: lock.epochS, purpose: `the Java run-time image of ${recipe.reference}` });
  return { tree, facts: { languageVersion } };
}

export async function verifiedPackages(context: BuildContext, packages: BuildLock['base']): Promise<string[]> {
  const paths: string[] = [];
  for (const { sha256, name, version } of packages) paths.push(await context.packages.verified(sha256, `${name} ${version}`));
  return paths;
}

/** `1:3.11.2-6+deb12u9` → `3.11.2`; a native version stays whole. */
export function upstreamVersion(version: string): string {
  return version.replace(/^\d+:/, '').replace(/-[^-]*$/, '');
}
