/** The image store of this machine's state folder, with the runtime clients that go into the images. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openImageStore, type ImageStore } from '../images/index.ts';
import { buildRuntimeClients } from '../runtimes/build.ts';
import { distFolder, packageRoot } from './package-files.ts';
import { stateFolder } from './state-folder.ts';

export async function openImages(options: {
  environment: Readonly<Record<string, string | undefined>>;
  onProgress: (line: string) => void;
  /** Building an image needs the clients; listing does not. */
  withClients: boolean;
}): Promise<ImageStore> {
  const clientsDir = join(distFolder(), 'runtimes');
  // An installed package brings them built, without their sources.
  if (options.withClients && existsSync(join(packageRoot(), 'runtimes', 'build.ts'))) await buildRuntimeClients({ outDir: clientsDir });
  return openImageStore({ stateDir: stateFolder(options.environment), clientsDir, onProgress: options.onProgress });
}
