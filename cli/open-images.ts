/** The image store of this machine's state folder, and the runtime clients that go into the images. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageStore } from '../images/index.ts';
import { distFolder, packageRoot } from './package-files.ts';
import { stateFolder } from './state-folder.ts';

export async function openImages(options: { environment: Readonly<Record<string, string | undefined>>; onProgress: (line: string) => void }): Promise<ImageStore> {
  // Loaded here because every start of the command line loads this file, also for help.
  const { openImageStore } = await import('../images/index.ts');
  return openImageStore({ stateDir: stateFolder(options.environment), clientsDir: clientsFolder(), onProgress: options.onProgress });
}

/** Building an image needs the clients of its family; an installed package brings them built, without their sources. */
export async function buildClients(onProgress: (line: string) => void): Promise<void> {
  if (!existsSync(join(packageRoot(), 'runtimes', 'build.ts'))) return;
  const { buildRuntimeClients } = await import('../runtimes/index.ts');
  for (const { family, built } of await buildRuntimeClients({ outDir: clientsFolder() })) if (built) onProgress(`built the ${family} runtime client`);
}

function clientsFolder(): string {
  return join(distFolder(), 'runtimes');
}
