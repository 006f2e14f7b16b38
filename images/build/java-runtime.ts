/**
 * The Java run-time image: jlink from the JDK in Debian's packages, run inside a work root so that the building
 * machine's own JDK, if there is one, plays no part; plus the default class-data archive, which nearly halves start-up.
 * Options and their measurements: `images-and-layers.md` §14.3.
 */
import { hash } from 'node:crypto';
import { readFile, rename, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { imagesError } from '../errors.ts';
import { addHostFolder, LayerTree } from './layer-tree.ts';
import { runInWorkRoot } from './work-root.ts';

/** `-XX:hashCode=2` makes identity hashes constant while dumping; it has no effect on programs that use the archive. */
const DUMP_COMMAND = ['/var/lang/bin/java', '-Xshare:dump', '-Xint', '-XX:+UseSerialGC', '-XX:+UnlockExperimentalVMOptions', '-XX:hashCode=2', '-Xlog:disable', '-Xlog:all=error:stderr'];
const DUMPS_EQUAL = 3;
const DUMPS_MAX = 20;

export type JavaRequest = { base: LayerTree; rootPath: string; javaHome: string; modules: readonly string[]; epochS: number; purpose: string };

export async function composeJavaLayer(request: JavaRequest): Promise<{ tree: LayerTree; languageVersion: string }> {
  const lang = join(request.rootPath, 'var/lang');
  const image = join(request.rootPath, 'var/lang-new');
  await runInWorkRoot({
    rootPath: request.rootPath,
    command: [
      `${request.javaHome}/bin/jlink`, '--module-path', `${request.javaHome}/jmods`, '--add-modules', request.modules.join(','), '--output', '/var/lang-new',
      '--strip-java-debug-attributes', '--no-header-files', '--no-man-pages', '--vm=server',
    ],
    purpose: request.purpose,
  });
  await rm(lang, { recursive: true });
  await rename(image, lang);
  // The archive remembers the module file's time and is refused when it differs; in the image every file has this time.
  await utimes(join(lang, 'lib/modules'), request.epochS, request.epochS);
  await dumpClassData(request, join(lang, 'lib/server/classes.jsa'));
  const release = await readFile(join(lang, 'release'), 'utf8');
  const languageVersion = /^JAVA_VERSION="([0-9._+-]+)"$/m.exec(release)?.[1];
  if (languageVersion === undefined) throw imagesError('images/package-malformed', 'the Java run-time image does not say its version');
  const tree = new LayerTree(request.base);
  await addHostFolder(tree, 'var/lang', lang);
  return { tree, languageVersion };
}

/**
 * Makes the default class-data archive. JDK 17 sorts symbols by address, and the addresses depend on whether the
 * finalizer's thread or the main thread loads a few classes first; measured on a busy machine, eight of ten dumps on one
 * processor agree and the others differ from each other. So the bytes that come up three times are taken.
 */
async function dumpClassData(request: JavaRequest, archivePath: string): Promise<void> {
  const seen = new Map<string, number>();
  for (let dumps = 0; dumps < DUMPS_MAX; dumps += 1) {
    await rm(archivePath, { force: true });
    await runInWorkRoot({ rootPath: request.rootPath, command: DUMP_COMMAND, isSteady: true, purpose: `${request.purpose} (class data)` });
    const digest = hash('sha256', await readFile(archivePath));
    const times = (seen.get(digest) ?? 0) + 1;
    if (times === DUMPS_EQUAL) return;
    seen.set(digest, times);
  }
  throw imagesError('images/tool-failed', `${request.purpose}: ${DUMPS_MAX} dumps of the class data did not agree`, { hint: 'build again while the machine is less busy' });
}
