import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bodyOf, type FunctionRunner, openFunctionRunner } from '../../../support/function-run.ts';

const test = suite('runtimes/node/bootstrap');
let runner: FunctionRunner;
test.before(async () => {
  runner = await openFunctionRunner('nodejs');
});
test.after(() => runner.close());

const SHOW_PROCESS =
  'export const handler = async () => ({ flags: process.execArgv, path: process.env.NODE_PATH, name: process.env.AWS_EXECUTION_ENV, gc: typeof gc, collected: gc() === undefined, mark: process.env.MARK });';
const FILES = { 'index.mjs': SHOW_PROCESS };
const MAJOR = process.versions.node.split('.')[0];

test('the heap limits follow the memory of the function', async () => {
  const { reports } = await runner.run({ handler: 'index.handler', files: FILES, environment: { AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512' }, invocations: [{ event: '{}' }] });
  const shown = Object(bodyOf(reports[0]));
  assert.equal(shown.flags, ['--max-semi-space-size=25', '--max-old-space-size=461', '--max-http-header-size', '81920']);
  assert.equal([shown.gc, shown.collected], ['function', true]);
});

test('a heap limit of the author leaves ours out', async () => {
  const environment = { AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512', NODE_OPTIONS: '--max-old-space-size=300' };
  const { reports } = await runner.run({ handler: 'index.handler', files: FILES, environment, invocations: [{ event: '{}' }] });
  assert.equal(Object(bodyOf(reports[0])).flags, ['--max-http-header-size', '81920']);
});

test('the search path for packages is set when there is none, and kept when there is one', async () => {
  const unset = await runner.run({ handler: 'index.handler', files: FILES, environment: { AWS_EXECUTION_ENV: `AWS_Lambda_nodejs${MAJOR}.x` }, invocations: [{ event: '{}' }] });
  const { runtimeDir } = runner;
  assert.is(
    Object(bodyOf(unset.reports[0])).path,
    `/opt/nodejs/node${MAJOR}/node_modules:/opt/nodejs/node_modules:${runtimeDir}/node_modules:${runtimeDir}:${unset.taskRoot}`,
  );
  const set = await runner.run({ handler: 'index.handler', files: FILES, environment: { NODE_PATH: '/x' }, invocations: [{ event: '{}' }] });
  assert.is(Object(bodyOf(set.reports[0])).path, '/x');
});

test('the runtime is named from the interpreter when the platform does not name it', async () => {
  const { reports } = await runner.run({ handler: 'index.handler', files: FILES, invocations: [{ event: '{}' }] });
  assert.is(Object(bodyOf(reports[0])).name, `AWS_Lambda_nodejs${MAJOR}.x`);
});

test('an exec wrapper gets interpreter and parameters and may change the environment', async () => {
  const wrapper = join(runner.runtimeDir, '..', 'wrapper');
  writeFileSync(wrapper, '#!/bin/sh\nexport MARK="wrapped $#"\nexec "$@"\n');
  chmodSync(wrapper, 0o755);
  const { reports } = await runner.run({ handler: 'index.handler', files: FILES, environment: { AWS_LAMBDA_EXEC_WRAPPER: wrapper }, invocations: [{ event: '{}' }] });
  assert.is(Object(bodyOf(reports[0])).mark, 'wrapped 4');
});

test('an exec wrapper that is not there ends the start with 127', async () => {
  const { exitCode, stdout } = await runner.run({ handler: 'index.handler', files: FILES, environment: { AWS_LAMBDA_EXEC_WRAPPER: '/no/such' }, until: 'exit' });
  assert.equal([exitCode, stdout], [127, '/no/such: does not exist\n']);
});

test('an exec wrapper that is not executable ends the start with 126', async () => {
  const wrapper = join(runner.runtimeDir, '..', 'plain-file');
  writeFileSync(wrapper, '#!/bin/sh\n');
  chmodSync(wrapper, 0o644);
  const { exitCode, stdout } = await runner.run({ handler: 'index.handler', files: FILES, environment: { AWS_LAMBDA_EXEC_WRAPPER: wrapper }, until: 'exit' });
  assert.equal([exitCode, stdout], [126, `${wrapper}: is not an executable\n`]);
});

test('a missing variable ends the process with 1 and names it', async () => {
  for (const name of ['_HANDLER', 'AWS_LAMBDA_RUNTIME_API']) {
    const { exitCode, stderr } = await runner.run({ handler: 'index.handler', files: FILES, environment: { [name]: undefined }, until: 'exit' });
    assert.is(exitCode, 1);
    assert.match(stderr, new RegExp(`${name} is not set`));
  }
});

test('the InvokeStore of the running invocation is reachable unless it is switched off', async () => {
  const files = { 'index.mjs': 'export const handler = async () => (typeof awslambda === "undefined" ? null : awslambda.InvokeStore.getRequestId());' };
  const on = await runner.run({ handler: 'index.handler', files, invocations: [{ event: '{}' }] });
  assert.is(bodyOf(on.reports[0]), 'r1');
  const off = await runner.run({ handler: 'index.handler', files, environment: { AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA: '1' }, invocations: [{ event: '{}' }] });
  assert.is(bodyOf(off.reports[0]), null);
});

test('index.mjs runs without the shell script, as a debugger starts it', async () => {
  const { reports } = await runner.run({
    handler: 'index.handler',
    files: FILES,
    command: [process.execPath, join(runner.runtimeDir, 'index.mjs')],
    invocations: [{ event: '{}' }],
  });
  assert.equal(Object(bodyOf(reports[0])).flags, []);
});

test.run();
