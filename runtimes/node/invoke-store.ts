/**
 * `awslambda.InvokeStore`: where libraries (Powertools, the SDK's tracing) read the running invocation.
 * One slot, because one invocation runs at a time. It keeps the last invocation after its response, so that a log line
 * of a background timer carries the request id it belongs to. Source: managed-runtimes §2.7, NODE-115.
 */

import { HttpResponseStream, streamifyResponse } from './response-stream.ts';

export const PROTECTED_KEYS = {
  REQUEST_ID: Symbol.for('_AWS_LAMBDA_REQUEST_ID'),
  X_RAY_TRACE_ID: Symbol.for('_AWS_LAMBDA_X_RAY_TRACE_ID'),
  TENANT_ID: Symbol.for('_AWS_LAMBDA_TENANT_ID'),
} as const;

export type StoredInvocation = Record<string | symbol, unknown>;

export class InvokeStore {
  static readonly PROTECTED_KEYS = PROTECTED_KEYS;
  #current: StoredInvocation | undefined;

  run<Result>(invocation: StoredInvocation, action: () => Result): Result {
    this.#current = invocation;
    return action();
  }

  getContext(): StoredInvocation | undefined {
    return this.#current;
  }

  hasContext(): boolean {
    return this.#current !== undefined;
  }

  get(key: string | symbol): unknown {
    return this.#current?.[key];
  }

  set(key: string | symbol, value: unknown): void {
    if (this.isProtectedKey(key)) throw new Error(`Cannot modify protected Lambda context field: ${String(key)}`);
    this.#current ??= {};
    this.#current[key] = value;
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
