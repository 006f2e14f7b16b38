/**
 * The `process` backend: plain child processes. For editing loops and for systems without the namespace backend; it keeps
 * nothing from a function, so it must be asked for by name and says at every occasion what it does not enforce.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { IsolationBackend, Sandbox, SandboxRequest } from './backend.ts';
import { refuseMissing, type Capabilities } from './capabilities.ts';
import { isolationError } from './errors.ts';
import { OUTER_UID_BLOCK, OUTER_UID_BLOCKS, OUTER_UID_FIRST } from './limits.ts';
import { nothingAvailable } from './namespace-probe.ts';
import { prepareProcessSandbox, type ProcessSandbox } from './process-sandbox.ts';
import { isNameOfDeadWorker, newWorkerId } from './worker-id.ts';

export const NO_ISOLATION_WARNING =
  'no isolation: functions can read your files and network; memory, processor, disk and process limits, the read-only root and the system-call filter are not enforced';

export type ProcessBackendOptions = {
  stateDir: string;
  /** Says that the caller asked for this backend by name; anything else is refused. */
  insecureNoIsolation: boolean;
  /** Gets `NO_ISOLATION_WARNING` when the backend is opened and again for every sandbox. */
  onWarning: (line: string) => void;
};

export function openProcessBackend(options: ProcessBackendOptions): IsolationBackend {
  if (options.insecureNoIsolation !== true) {
    throw isolationError('isolation/not-asked', 'the process backend isolates nothing and was not asked for', { hint: 'ask for it with --insecure-no-isolation, or use the namespace backend' });
  }
  options.onWarning(NO_ISOLATION_WARNING);
  const parent = join(options.stateDir, 'process');
  mkdirSync(parent, { recursive: true, mode: 0o711 });
  for (const name of readdirSync(parent)) if (isNameOfDeadWorker(name)) rmSync(join(parent, name), { recursive: true, force: true });
  const folder = join(parent, newWorkerId());
  const sandboxes = new Set<ProcessSandbox>();
  let made = 0;
  return {
    kind: 'process',
    async probe(): Promise<Capabilities> {
      return nothingAvailable('process', 'the process backend enforces nothing', [], { user: process.getuid?.() === 0 ? 'root; functions get an own user id' : 'ordinary user; functions run as it' });
    },
    async prepare(request: SandboxRequest): Promise<Sandbox> {
      refuseMissing(await this.probe(), request.needs ?? []);
      options.onWarning(NO_ISOLATION_WARNING);
      made += 1;
      const sandbox = await prepareProcessSandbox({ id: `${process.pid}-${made}`, folder: join(folder, String(made)), request, ownUid: process.getuid?.() === 0 ? ownUidOf(made) : undefined });
      sandboxes.add(sandbox);
      void sandbox.destroyed.then(() => sandboxes.delete(sandbox));
      return sandbox;
    },
    async close() {
      await Promise.all([...sandboxes].map((sandbox) => sandbox.destroy()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** From the upper half of the worker's block, so that both backends may be used side by side. */
function ownUidOf(serial: number): number {
  const half = OUTER_UID_BLOCK / 2;
  return OUTER_UID_FIRST + (process.pid % OUTER_UID_BLOCKS) * OUTER_UID_BLOCK + half + (serial % half);
}
