/** Public surface of `examples`. */
export { buildExamples, listExampleNames } from './build.ts';
export type { BuildExamplesOptions, BuiltExample } from './build.ts';
export { readExampleDescription } from './description.ts';
export type { ExampleDescription } from './description.ts';
export { EXAMPLES_ERRORS } from './errors.ts';
