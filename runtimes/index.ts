/** Public surface of `runtimes`: building what runs inside the environments, and starters for runtimes of others. */
export { buildRuntimeClients } from './build.ts';
export type { BuildRuntimeClientsOptions, BuiltRuntimeClient, RuntimeFamily } from './build.ts';
export { listFiles, makeCachedFolder } from './build-cache.ts';
export { compileJava } from './java-build.ts';
export { RUNTIMES_ERRORS, runtimesError } from './errors.ts';
export { createStarter, STARTER_LANGUAGES } from './starters/create-starter.ts';
export type { CreatedStarter, StarterLanguage } from './starters/create-starter.ts';
