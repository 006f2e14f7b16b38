import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { extensionVariables } from '../../../../runtime-api/extensions/extension-variables.ts';

const test = suite('runtime-api/extensions/extension-variables');

/** The ten of the guide, retyped. */
const TEN = [
  'AWS_EXECUTION_ENV', 'AWS_LAMBDA_LOG_GROUP_NAME', 'AWS_LAMBDA_LOG_STREAM_NAME', 'AWS_XRAY_CONTEXT_MISSING', 'AWS_XRAY_DAEMON_ADDRESS',
  'LAMBDA_RUNTIME_DIR', 'LAMBDA_TASK_ROOT', '_AWS_XRAY_DAEMON_ADDRESS', '_AWS_XRAY_DAEMON_PORT', '_HANDLER',
];
const KEPT = { AWS_LAMBDA_RUNTIME_API: '127.0.0.1:9001', AWS_REGION: 'us-east-1', AWS_SESSION_TOKEN: 't', CUSTOMER: 'c' };

// ref: EXT-041
test('exactly the ten of the guide are withheld', () => {
  const all = { ...KEPT, _OWN: 'kept', ...Object.fromEntries(TEN.map((name) => [name, 'x'])) };
  assert.equal(extensionVariables(all, 'aws'), { ...KEPT, _OWN: 'kept' });
});

test('the classic emulator withholds what begins with an underscore and the tracing daemon, and nothing else', () => {
  const all = { ...KEPT, _OWN: 'x', _HANDLER: 'x', AWS_XRAY_DAEMON_ADDRESS: 'x', LAMBDA_TASK_ROOT: 'kept' };
  assert.equal(extensionVariables(all, 'rie'), { ...KEPT, LAMBDA_TASK_ROOT: 'kept' });
});

test.run();
