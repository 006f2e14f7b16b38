/** From a runtime identifier to the root that its functions run in: the image store asked at most once in a while, and asked to build at need. */
import { delimiter, dirname, join } from 'node:path';
import type { Clock } from '../foundation/clock.ts';
import { hostArchitecture } from '../images/index.ts';
import type { ImageStore } from '../images/index.ts';
import { platformError } from './errors.ts';
import type { RuntimeRoot } from './worker/index.ts';

export type RuntimeRootsOptions = {
  clock: Clock;
  images: ImageStore;
  /** Folder with what the images have in /var/runtime, by family. */
  clientsDir: string;
  /** Bases in the order of preference: the first that has the runtime is taken. */
  bases: readonly string[];
};

export type RuntimeRoots = {
  /** Undefined when the image is not on this machine. */
  find(identifier: string): Promise<RuntimeRoot | undefined>;
  /** Builds the image when it is missing. */
  get(identifier: string): Promise<RuntimeRoot>;
};

/** An image that was built or promoted meanwhile is used after this long; asking costs several file reads, more than an invocation. */
const REFRESH_MS = 2_000;

export function imageRoots(options: RuntimeRootsOptions): RuntimeRoots {
  const { clock, images, bases } = options;
  const known = new Map<string, { root: RuntimeRoot; askedMs: number }>();

  const ask = async (identifier: string): Promise<RuntimeRoot | undefined> => {
    const askedMs = clock.monotonicMs();
    const image = await images.find(identifier, [...bases]);
    if (image === undefined) known.delete(identifier);
    else known.set(identifier, { root: withClient(image, options), askedMs });
    return known.get(identifier)?.root;
  };

  const find = async (identifier: string): Promise<RuntimeRoot | undefined> => {
    const last = known.get(identifier);
    if (last === undefined) return ask(identifier);
    if (clock.monotonicMs() - last.askedMs >= REFRESH_MS) {
      // Nobody waits for this: the next one gets what it brings.
      last.askedMs = clock.monotonicMs();
      ask(identifier).catch(() => known.delete(identifier));
    }
    return last.root;
  };

  return { find, get: async (identifier) => (await find(identifier)) ?? withClient(await build(options, identifier), options) };
}

function withClient<Image extends Omit<RuntimeRoot, 'clientPath'>>(image: Image, { clientsDir }: RuntimeRootsOptions): RuntimeRoot {
  return { ...image, clientPath: join(clientsDir, image.family) };
}

function build({ images, bases }: RuntimeRootsOptions, identifier: string): ReturnType<ImageStore['ensure']> {
  const references = images.recipes().map((recipe) => recipe.reference);
  const reference = bases.map((base) => `${identifier}@${base}`).find((candidate) => references.includes(candidate));
  if (reference === undefined) {
    throw platformError('platform/runtime-unavailable', `there is no image recipe for ${identifier} on ${bases.join(' or ')}`, {
      hint: `known are ${references.join(', ')}`,
    });
  }
  return images.ensure(reference);
}

/** Without a mount namespace there is no root: the host's interpreters run the clients; but the Node is ours, which has the right version. */
export function hostRoots({ images, clientsDir, nodePath }: Pick<RuntimeRootsOptions, 'images' | 'clientsDir'> & { nodePath: string }): RuntimeRoots {
  const path = `${dirname(nodePath)}${delimiter}${process.env['PATH'] ?? '/usr/bin:/bin'}`;
  const find = async (identifier: string): Promise<RuntimeRoot | undefined> => {
    const recipe = images.recipes().find((candidate) => candidate.identifier === identifier);
    if (recipe === undefined) return undefined;
    const digest = '0'.repeat(64);
    return {
      reference: `${identifier}@host`,
      identifier,
      family: recipe.family,
      rootPath: '/',
      clientPath: join(clientsDir, recipe.family),
      rootDigest: `sha256:${digest}`,
      architecture: hostArchitecture(),
      environment: { PATH: path, LD_LIBRARY_PATH: '' },
      versionName: `${recipe.family}:host`,
      runtimeVersionArn: `arn:aws:lambda:us-east-1::runtime:${digest}`,
    };
  };
  return {
    find,
    async get(identifier) {
      const root = await find(identifier);
      if (root === undefined) throw platformError('platform/runtime-unavailable', `there is no runtime ${identifier}`, {});
      return root;
    },
  };
}
