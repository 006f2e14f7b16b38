import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { environmentConfiguration } from '../../../../platform/worker/environment-configuration.ts';
import { functionVersion } from './fake-sandbox.ts';

const test = suite('platform/worker/environment-configuration');

test('with a mount namespace the bootstrap is looked for in the well-known places', () => {
  const configuration = environmentConfiguration(functionVersion({ timeoutMs: 7_000 }), {
    logStream: 's',
    paths: { task: '/var/task', layers: '/opt', tmp: '/tmp', control: '/run/ctl' },
  });
  assert.equal(configuration.bootstrap, { kind: 'lookup', paths: ['/var/runtime/bootstrap', '/var/task/bootstrap', '/opt/bootstrap'] });
  assert.is(configuration.workingDirectory, '/var/task');
  assert.is(configuration.functionTimeoutMs, 7_000);
  assert.is(configuration.initTimeoutMs, 10_000);
});

test('without one, in the folders that stand for them, whatever characters their names have', () => {
  const root = { ...functionVersion().root, clientPath: '/clients/$&' };
  const configuration = environmentConfiguration(functionVersion({ root }), {
    logStream: 's',
    paths: { task: '/state/$1/task', layers: '/state/$$/opt', tmp: '/state/tmp', control: '/state/ctl' },
  });
  assert.equal(configuration.bootstrap, { kind: 'lookup', paths: ['/clients/$&/bootstrap', '/state/$1/task/bootstrap', '/state/$$/opt/bootstrap'] });
  assert.is(configuration.variables['LAMBDA_RUNTIME_DIR'], '/clients/$&');
});

test.run();
