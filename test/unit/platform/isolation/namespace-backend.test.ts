import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CAPABILITIES, refuseMissing } from '../../../../platform/isolation/capabilities.ts';
import { requiredCapabilities } from '../../../../platform/isolation/namespace-backend.ts';
import { nothingAvailable } from '../../../../platform/isolation/namespace-probe.ts';
import { caught } from '../../../support/temporary-folder.ts';

const test = suite('platform/isolation/namespace-backend');

test('for root all limits and an own user id are required', () => {
  const required = requiredCapabilities({ isRoot: true, requirements: {} });
  for (const name of ['memoryLimit', 'cpuLimit', 'pidsLimit', 'distinctUid', 'systemCallFilter', 'readOnlyRoot', 'networkIsolation', 'processIsolation', 'killTree'] as const) assert.ok(required.includes(name), name);
});

test('for an ordinary user limits are best-effort and the walls stay required', () => {
  const required = requiredCapabilities({ isRoot: false, requirements: {} });
  for (const name of ['memoryLimit', 'cpuLimit', 'pidsLimit', 'distinctUid'] as const) assert.not.ok(required.includes(name), name);
  for (const name of ['systemCallFilter', 'readOnlyRoot', 'networkIsolation', 'processIsolation', 'killTree'] as const) assert.ok(required.includes(name), name);
});

test('single capabilities can be made required or best-effort', () => {
  const required = requiredCapabilities({ isRoot: true, requirements: { freeze: 'required', cpuLimit: 'best-effort' } });
  assert.ok(required.includes('freeze'));
  assert.not.ok(required.includes('cpuLimit'));
});

test('a missing capability is refused with its name, meaning and reason, and a present one is not', async () => {
  const report = nothingAvailable('process', 'because of the test', [], {});
  const error = await caught(() => refuseMissing(report, ['memoryLimit']));
  assert.match(String(error), /memoryLimit .*kernel.*because of the test/);
  report.capabilities.memoryLimit = { available: true, how: 'x' };
  refuseMissing(report, ['memoryLimit']);
});

test('a report names every capability', () => {
  assert.equal(Object.keys(nothingAvailable('process', '', [], {}).capabilities).sort(), Object.keys(CAPABILITIES).sort());
});

test.run();
