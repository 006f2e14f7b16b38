/** Puts the control plane together: state on disk, services, HTTP handler, and the work a former process left undone. */
import { mkdirSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../foundation/clock.ts';
import { DEFAULT_POLICY, type LifecyclePolicy } from '../policy/index.ts';
import { openCodeStore, type ExtractArchive } from './code/code-store.ts';
import { createDownloadLinks } from './code/download-links.ts';
import { createHandler } from './http/handler.ts';
import { createBodyReader } from './http/request-body.ts';
import { functionArn, identityOf } from './identity.ts';
import { createActivation, isWaiting } from './lifecycle/activation.ts';
import { OPERATIONS } from './operations/index.ts';
import type { RuntimeVersions, Services } from './operations/operation.ts';
import { resolveFunction, type ResolvedFunction } from './resolve.ts';
import { openDatabase } from './store/database.ts';
import { openFunctionStore } from './store/function-store.ts';
import { codeDigestsOf } from './store/records.ts';

export type ControlPlaneOptions = {
  stateDir: string;
  region: string;
  accountId: string;
  clock: Clock;
  runtimeVersions: RuntimeVersions;
  /** Another generation of this function is served now, or it is gone. */
  onFunctionChanged?: (functionArnUnqualified: string) => void;
  /** What an answer of 500 hides, for the log. */
  onFault?: (error: unknown) => void;
  policy?: LifecyclePolicy;
  /** In place of `layers`' own. */
  extractArchive?: ExtractArchive;
};

export interface ControlPlane {
  /** Every API route except Invoke, and the downloads that GetFunction links to. Never rejects. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Fails with `ApiError`. `functionReference` is decoded: a name, a partial or a full ARN. */
  resolve(functionReference: string, qualifier?: string): ResolvedFunction;
  /** Resolves when work under way has ended and the state folder is free; the caller has closed its server before. */
  close(): Promise<void>;
}

/** Fails with `control-plane/state-in-use` and `control-plane/state-newer`. */
export function openControlPlane(options: ControlPlaneOptions): ControlPlane {
  // Sandboxes of other users pass through on the way to their code.
  mkdirSync(options.stateDir, { recursive: true, mode: 0o711 });
  const database = openDatabase(privateFolder(options.stateDir));
  try {
    return assemble(options, database);
  } catch (error) {
    database.close();
    throw error;
  }
}

function assemble(options: ControlPlaneOptions, database: DatabaseSync): ControlPlane {
  const { stateDir, clock, runtimeVersions, policy = DEFAULT_POLICY, onFunctionChanged = () => {}, onFault = () => {} } = options;
  const identity = identityOf(options);
  const store = openFunctionStore(database, identity);
  const codeStore = openCodeStore({
    zipFolder: join(privateFolder(stateDir), 'code'),
    unpackedFolder: join(stateDir, 'code'),
    extractArchive: options.extractArchive,
    isReferenced: (digest) => store.list().some((record) => codeDigestsOf(record).includes(digest)),
  });
  const onActivated = (functionName: string) => onFunctionChanged(functionArn(identity, functionName));
  const activation = createActivation({ store, codeStore, clock, onActivated, onFault });
  const links = createDownloadLinks(clock);
  const services: Services = { identity, clock, policy, store, codeStore, links, activation, runtimeVersions, onFunctionChanged };
  for (const record of store.list()) if (isWaiting(record)) activation.begin(record.functionName);

  const handler = createHandler({ services, operations: OPERATIONS, bodies: createBodyReader(), onFault });
  const underWay = new Set<Promise<void>>();
  return {
    async handle(request, response) {
      const job = handler(request, response);
      underWay.add(job);
      await job.finally(() => underWay.delete(job));
    },
    resolve: (functionReference, qualifier) => resolveFunction(services, functionReference, qualifier),
    async close() {
      await activation.stop();
      await Promise.all(underWay);
      database.close();
    },
  };
}

function privateFolder(stateDir: string): string {
  return join(stateDir, 'control-plane');
}
