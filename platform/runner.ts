/**
 * Environments without an API: an isolation backend, the images, a worker. `rik invoke DIR` needs no more, and the platform is
 * this with a control plane and a front door.
 */
import { systemClock } from '../foundation/clock.ts';
import type { ImageStore } from '../images/index.ts';
import { LAMBDA_STREAM_PACING } from '../runtime-api/index.ts';
import { openNamespaceBackend, openProcessBackend, platformFolder } from './isolation/index.ts';
import type { Capabilities, IsolationBackend, SandboxRequest } from './isolation/index.ts';
import { hostRoots, imageRoots } from './runtime-roots.ts';
import type { RuntimeRoots } from './runtime-roots.ts';
import { Worker } from './worker/index.ts';
import type { LogSink } from './worker/index.ts';

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
  /** 0 unless given: each line is written when it comes. */
  logGatherMs?: number | undefined;
  onProblem(error: unknown): void;
  onWarning(line: string): void;
  environmentsMax?: number | undefined;
  blankPerRoot?: number | undefined;
  /** Streamed responses as slow as Lambda's: a burst, then a rate. */
  pacesStreams?: boolean | undefined;
};

export type Runner = {
  worker: Worker;
  /** Throws the first reason why nothing can run on this machine. */
  check(): Promise<Capabilities>;
  /** The image of a runtime identifier; builds it when it is missing. */
  root: RuntimeRoots['get'];
  /** The same, or undefined when it is missing. */
  findRoot: RuntimeRoots['find'];
  close(): Promise<void>;
};

/** Many environments share the host's loopback, so each server takes a free port. It begins in its /tmp, whose neighbour is its control folder. */
const PROCESS_ARGUMENTS = ['--port', '0', '--control', '../ctl'];
const NAMESPACE_ARGUMENTS = ['--control', '/run/ctl', '--busybox', '/var/rapid/busybox'];

export async function openRunner(options: RunnerOptions): Promise<Runner> {
  const backend = openBackend(options);
  const roots = options.backend.kind === 'process' ? hostRoots(options) : imageRoots({ clock: systemClock, ...options });
  const worker = new Worker({
    clock: systemClock,
    backend,
    server: await serverOf(options),
    logSink: options.logSink,
    logGatherMs: options.logGatherMs,
    onProblem: options.onProblem,
    environmentsMax: options.environmentsMax,
    blankPerRoot: options.blankPerRoot,
    streamPacing: options.pacesStreams === true ? LAMBDA_STREAM_PACING : undefined,
  });
  return {
    worker,
    async check() {
      const report = await backend.probe();
      const [problem] = report.problems;
      if (problem !== undefined) throw problem;
      return report;
    },
    root: roots.get,
    findRoot: roots.find,
    close: () => worker.close(),
  };
}

function openBackend(options: RunnerOptions): IsolationBackend {
  if (options.backend.kind === 'process') return openProcessBackend({ stateDir: options.stateDir, insecureNoIsolation: true, onWarning: options.onWarning });
  return openNamespaceBackend({ stateDir: options.stateDir, unprivileged: options.backend.unprivileged });
}

async function serverOf(options: RunnerOptions): Promise<Pick<SandboxRequest, 'platformDir' | 'command' | 'environment'>> {
  if (options.backend.kind === 'process') {
    return { platformDir: '', command: [options.nodePath, options.serverBundlePath, ...PROCESS_ARGUMENTS], environment: {} };
  }
  const folder = await platformFolder(options);
  return { platformDir: folder.dir, command: [...folder.command, ...NAMESPACE_ARGUMENTS], environment: {} };
}
