/** Public surface of `runtimes`: building what runs inside the environments. */
export { buildRuntimeClients } from './build.ts';
export type { BuildRuntimeClientsOptions, BuiltRuntimeClient, RuntimeFamily } from './build.ts';
export { listFiles, makeCachedFolder } from './build-cache.ts';
export { compileJava } from './java-build.ts';
export { RUNTIMES_ERRORS, runtimesError } from './errors.ts';
