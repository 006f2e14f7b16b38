/**
 * Assembles layer archives into an OCI image. The only file that calls buildah. Layers are only added, nothing runs
 * inside; one storage root per build, removed afterwards, so that nothing of an earlier build or of the user's own
 * images plays a part (`images-and-layers.md` §5.3).
 *
 * Storage is always `vfs`: with `overlay` the entries of a layer come in another order, and for an ordinary user they
 * carry `user.overlay.*` attributes (buildah 1.28), so the digest would depend on who builds. vfs copies the tree per
 * commit instead, which is why there are exactly three commits and no Containerfile, where every label is one.
 */
import { link, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { imagesError } from '../errors.ts';
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
/** Relative to the work folder, because an `oci:` reference cannot hold a colon and a state folder may. */
const LAYOUT = 'layout';

/** Returns the folder of a new OCI layout that holds the image alone. */
export async function assembleImage(request: ImageRequest): Promise<string> {
  await mkdir(join(request.workFolder, 'layers'), { mode: 0o755 });
  await writeFile(join(request.workFolder, 'policy.json'), POLICY);
  const buildah = (args: string[]): Promise<string> => runTool({
    tool: 'buildah',
    args: ['--storage-driver', 'vfs', '--root', join(request.workFolder, 'storage'), '--runroot', join(request.workFolder, 'run'), ...args],
    cwd: request.workFolder,
    environment: { TMPDIR: request.workFolder },
    purpose: request.purpose,
  });
  let parent = 'scratch';
  for (const [i, tarPath] of request.layerTarPaths.entries()) {
    const name = `layers/${i + 1}.tar`;
    await link(tarPath, join(request.workFolder, name));
    const container = (await buildah(['from', '--pull-never', '--signature-policy', 'policy.json', parent])).trim();
    await buildah(['add', '--quiet', container, name, '/']);
    const isLast = i === request.layerTarPaths.length - 1;
    await buildah(['config', ...(isLast ? finalConfiguration(request) : []), '--created-by', `layer ${i + 1}`, container]);
    const target = isLast ? [`oci:${LAYOUT}:image`] : [];
    const printed = await buildah(['commit', '--rm', '--quiet', '--disable-compression=false', '--format', 'oci', '--timestamp', String(request.epochS), '--signature-policy', 'policy.json', container, ...target]);
    parent = printed.trim().split('\n').at(-1) ?? '';
    if (!isLast && !/^[0-9a-f]{64}$/.test(parent)) throw imagesError('images/tool-failed', `buildah did not name the image of layer ${i + 1} while ${request.purpose}`);
  }
  return join(request.workFolder, LAYOUT);
}

function finalConfiguration(request: ImageRequest): string[] {
  const pairs = (flag: string, values: Record<string, string>): string[] => Object.entries(values).sort().flatMap(([name, value]) => [flag, `${name}=${value}`]);
  return [
    '--os', 'linux', '--arch', request.architecture, '--workingdir', '/var/task', '--entrypoint', '["/lambda-entrypoint.sh"]', '--cmd', '',
    ...pairs('--env', request.environment), ...pairs('--label', request.labels),
  ];
}
