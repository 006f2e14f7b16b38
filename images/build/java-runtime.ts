/**
 * The Java run-time image: jlink from the JDK in Debian's packages, run inside a work root so that the building
 * machine's own JDK, if there is one, plays no part; plus the default class-data archive, which nearly halves start-up.
 * Options and their measurements: `images-and-layers.md` §14.3.
 */
import { readFile, rename, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { imagesError } from '../errors.ts';
import { addHostFolder, LayerTree } from './layer-tree.ts';
import { runInWorkRoot } from './work-root.ts';

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
  await runInWorkRoot({
    rootPath: request.rootPath,
    command: ['/var/lang/bin/java', '-Xshare:dump', '-Xint', '-XX:+UseSerialGC', '-Xlog:disable', '-Xlog:all=error:stderr'],
    isAddressFixed: true,
    purpose: `${request.purpose} (class data)`,
  });
  const release = await readFile(join(lang, 'release'), 'utf8');
  const languageVersion = /^JAVA_VERSION="([0-9._+-]+)"$/m.exec(release)?.[1];
  if (languageVersion === undefined) throw imagesError('images/package-malformed', 'the Java run-time image does not say its version');
  const tree = new LayerTree(request.base);
  await addHostFolder(tree, 'var/lang', lang);
  return { tree, languageVersion };
}
