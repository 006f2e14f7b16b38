/**
 * Stands in for `uvu` in bundled test files. uvu keeps silent about tests that were registered and never run: a suite
 * whose `.run()` is forgotten beside another one that has it, or a test added after `.run()`. This counts them, and
 * turns the process red when it ends with any left. Everything else is uvu's own.
 */

import { suite as uvuSuite, type Callback, type Test } from 'uvu';

export { exec } from 'uvu';

/** Tests that wait for a `.run()`, by suite name. */
const waiting = new Map<string, number>();

export function suite<Context = Record<string, unknown>>(name?: string, context?: Context): Test<Context> {
  return guard(uvuSuite(name, context), name ?? 'a suite without a name');
}

export const test: Test = suite();

function guard<Context>(inner: Test<Context>, name: string): Test<Context> {
  const count = (): void => void waiting.set(name, (waiting.get(name) ?? 0) + 1);
  const registering = (title: string, body: Callback<Context>): void => {
    count();
    inner(title, body);
  };
  return Object.assign(registering, {
    before: inner.before,
    after: inner.after,
    only: (title: string, body: Callback<Context>): void => {
      count();
      inner.only(title, body);
    },
    skip: (title?: string, body?: Callback<Context>): void => {
      count();
      inner.skip(title, body);
    },
    run: (): void => {
      waiting.delete(name);
      inner.run();
    },
  });
}

process.on('exit', () => {
  for (const [name, tests] of waiting) {
    console.error(`uvu-guard: ${tests} test(s) of ${name} were registered and never run; call .run() after the last one`);
    process.exitCode = 1;
  }
});
