/** Where the unpacked root of each runtime image is on this machine, as `rik image ls --json` tells. */
import { join } from 'node:path';
import { z } from 'zod';
import { runProcess } from './processes.ts';
import { REPOSITORY_FOLDER } from './repository-folder.ts';

const LIST_LIMIT_MS = 20_000;
const IMAGE = z.object({ identifier: z.string(), rootPath: z.string() });
const LISTING = z.union([z.array(IMAGE), z.object({ images: z.array(IMAGE) })]);

/** Runtime identifier → root. Empty when there is no image, or no command line to ask. */
export async function findImageRoots(): Promise<ReadonlyMap<string, string>> {
  try {
    const argv = [process.execPath, join(REPOSITORY_FOLDER, 'cli', 'rik.mjs'), 'image', 'ls', '--json'];
    const listing = LISTING.parse(JSON.parse((await runProcess(argv, { timeLimitMs: LIST_LIMIT_MS })).stdout));
    const images = Array.isArray(listing) ? listing : listing.images;
    return new Map(images.map(({ identifier, rootPath }) => [identifier, rootPath]));
  } catch {
    return new Map();
  }
}
