import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runtimeVariables } from '../../../../platform/worker/runtime-variables.ts';
import { functionVersion } from './fake-sandbox.ts';

const test = suite('platform/worker/runtime-variables');
const OPTIONS = { logStream: '2026/01/31/[$LATEST]abc', places: { task: '/var/task', layers: '/opt', runtime: '/var/runtime' } };

/** The recorded start environment of provided.al2023, but for AWS_LAMBDA_RUNTIME_API, which only the server inside knows. */
const RECORDED = [
  'AWS_ACCESS_KEY_ID', 'AWS_DEFAULT_REGION', 'AWS_LAMBDA_FUNCTION_MEMORY_SIZE', 'AWS_LAMBDA_FUNCTION_NAME', 'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_INITIALIZATION_TYPE', 'AWS_LAMBDA_LOG_GROUP_NAME', 'AWS_LAMBDA_LOG_STREAM_NAME', 'AWS_REGION', 'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN', 'AWS_XRAY_CONTEXT_MISSING', 'AWS_XRAY_DAEMON_ADDRESS', 'LAMBDA_RUNTIME_DIR', 'LAMBDA_TASK_ROOT', 'LANG',
  'LD_LIBRARY_PATH', 'PATH', 'TZ', '_AWS_XRAY_DAEMON_ADDRESS', '_AWS_XRAY_DAEMON_PORT', '_HANDLER',
];

function variablesOf(changes: Parameters<typeof functionVersion>[0] = {}) {
  return runtimeVariables(functionVersion(changes), OPTIONS);
}

function rootOf(family: string, environment: Record<string, string> = {}) {
  return { ...functionVersion().root, family, identifier: family === 'provided' ? 'provided.al2023' : 'nodejs24.x', environment };
}

test('a runtime of the operating system only gets exactly the recorded set', () => {
  assert.equal(Object.keys(variablesOf({ root: rootOf('provided') })).sort(), RECORDED);
});

test('a managed runtime gets the name of its runtime as well', () => {
  const variables = variablesOf();
  assert.is(variables['AWS_EXECUTION_ENV'], 'AWS_Lambda_nodejs24.x');
  assert.equal(Object.keys(variables).sort(), [...RECORDED, 'AWS_EXECUTION_ENV'].sort());
});

test('the values are those of the function and of its environment', () => {
  const variables = variablesOf({ memoryMiB: 512, functionName: 'orders', handler: 'app.main', region: 'eu-west-1' });
  assert.is(variables['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'], '512');
  assert.is(variables['AWS_LAMBDA_LOG_GROUP_NAME'], '/aws/lambda/orders');
  assert.is(variables['AWS_LAMBDA_LOG_STREAM_NAME'], '2026/01/31/[$LATEST]abc');
  assert.is(variables['_HANDLER'], 'app.main');
  assert.is(variables['AWS_REGION'], 'eu-west-1');
  assert.is(variables['AWS_DEFAULT_REGION'], 'eu-west-1');
  assert.is(variables['TZ'], ':UTC');
});

test('the image wins over the defaults, the function over the image', () => {
  const root = rootOf('nodejs', { LANG: 'C.UTF-8', NODE_PATH: '/image' });
  assert.is(variablesOf({ root })['LANG'], 'C.UTF-8');
  assert.is(variablesOf({ root, variables: { NODE_PATH: '/mine' } })['NODE_PATH'], '/mine');
  assert.is(variablesOf({ variables: { PATH: '/mine', TZ: 'Europe/Berlin' } })['PATH'], '/mine');
});

for (const name of ['_HANDLER', 'AWS_REGION', 'AWS_LAMBDA_FUNCTION_NAME', 'LAMBDA_TASK_ROOT', 'AWS_ACCESS_KEY_ID']) {
  test(`${name} cannot be set by a function, nor by an image`, () => {
    const plain = variablesOf()[name];
    assert.is(variablesOf({ variables: { [name]: 'mine' }, root: rootOf('nodejs', { [name]: 'mine' }) })[name], plain);
  });
}

test('an image does not set the time zone', () => {
  assert.is(variablesOf({ root: rootOf('nodejs', { TZ: ':/etc/localtime' }) })['TZ'], ':UTC');
});

test('where there is no mount namespace the folders are those of the host', () => {
  const variables = runtimeVariables(functionVersion(), { ...OPTIONS, places: { task: '/state/1/task', layers: '/state/1/opt', runtime: '/clients/nodejs' } });
  assert.is(variables['LAMBDA_TASK_ROOT'], '/state/1/task');
  assert.is(variables['LAMBDA_RUNTIME_DIR'], '/clients/nodejs');
});

test.run();
