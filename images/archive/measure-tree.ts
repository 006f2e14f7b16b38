/**
 * The root digest: one SHA-256 over a whole file tree, taken file by file (design.md §5). One line per entry, sorted by
 * the path's bytes: `type mode size sha256 path link`, path and link in JSON so that no name can imitate a line.
 * Owners and times are left out: an ordinary user cannot set the former, and the latter carry no behaviour.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { imagesError } from '../errors.ts';

export type TreeMeasure = { rootDigest: string; files: number; contentBytes: number };

/** Reads every byte below `rootPath`; about 0.5 s for 150 MB from the page cache. */
export async function measureTree(rootPath: string): Promise<TreeMeasure> {
  const lines: { path: Buffer; line: string }[] = [];
  let contentBytes = 0;
  const walk = async (path: string): Promise<void> => {
    const names = await readdir(join(rootPath, path));
    for (const name of names) {
      const inner = path === '' ? name : `${path}/${name}`;
      const { line, isDirectory, sizeBytes } = await describe(rootPath, inner);
      lines.push({ path: Buffer.from(inner), line });
      contentBytes += sizeBytes;
      if (isDirectory) await walk(inner);
    }
  };
  await walk('');
  lines.sort((a, b) => Buffer.compare(a.path, b.path));
  const hash = createHash('sha256');
  for (const { line } of lines) hash.update(line);
  return { rootDigest: `sha256:${hash.digest('hex')}`, files: lines.length, contentBytes };
}

async function describe(rootPath: string, path: string): Promise<{ line: string; isDirectory: boolean; sizeBytes: number }> {
  const hostPath = join(rootPath, path);
  const stat = await lstat(hostPath);
  const name = JSON.stringify(path);
  const mode = (stat.mode & 0o7777).toString(8).padStart(4, '0');
  if (stat.isDirectory()) return { line: `d ${mode} 0 - ${name} ""\n`, isDirectory: true, sizeBytes: 0 };
  if (stat.isSymbolicLink()) {
    return { line: `l 0777 0 - ${name} ${JSON.stringify(await readlink(hostPath))}\n`, isDirectory: false, sizeBytes: 0 };
  }
  if (!stat.isFile()) throw imagesError('images/tree-unsupported', `${name} is neither a folder nor a file nor a link`);
  return { line: `f ${mode} ${stat.size} ${await sha256OfFile(hostPath)} ${name} ""\n`, isDirectory: false, sizeBytes: stat.size };
}

/** SHA-256 of a file's content as lower-case hex. */
export async function sha256OfFile(filePath: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(filePath, { highWaterMark: 1024 * 1024 }), hash);
  return hash.digest('hex');
}
