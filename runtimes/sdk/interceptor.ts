/** Layers around a service, and what has to happen at the turns of the process's life. */
import type { InvocationContext } from './context.ts';
import type { Logger } from './log/logger.ts';
import type { Invocation, Reply, Service } from './service.ts';

/** At the turns of the process's life. Each may be asynchronous and is waited for. */
export type LifeCycleHooks = {
  /** Before the first invocation is asked for. What it throws is an error of the initialisation. */
  onInit?(scope: { environment: Readonly<Record<string, string | undefined>>; log: Logger }): void | Promise<void>;
  /** SnapStart: before the snapshot, last registered first. A failure is `Runtime.BeforeSnapshotError`. */
  beforeSnapshot?(): void | Promise<void>;
  /** SnapStart: after the restore, first registered first, within ten seconds. A failure is `Runtime.AfterRestoreError`. */
  afterRestore?(): void | Promise<void>;
  /** SIGTERM has come. There are 300 to 500 ms. Having one registers an internal extension, without which Lambda sends no SIGTERM. */
  onShutdown?(): void | Promise<void>;
  /** An invocation failed, its answer is on the way. For counting and reporting; what it throws is logged. */
  onError?(error: unknown, context: InvocationContext): void | Promise<void>;
};

export type Interceptor = LifeCycleHooks & {
  /** Around each invocation: may change the invocation, the reply, both, or answer by itself. */
  invoke?(invocation: Invocation, next: (invocation: Invocation) => Promise<Reply>): Promise<Reply>;
};

/** The first interceptor is the outermost. */
export function intercept(service: Service, interceptors: readonly Interceptor[]): Service {
  return interceptors.reduceRight<Service>((inner, { invoke }) => {
    if (invoke === undefined) return inner;
    const next = async (invocation: Invocation): Promise<Reply> => inner.call(invocation);
    return { accepts: inner.accepts, call: (invocation) => invoke(invocation, next) };
  }, service);
}
