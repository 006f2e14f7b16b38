import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { checkNodeBinary, newestOffer } from '../../../../images/build/node-package.ts';
import { codeOf } from '../error-code.ts';

const test = suite('images/build/node-package');
const INTEGRITY = `sha512-${'A'.repeat(86)}==`;
const offer = (version: string): object => ({ version, 'dist.integrity': INTEGRITY });

test('the highest version wins by number, not by text', () => {
  assert.is(newestOffer(JSON.stringify(['24.9.0', '24.21.0', '24.10.1'].map(offer)), 'n', '24').version, '24.21.0');
});

test('a single match is not a list', () => {
  assert.equal(newestOffer(JSON.stringify(offer('24.1.0')), 'n', '24'), { version: '24.1.0', integrity: INTEGRITY });
});

for (const [what, text] of Object.entries({ nothing: '', 'an empty list': '[]', 'no integrity': '[{"version":"24.1.0"}]', 'a weak integrity': '{"version":"24.1.0","dist.integrity":"sha1-x"}', 'a version that is an option': JSON.stringify(offer('--x')), 'no JSON': '<html>' })) {
  test(`an answer with ${what} gives no package`, async () => {
    assert.is(await codeOf(() => newestOffer(text, 'n', '24')), 'images/language-unavailable');
  });
}

function binary(machine: number, text: string): Buffer {
  const bytes = Buffer.alloc(4096);
  bytes.writeUInt32BE(0x7f454c46, 0);
  bytes.writeUInt16LE(machine, 18);
  bytes.write(text, 1000, 'latin1');
  return bytes;
}

test('a binary of the right architecture and version passes, also when it says its version several times', () => {
  checkNodeBinary(binary(0x3e, 'node-v24.21.0\0x node-v24.21.0.tar.gz node-v8'), '24.21.0', 'x86_64');
  checkNodeBinary(binary(0xb7, 'node-v24.21.0'), '24.21.0', 'arm64');
});

for (const [what, bytes] of Object.entries({
  'another architecture': binary(0xb7, 'node-v24.21.0'), 'another version': binary(0x3e, 'node-v24.21.1'), 'two versions': binary(0x3e, 'node-v24.21.0 node-v22.1.0'),
  'no version': binary(0x3e, ''), 'a script': Buffer.from('#!/bin/sh\n# node-v24.21.0\n'.padEnd(100)), 'an empty file': Buffer.alloc(0),
})) {
  test(`${what} is refused`, async () => {
    assert.is(await codeOf(() => checkNodeBinary(bytes, '24.21.0', 'x86_64')), 'images/package-malformed');
  });
}

test.run();
