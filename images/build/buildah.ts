/**
 * Assembles layer archives into an OCI image. The only file that calls buildah. `ADD` only, no `RUN`; one storage root
 * per build, removed afterwards, so that nothing of an earlier build or of the user's own images plays a part
 * (`images-and-layers.md` §5.3).
 */
import { link, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isCodedError } from '../../foundation/coded-error.ts';
import { runTool } from './run-tool.ts';

export type ImageRequest = {
  /** An own, existing, empty folder on the file system of the layer archives. */
  workFolder: string;
  /** Lowest first; each becomes one OCI layer. */
  layerTarPaths: string[];
  epochS: number;
  /** OCI's name of the architecture. */
  architecture: string;
  environment: Record<string, string>;
  labels: Record<string, string>;
  purpose: string;
};

/** Accepts what we have just built ourselves; without it buildah wants a policy file of the machine. */
const POLICY = '{"default":[{"type":"insecureAcceptAnything"}]}\n';

const LAYOUT = 'layout';

/**
 * How buildah stores layers while it works. The drivers write the entries of a layer in different orders (`doc-base`
 * before or after the content of `doc`), so a digest holds for one of them, and the lock says which.
 */
export type StorageDriver = 'overlay' | 'vfs';

/** Returns the folder of a new OCI layout that holds the image alone. */
export async function assembleImage(request: ImageRequest): Promise<{ layoutFolder: string; storageDriver: StorageDriver }> {
  const context = join(request.workFolder, 'context');
  await mkdir(context, { mode: 0o755 });
  const names = request.layerTarPaths.map((_, i) => `layer-${i + 1}.tar`);
  for (const [i, tarPath] of request.layerTarPaths.entries()) await link(tarPath, join(context, names[i] ?? ''));
  await writeFile(join(request.workFolder, 'Containerfile'), containerfile(names));
  await writeFile(join(request.workFolder, 'policy.json'), POLICY);
  const layoutFolder = join(request.workFolder, LAYOUT);
  try {
    await buildAndPush(request, 'overlay');
    return { layoutFolder, storageDriver: 'overlay' };
  } catch (error) {
    // overlay needs a kernel and a file system that allow it (not inside most containers); vfs needs nothing but time.
    if (isCodedError(error) && error.code === 'images/tool-missing') throw error;
    for (const name of ['storage', 'run', LAYOUT]) await rm(join(request.workFolder, name), { recursive: true, force: true });
    await buildAndPush(request, 'vfs');
    return { layoutFolder, storageDriver: 'vfs' };
  }
}

async function buildAndPush(request: ImageRequest, driver: StorageDriver): Promise<void> {
  const pairs = (flag: string, values: Record<string, string>): string[] => Object.entries(values).sort().flatMap(([name, value]) => [flag, `${name}=${value}`]);
  const buildah = (args: string[]): Promise<string> =>
    runTool({
      ...inOwnMounts('buildah', ['--storage-driver', driver, '--root', join(request.workFolder, 'storage'), '--runroot', join(request.workFolder, 'run'), ...args]),
      // Names of files are relative to this folder, because `oci:` references cannot hold a colon.
      cwd: request.workFolder,
      environment: { TMPDIR: request.workFolder },
      purpose: request.purpose,
    });
  await buildah([
    'bud', '--isolation', 'chroot', '--format', 'oci', '--layers', '--pull-never', '--timestamp', String(request.epochS), '--platform', `linux/${request.architecture}`,
    '--signature-policy', 'policy.json', '--no-hosts', ...pairs('--env', request.environment), ...pairs('--label', request.labels), '--quiet',
    '--file', 'Containerfile', '--tag', 'rik-image', 'context',
  ]);
  await buildah(['push', '--signature-policy', 'policy.json', '--quiet', 'rik-image', `oci:${LAYOUT}:image`]);
}

/** As root, buildah mounts on the machine; in a mount namespace of its own nothing stays when it is killed. Otherwise it makes one itself. */
function inOwnMounts(tool: string, args: string[]): { tool: string; args: string[] } {
  return process.getuid?.() === 0 ? { tool: 'unshare', args: ['--mount', '--propagation', 'private', '--', tool, ...args] } : { tool, args };
}

/** Everything in it is constant but the number of layers. */
export function containerfile(layerNames: string[]): string {
  return ['FROM scratch', ...layerNames.map((name) => `ADD ${name} /`), 'WORKDIR /var/task', 'ENTRYPOINT ["/lambda-entrypoint.sh"]', ''].join('\n');
}
