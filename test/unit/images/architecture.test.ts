import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hostArchitecture } from '../../../images/architecture.ts';
import { codeOf } from './error-code.ts';

const test = suite('images/architecture');

test('Node names of the two architectures become Lambda names', () => {
  assert.equal([hostArchitecture('x64'), hostArchitecture('arm64')], ['x86_64', 'arm64']);
});

test('any other architecture is refused', async () => {
  for (const name of ['ia32', 'arm', 'riscv64', '']) assert.is(await codeOf(() => hostArchitecture(name)), 'images/architecture-unsupported');
});

test.run();
