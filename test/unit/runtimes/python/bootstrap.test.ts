import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bodyOf, type FunctionRunner, openFunctionRunner } from '../../../support/function-run.ts';

const test = suite('runtimes/python/bootstrap');
let runner: FunctionRunner;
test.before(async () => {
  runner = await openFunctionRunner('python');
});
test.after(() => runner.close());

const SHOW_PROCESS =
  'import os, sys\ndef handler(event, context):\n    return {"path": sys.path, "python_path": os.environ.get("PYTHONPATH"), "name": os.environ["AWS_EXECUTION_ENV"], "mark": os.environ.get("MARK"), "version": "%d.%d" % sys.version_info[:2]}\n';
const FILES = { 'app.py': SHOW_PROCESS };

async function show(environment: Record<string, string>): Promise<{ shown: Record<string, unknown>; path: string[]; taskRoot: string }> {
  const { reports, taskRoot, stderr } = await runner.run({ handler: 'app.handler', files: FILES, environment, invocations: [{ event: '{}' }] });
  assert.is(reports[0]?.kind, 'response', stderr);
  const shown = Object(bodyOf(reports[0]));
  return { shown, path: shown.path, taskRoot };
}

test('the search path is the function, its layers, the interpreter', async () => {
  const { shown, path, taskRoot } = await show({});
  const version = String(shown['version']);
  assert.equal(path.slice(0, 4), [taskRoot, `/opt/python/lib/python${version}/site-packages`, '/opt/python', `/var/lang/lib/python${version}/site-packages`]);
  assert.ok(path.includes(runner.runtimeDir));
  assert.equal([shown['python_path'], shown['name']], [runner.runtimeDir, `AWS_Lambda_python${version}`]);
});

test('a search path that is the runtime folder counts as none', async () => {
  assert.is((await show({ PYTHONPATH: runner.runtimeDir })).path[2], '/opt/python');
});

test('a search path of the author gets the function in front and nothing else', async () => {
  const { shown, path, taskRoot } = await show({ PYTHONPATH: '/x' });
  assert.is(path[0], taskRoot);
  assert.not.ok(path.includes('/opt/python'));
  assert.is(shown['python_path'], '/x');
});

test('.pth files of the function are processed', async () => {
  const files = { ...FILES, 'more.pth': 'extra\n', 'extra/found.py': 'x = 1\n' };
  const { reports, taskRoot } = await runner.run({ handler: 'app.handler', files, invocations: [{ event: '{}' }] });
  assert.ok(Object(bodyOf(reports[0])).path.includes(join(taskRoot, 'extra')));
});

test('an exec wrapper gets the command and may change the environment', async () => {
  const folder = join(runner.runtimeDir, '..', 'wrappers');
  mkdirSync(folder);
  const wrapper = join(folder, 'wrapper');
  writeFileSync(wrapper, '#!/bin/sh\nexport MARK="wrapped $#"\nexec "$@"\n');
  chmodSync(wrapper, 0o755);
  assert.is((await show({ AWS_LAMBDA_EXEC_WRAPPER: wrapper })).shown['mark'], 'wrapped 2');
  chmodSync(wrapper, 0o644);
  const refused = await runner.run({ handler: 'app.handler', files: FILES, environment: { AWS_LAMBDA_EXEC_WRAPPER: wrapper }, until: 'exit' });
  assert.equal([refused.exitCode, refused.stdout], [126, `${wrapper}: is not an executable\n`]);
});

test('an exec wrapper that is not there ends the start with 127', async () => {
  const { exitCode, stdout } = await runner.run({ handler: 'app.handler', files: FILES, environment: { AWS_LAMBDA_EXEC_WRAPPER: '/no/such' }, until: 'exit' });
  assert.equal([exitCode, stdout], [127, '/no/such: does not exist\n']);
});

test('an address that is not host:port ends the start', async () => {
  const { exitCode, stderr } = await runner.run({ handler: 'app.handler', files: FILES, environment: { AWS_LAMBDA_RUNTIME_API: 'nonsense' }, until: 'exit' });
  assert.is(exitCode, 1);
  assert.match(stderr, /which is not host:port/);
});

test('the platform learns name and version of the client', async () => {
  const { api } = await runner.run({ handler: 'app.handler', files: FILES, invocations: [{ event: '{}' }] });
  assert.match(api.userAgent ?? '', /^rik-python\/3\.\d+\.\d+$/);
});

test.run();
