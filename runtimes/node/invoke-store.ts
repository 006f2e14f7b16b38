/**
 * `awslambda.InvokeStore`: where libraries (Powertools, the SDK's tracing) read the running invocation.
 * Source: managed-runtimes §2.7, NODE-115.
 */
import type { AsyncLocalStorage } from 'node:async_hooks';
import { HttpResponseStream, streamifyResponse } from './response-stream.ts';

export const PROTECTED_KEYS = {
  REQUEST_ID: Symbol.for('_AWS_LAMBDA_REQUEST_ID'),
  X_RAY_TRACE_ID: Symbol.for('_AWS_LAMBDA_X_RAY_TRACE_ID'),
  TENANT_ID: Symbol.for('_AWS_LAMBDA_TENANT_ID'),
} as const;

export type StoredInvocation = Record<string | symbol, unknown>;

/** Where the running invocation is kept. */
export type InvocationSlot = Pick<AsyncLocalStorage<StoredInvocation>, 'run' | 'getStore' | 'enterWith'>;

/**
 * For one invocation at a time. It keeps the last one after its response, so that a log line of a background timer carries the request
 * id it belongs to. Several at once need an `AsyncLocalStorage` in its place.
 */
export function singleSlot(): InvocationSlot {
  let current: StoredInvocation | undefined;
  return {
    run(invocation: StoredInvocation, action: (...parameters: unknown[]) => unknown, ...parameters: unknown[]) {
      current = invocation;
      return action(...parameters);
    },
    getStore: () => current,
    enterWith: (invocation) => void (current = invocation),
  };
}

export class InvokeStore {
  static readonly PROTECTED_KEYS = PROTECTED_KEYS;
  readonly #slot: InvocationSlot;

  constructor(slot: InvocationSlot) {
    this.#slot = slot;
  }

  run<Result>(invocation: StoredInvocation, action: () => Result): Result {
    return this.#slot.run(invocation, action);
  }

  getContext(): StoredInvocation | undefined {
    return this.#slot.getStore();
  }

  hasContext(): boolean {
    return this.getContext() !== undefined;
  }

  get(key: string | symbol): unknown {
    return this.getContext()?.[key];
  }

  set(key: string | symbol, value: unknown): void {
    if (this.isProtectedKey(key)) throw new Error(`Cannot modify protected Lambda context field: ${String(key)}`);
    const current = this.getContext();
    if (current === undefined) this.#slot.enterWith({ [key]: value });
    else current[key] = value;
  }

  /** Public because the published package has it and libraries that extend it call it. */
  isProtectedKey(key: string | symbol): boolean {
    return Object.values<string | symbol>(PROTECTED_KEYS).includes(key);
  }

  getRequestId(): unknown {
    return this.get(PROTECTED_KEYS.REQUEST_ID) ?? '-';
  }

  getXRayTraceId(): unknown {
    return this.get(PROTECTED_KEYS.X_RAY_TRACE_ID);
  }

  getTenantId(): unknown {
    return this.get(PROTECTED_KEYS.TENANT_ID);
  }
}

/** Puts the store and the streaming helpers where functions and libraries look for them, unless the author switched the global off. */
export function publishInvokeStore(store: InvokeStore, environment: NodeJS.ProcessEnv): void {
  const isSwitchedOff = ['1', 'true'].includes(environment['AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA'] ?? '');
  if (!isSwitchedOff) Reflect.set(globalThis, 'awslambda', { InvokeStore: store, streamifyResponse, HttpResponseStream });
}
