/** Cases: managed-runtimes §1.8, PY-056 to PY-059. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bodyOf, type FunctionRunner, type FunctionRunResult, openFunctionRunner } from '../../../support/function-run.ts';

const test = suite('runtimes/python/restore-hooks');
let runner: FunctionRunner;
test.before(async () => {
  runner = await openFunctionRunner('python');
});
test.after(() => runner.close());

const HOOKS = `
from snapshot_restore_py import register_after_restore, register_before_snapshot
register_before_snapshot(print, "b1")
register_before_snapshot(print, "b2", end="\\n")
register_after_restore(print, "a1")
@register_after_restore
def a2(): print("a2")
def handler(event, context): return 1
`;

function run(source: string, options: { type?: string; until?: 'exit' } = {}): Promise<FunctionRunResult> {
  const until = options.until === undefined ? {} : { until: options.until };
  const environment = { AWS_LAMBDA_INITIALIZATION_TYPE: options.type ?? 'snap-start' };
  return runner.run({ handler: 'app.handler', files: { 'app.py': source }, environment, invocations: [{ event: '{}' }], ...until });
}

test('PY-056: hooks run last first before the snapshot and in order after the restore', async () => {
  const { stdout, api, reports } = await run(HOOKS);
  assert.equal([stdout, api.restoreCount, bodyOf(reports[0])], ['b2\nb1\na1\na2\n', 1, 1]);
});

test('PY-057: a hook that fails before the snapshot is an init error and ends with 64', async () => {
  const { reports, api, exitCode } = await run(`${HOOKS}\nregister_before_snapshot(lambda: 1 / 0)\n`, { until: 'exit' });
  assert.equal([exitCode, api.restoreCount, reports.map((report) => report.kind)], [64, 0, ['init-error']]);
  assert.equal([reports[0]?.headers['lambda-runtime-function-error-type'], Object(bodyOf(reports[0])).errorType], ['Runtime.BeforeSnapshotError', 'ZeroDivisionError']);
});

test('PY-058: a hook that fails after the restore is a restore error and ends with 65', async () => {
  const { reports, api, exitCode } = await run(`${HOOKS}\nregister_after_restore(lambda: 1 / 0)\n`, { until: 'exit' });
  assert.equal([exitCode, api.nextCount, reports.map((report) => report.kind)], [65, 0, ['restore-error']]);
  assert.equal([reports[0]?.headers['lambda-runtime-function-error-type'], Object(bodyOf(reports[0])).errorType], ['Runtime.AfterRestoreError', 'ZeroDivisionError']);
});

test('PY-059: without a snapshot no hook runs', async () => {
  const { stdout, api } = await run(HOOKS, { type: 'on-demand' });
  assert.equal([stdout, api.restoreCount], ['', 0]);
});

test('a function without hooks waits for the restore all the same', async () => {
  const { api, reports } = await run('def handler(event, context): return 1\n');
  assert.equal([api.restoreCount, bodyOf(reports[0])], [1, 1]);
});

test('the function\'s own copy of the package is the one that counts', async () => {
  const files = {
    'app.py': 'import snapshot_restore_py\nsnapshot_restore_py.hooks.append((print, ("own",), {}))\ndef handler(event, context): return 1\n',
    'snapshot_restore_py.py': 'hooks = []\ndef get_before_snapshot(): return hooks\ndef get_after_restore(): return []\n',
  };
  const { stdout } = await runner.run({ handler: 'app.handler', files, environment: { AWS_LAMBDA_INITIALIZATION_TYPE: 'snap-start' }, invocations: [{ event: '{}' }] });
  assert.is(stdout, 'own\n');
});

test.run();
