/** Reads Debian archives through `dpkg-deb`, which knows every compression that Debian uses. */
import { readBody, readTar } from '../archive/tar-reader.ts';
import { cleanPath, type LayerTree } from '../build/layer-tree.ts';
import { streamTool } from '../build/run-tool.ts';
import { imagesError } from '../errors.ts';
import { packageFacts, type PackageFacts } from './control-file.ts';
import type { UnpackedPackage } from './dpkg-database.ts';

const CONTROL_BYTES_MAX = 8 * 1024 * 1024;

export type DebControl = { facts: PackageFacts; control: string; md5sums: string | undefined; builtAtEpochS: number };

export async function debControl(debPath: string): Promise<DebControl> {
  let control: string | undefined;
  let md5sums: string | undefined;
  let builtAtEpochS = 0;
  for await (const entry of readTar(dpkgDeb('--ctrl-tarfile', debPath))) {
    const path = cleanPath(entry.path);
    if (path === 'md5sums') md5sums = (await readBody(entry, CONTROL_BYTES_MAX)).toString('utf8');
    if (path !== 'control') continue;
    control = (await readBody(entry, CONTROL_BYTES_MAX)).toString('utf8');
    builtAtEpochS = entry.mtimeEpochS;
  }
  if (control === undefined) throw imagesError('images/package-malformed', 'a Debian archive has no control file', { detail: { debPath } });
  return { facts: packageFacts(control), control, md5sums, builtAtEpochS };
}

/** Unpacks the archive's files into the layer, without documentation, and returns what dpkg's database needs. */
export async function unpackDeb(debPath: string, tree: LayerTree): Promise<UnpackedPackage> {
  const { control, md5sums } = await debControl(debPath);
  const paths: string[] = [];
  for await (const entry of readTar(dpkgDeb('--fsys-tarfile', debPath))) {
    paths.push(entry.path);
    const path = cleanPath(entry.path);
    if (path !== '' && isWanted(path)) await tree.addTarEntry(path, entry);
  }
  return { control, md5sums, paths };
}

/** The exclusions of `images-and-layers.md` §5.2; licences stay. */
export function isWanted(path: string): boolean {
  if (/^usr\/share\/doc\/[^/]+\/copyright$/.test(path)) return true;
  return !/^usr\/share\/(?:man|doc|locale|info|lintian|bash-completion|bug)(?:\/|$)/.test(path);
}

function dpkgDeb(part: string, debPath: string): AsyncGenerator<Buffer, void> {
  return streamTool({ tool: 'dpkg-deb', args: [part, debPath], purpose: 'unpacking a Debian package' });
}
