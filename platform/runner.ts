/**
 * Environments without an API: an isolation backend, the images, a worker. `rik invoke DIR` needs no more, and the platform is
 * this with a control plane and a front door.
 */
import { join } from 'node:path';
import { systemClock } from '../foundation/clock.ts';
import { hostArchitecture } from '../images/index.ts';
import type { ImageStore, RuntimeImage } from '../images/index.ts';
import { openNamespaceBackend, openProcessBackend, platformFolder } from './isolation/index.ts';
import type { Capabilities, IsolationBackend, SandboxRequest } from './isolation/index.ts';
import { platformError } from './errors.ts';
import { Worker } from './worker/index.ts';
import type { LogSink, RuntimeRoot } from './worker/index.ts';

export type BackendChoice = { kind: 'namespace'; unprivileged: boolean } | { kind: 'process' };

export type RunnerOptions = {
  stateDir: string;
  backend: BackendChoice;
  images: ImageStore;
  /** Folder with what the images have in /var/runtime, by family; for the backend without a mount namespace. */
  clientsDir: string;
  /** The Runtime API server in one file, and the Node that runs it inside. */
  serverBundlePath: string;
  nodePath: string;
  /** Bases in the order of preference: the first that has the runtime is taken. */
  bases: readonly string[];
  logSink: LogSink;
  onProblem(error: unknown): void;
  onWarning(line: string): void;
  environmentsMax?: number | undefined;
  blankPerRoot?: number | undefined;
};

export type Runner = {
  worker: Worker;
  /** Throws the first reason why nothing can run on this machine. */
  check(): Promise<Capabilities>;
  /** The image of a runtime identifier; builds it when it is missing. */
  root(identifier: string): Promise<RuntimeRoot>;
  close(): Promise<void>;
};

const NAMESPACE_ARGUMENTS = ['--control', '/run/ctl', '--busybox', '/var/rapid/busybox'];

export async function openRunner(options: RunnerOptions): Promise<Runner> {
  const backend = openBackend(options);
  const worker = new Worker({
    clock: systemClock,
    backend,
    server: await serverOf(options),
    logSink: options.logSink,
    onProblem: options.onProblem,
    environmentsMax: options.environmentsMax,
    blankPerRoot: options.blankPerRoot,
  });
  return {
    worker,
    async check() {
      const report = await backend.probe();
      const [problem] = report.problems;
      if (problem !== undefined) throw problem;
      return report;
    },
    root: (identifier) => findRoot(options, identifier),
    close: () => worker.close(),
  };
}

function openBackend(options: RunnerOptions): IsolationBackend {
  if (options.backend.kind === 'process') return openProcessBackend({ stateDir: options.stateDir, insecureNoIsolation: true, onWarning: options.onWarning });
  return openNamespaceBackend({ stateDir: options.stateDir, unprivileged: options.backend.unprivileged });
}

async function serverOf(options: RunnerOptions): Promise<Pick<SandboxRequest, 'platformDir' | 'command' | 'environment'>> {
  if (options.backend.kind === 'process') {
    // Many environments share the host's loopback, so each server takes a free port.
    return { platformDir: '', command: [options.nodePath, options.serverBundlePath, '--port', '0'], environment: {} };
  }
  const folder = await platformFolder(options);
  return { platformDir: folder.dir, command: [...folder.command, ...NAMESPACE_ARGUMENTS], environment: {} };
}

async function findRoot(options: RunnerOptions, identifier: string): Promise<RuntimeRoot> {
  if (options.backend.kind === 'process') return bareRoot(options, identifier);
  const image = (await options.images.find(identifier, [...options.bases])) ?? (await buildRoot(options, identifier));
  return { ...image, clientPath: join(options.clientsDir, image.family) };
}

async function buildRoot(options: RunnerOptions, identifier: string): Promise<RuntimeImage> {
  const references = options.images.recipes().map((recipe) => recipe.reference);
  const reference = options.bases.map((base) => `${identifier}@${base}`).find((candidate) => references.includes(candidate));
  if (reference === undefined) {
    throw platformError('platform/runtime-unavailable', `there is no image recipe for ${identifier} on ${options.bases.join(' or ')}`, {
      hint: `known are ${references.join(', ')}`,
    });
  }
  return options.images.ensure(reference);
}

/** Without a mount namespace there is no root: the host's interpreters run the clients. */
function bareRoot(options: RunnerOptions, identifier: string): RuntimeRoot {
  const recipe = options.images.recipes().find((candidate) => candidate.identifier === identifier);
  if (recipe === undefined) throw platformError('platform/runtime-unavailable', `there is no runtime ${identifier}`, {});
  const digest = '0'.repeat(64);
  return {
    reference: `${identifier}@host`,
    identifier,
    family: recipe.family,
    rootPath: '/',
    clientPath: join(options.clientsDir, recipe.family),
    rootDigest: `sha256:${digest}`,
    architecture: hostArchitecture(),
    environment: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LD_LIBRARY_PATH: '' },
    versionName: `${recipe.family}:host`,
    runtimeVersionArn: `arn:aws:lambda:us-east-1::runtime:${digest}`,
  };
}
