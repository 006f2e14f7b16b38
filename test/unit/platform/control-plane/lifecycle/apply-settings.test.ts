import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readSettings } from '../../../../../platform/control-plane/input/settings-input.ts';
import { StructureReader } from '../../../../../platform/control-plane/input/structure-reader.ts';
import { initialSettings, updatedSettings } from '../../../../../platform/control-plane/lifecycle/apply-settings.ts';

const test = suite('platform/control-plane/lifecycle/apply-settings');

const input = (members: object) => readSettings(StructureReader.parse(Buffer.from(JSON.stringify(members))));
const ESSENTIALS = { functionName: 'f', runtime: 'nodejs24.x', handler: 'h', role: 'r', architecture: 'x86_64', runtimeVersionArn: undefined } as const;
const initial = (members: object = {}) => initialSettings(ESSENTIALS, input(members));

test('a function starts with the defaults of the API', () => {
  assert.equal(initial(), {
    runtime: 'nodejs24.x', handler: 'h', role: 'r', architecture: 'x86_64', description: '', timeoutSeconds: 3, memoryMiB: 128,
    ephemeralStorageMiB: 512, tracingMode: 'PassThrough', snapStartApplyOn: 'None', logging: { format: 'Text', group: '/aws/lambda/f' },
  });
});

test('an absent member leaves the old value', () => {
  const old = initial({ Timeout: 9, Environment: { Variables: { AB: 'c' } }, DeadLetterConfig: { TargetArn: 'arn:aws:sqs:x' }, Description: 'd' });
  assert.equal(updatedSettings(old, input({})), old);
});

test('the environment is replaced whole', () => {
  const old = initial({ Environment: { Variables: { AB: 'c', DE: 'f' } } });
  assert.equal(updatedSettings(old, input({ Environment: { Variables: { GH: 'i' } } })).environment, [['GH', 'i']]);
  assert.equal(updatedSettings(old, input({ Environment: {} })).environment, []);
});

test('an empty target clears the dead-letter queue', () => {
  const old = initial({ DeadLetterConfig: { TargetArn: 'arn:aws:sqs:x' } });
  assert.is(old.deadLetterTargetArn, 'arn:aws:sqs:x');
  assert.is(updatedSettings(old, input({ DeadLetterConfig: { TargetArn: '' } })).deadLetterTargetArn, undefined);
});

/** Recorded format switches and partial updates (25 November 2025). */
const TEXT = { format: 'Text', group: '/aws/lambda/f' };
const JSON_LEVELS = { format: 'JSON', group: '/aws/lambda/f', applicationLevel: 'INFO', systemLevel: 'INFO' };
const LOGGING: [string, object, object, object][] = [
  ['switching to JSON adds INFO levels', {}, { LogFormat: 'JSON' }, JSON_LEVELS],
  ['switching back to Text drops the levels', { LogFormat: 'JSON' }, { LogFormat: 'Text' }, TEXT],
  ['a level given with JSON is kept, the other is INFO', {}, { LogFormat: 'JSON', ApplicationLogLevel: 'DEBUG' }, { ...JSON_LEVELS, applicationLevel: 'DEBUG' }],
  ['the system level likewise', {}, { LogFormat: 'JSON', SystemLogLevel: 'DEBUG' }, { ...JSON_LEVELS, systemLevel: 'DEBUG' }],
  ['a group alone leaves the format', {}, { LogGroup: 'cool_lambda' }, { ...TEXT, group: 'cool_lambda' }],
  ['a group alone leaves the levels', { LogFormat: 'JSON', SystemLogLevel: 'WARN' }, { LogGroup: 'cool' }, { ...JSON_LEVELS, systemLevel: 'WARN', group: 'cool' }],
];
for (const [title, first, second, expected] of LOGGING)
  test(title, () => {
    const old = initial({ LoggingConfig: first });
    assert.equal(updatedSettings(old, input({ LoggingConfig: second })).logging, expected);
  });

test.run();
