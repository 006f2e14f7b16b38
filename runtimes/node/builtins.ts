/**
 * Parts of Node that only some functions need, loaded at their first use: each of these costs a cold start about 2 ms,
 * which is as much as the whole client.
 */
import { createRequire } from 'node:module';

/** Finds Node's own modules, and packages as seen from /var/runtime. */
export const runtimeRequire = createRequire(import.meta.url);

export function loadUtil(): typeof import('node:util') {
  return runtimeRequire('node:util');
}

export function loadV8(): typeof import('node:v8') {
  return runtimeRequire('node:v8');
}

export function loadVm(): typeof import('node:vm') {
  return runtimeRequire('node:vm');
}

export function loadAsyncHooks(): typeof import('node:async_hooks') {
  return runtimeRequire('node:async_hooks');
}

export function loadOs(): typeof import('node:os') {
  return runtimeRequire('node:os');
}

export function loadWorkerThreads(): typeof import('node:worker_threads') {
  return runtimeRequire('node:worker_threads');
}
