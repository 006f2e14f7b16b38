import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from 'fast-check';
import { readInterpreter } from '../../../../platform/isolation/elf-interpreter.ts';
import { withTemporaryFolder } from '../../../support/temporary-folder.ts';

const test = suite('platform/isolation/elf-interpreter');

function elf(options: { interpreter?: string; class?: number; endian?: number } = {}): Buffer {
  const text = Buffer.from(`${options.interpreter ?? ''}\0`);
  const image = Buffer.alloc(64 + 56);
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, options.class ?? 2, options.endian ?? 1]).copy(image);
  image.writeBigUInt64LE(64n, 32);
  image.writeUInt16LE(56, 54);
  image.writeUInt16LE(1, 56);
  image.writeUInt32LE(options.interpreter === undefined ? 1 : 3, 64);
  image.writeBigUInt64LE(BigInt(image.length), 72);
  image.writeBigUInt64LE(BigInt(text.length), 96);
  return Buffer.concat([image, text]);
}

async function read(bytes: Buffer): Promise<string | undefined> {
  return withTemporaryFolder(async (folder) => {
    const path = join(folder, 'program');
    writeFileSync(path, bytes);
    return readInterpreter(path);
  });
}

test('the loader of a dynamic program is found', async () => {
  assert.is(await read(elf({ interpreter: '/lib64/ld-linux-x86-64.so.2' })), '/lib64/ld-linux-x86-64.so.2');
});

for (const [title, bytes] of [
  ['a static program', elf()],
  ['a 32-bit program', elf({ interpreter: '/lib/ld.so', class: 1 })],
  ['a big-endian program', elf({ interpreter: '/lib/ld.so', endian: 2 })],
  ['a script', Buffer.from('#!/bin/sh\nexec node "$@"\n'.repeat(10))],
  ['an empty file', Buffer.alloc(0)],
] as const) {
  test(`${title} has no loader`, async () => {
    assert.is(await read(bytes), undefined);
  });
}

test('a damaged program never makes it throw', () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, 'program');
    const whole = elf({ interpreter: '/lib64/ld.so' });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 20 }), fc.nat(whole.length), async (changes, length) => {
        const damaged = Buffer.from(whole);
        for (const [at, value] of changes) damaged[at] = value;
        writeFileSync(path, damaged.subarray(0, length));
        const found = await readInterpreter(path);
        assert.ok(found === undefined || typeof found === 'string');
      }),
      { numRuns: 300 },
    );
  }));

test.run();
