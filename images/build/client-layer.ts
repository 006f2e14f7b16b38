/** The topmost layer: the runtime client, the entry point and the marker file (`images-and-layers.md` §2.1, §2.3, §2.4). */
import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { imagesError } from '../errors.ts';
import type { Recipe } from '../recipe.ts';
import { canonicalJson } from '../store/durable-file.ts';
import { addHostFolder, LayerTree } from './layer-tree.ts';

/** Where each kind of runtime looks for its first program, in order (`images-and-layers.md` §2.2). */
const BOOTSTRAPS = {
  managed: ['/var/runtime/bootstrap'],
  provided: ['/var/task/bootstrap', '/opt/bootstrap', '/var/runtime/bootstrap'],
} as const;

/** A script for the base's `dash`; exit status and behaviour: `images-and-layers.md` §2.4. */
export function entryPoint(family: Recipe['family']): string {
  const bootstraps = BOOTSTRAPS[family === 'provided' ? 'provided' : 'managed'];
  return `#!/bin/sh
# Starts the runtime of a Lambda container image; the only argument is the handler.
if [ $# -ne 1 ]; then
  echo "usage: /lambda-entrypoint.sh HANDLER" >&2
  exit 142
fi
export _HANDLER="$1"
if [ -z "\${AWS_LAMBDA_RUNTIME_API:-}" ]; then
  if [ -x /usr/local/bin/aws-lambda-rie ]; then
    exec /usr/local/bin/aws-lambda-rie /lambda-entrypoint.sh "$1"
  fi
  echo "AWS_LAMBDA_RUNTIME_API is not set and this image holds no emulator: start it on a Lambda platform" >&2
  exit 1
fi
for bootstrap in ${bootstraps.join(' ')}; do
  if [ -x "$bootstrap" ]; then
    exec "$bootstrap"
  fi
done
echo "no executable bootstrap among ${bootstraps.join(' ')}" >&2
exit 1
`;
}

export const MARKER_PATH = 'usr/share/lambda-runtime/release.json';

export type Marker = { identifier: string; line: string; languageVersion: string; base: string; baseRelease: string; glibc: string; recipeDigest: string; epochS: number };

/** A digest over the client's files; the client of `provided` is empty. Throws `images/client-missing`. */
export async function clientDigest(recipe: Recipe, clientsFolder: string): Promise<string> {
  const folder = join(clientsFolder, recipe.family);
  const lines = await describe(folder, '').catch((cause: unknown) => missing(recipe, cause));
  if (recipe.family !== 'provided') {
    const bootstrap = await stat(join(folder, 'bootstrap')).catch((cause: unknown) => missing(recipe, cause));
    if (bootstrap !== undefined && (bootstrap.mode & 0o100) === 0) throw imagesError('images/client-missing', `the bootstrap of the ${recipe.family} runtime client is not executable`, { hint: 'run `npm run build`' });
  }
  return `sha256:${createHash('sha256').update((lines ?? []).sort().join('')).digest('hex')}`;
}

export async function composeClientLayer(recipe: Recipe, below: LayerTree, clientsFolder: string, marker: Marker): Promise<LayerTree> {
  const tree = new LayerTree(below);
  const folder = join(clientsFolder, recipe.family);
  const isThere = await stat(folder).then(() => true, () => false);
  if (isThere) await addHostFolder(tree, 'var/runtime', folder);
  tree.addFile('lambda-entrypoint.sh', entryPoint(recipe.family), 0o755);
  tree.addFile(MARKER_PATH, canonicalJson({ schema: 1, ...marker }));
  return tree;
}

/** `provided` runtimes bring their bootstrap with the function, so their client folder may be absent. */
function missing(recipe: Recipe, cause: unknown): undefined {
  if (recipe.family === 'provided') return undefined;
  throw imagesError('images/client-missing', `the ${recipe.family} runtime client for ${recipe.reference} has not been built`, { hint: 'run `npm run build`', cause });
}

async function describe(folder: string, path: string): Promise<string[]> {
  const lines: string[] = [];
  for (const name of await readdir(join(folder, path))) {
    const inner = path === '' ? name : `${path}/${name}`;
    const found = await lstat(join(folder, inner));
    if (found.isDirectory()) lines.push(`d ${JSON.stringify(inner)}\n`, ...(await describe(folder, inner)));
    else if (found.isSymbolicLink()) lines.push(`l ${JSON.stringify(inner)} ${JSON.stringify(await readlink(join(folder, inner)))}\n`);
    else {
      const sha256 = createHash('sha256').update(await readFile(join(folder, inner))).digest('hex');
      lines.push(`f ${JSON.stringify(inner)} ${(found.mode & 0o100) === 0 ? 'r' : 'x'} ${sha256}\n`);
    }
  }
  return lines;
}
