/** Mutates real archives and looks only at what must hold whatever they say. */
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isCodedError } from '../../../foundation/coded-error.ts';
import { extractArchive, LAYERS_ERRORS } from '../../../layers/index.ts';
import { rawZip, type RawZipEntry } from '../../support/raw-zip.ts';
import { withTemporaryFolder } from '../../support/temporary-folder.ts';

const test = suite('layers/hostile-archives');
const RUNS = 400;

const REAL = rawZip([
  { name: 'bootstrap', data: '#!/bin/sh\necho hello\n', mode: 0o100755 },
  { name: 'lib/', mode: 0o040755 },
  { name: 'lib/a.js', data: 'module.exports = 1;\n'.repeat(20) },
  { name: 'lib/link', data: '../bootstrap', mode: 0o120777 },
  { name: 'data/large', data: Buffer.alloc(1_200_000, 'abcdefg') },
  { name: 'stored', data: 'plain', method: 0 },
]);

/** Either a coded refusal that leaves nothing, or a tree that holds nothing but files, folders and inner links. */
async function check(archive: Buffer): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const destination = join(folder, 'in', 'out');
    mkdirSync(join(folder, 'in'));
    try {
      await extractArchive({ archive, destination, limits: { unpackedBytesMax: 4_000_000 } });
    } catch (error) {
      assert.ok(isCodedError(error), error instanceof Error ? (error.stack ?? error.message) : String(error));
      assert.ok(error.code in LAYERS_ERRORS, error.code);
      assert.is(error.fault, 'caller', String(error.cause));
      assert.equal(readdirSync(join(folder, 'in')), []);
    }
    assert.equal(readdirSync(folder), ['in']);
    if (existsSync(destination)) checkTree(destination);
  });
}

function checkTree(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const status = lstatSync(path);
    assert.ok(status.isFile() || status.isDirectory() || status.isSymbolicLink(), path);
    if (status.isDirectory()) checkTree(path);
    if (status.isFile()) assert.ok([0o644, 0o755].includes(status.mode & 0o7777), path);
  }
}

test('the archive that is mutated is a good one', async () => {
  await withTemporaryFolder(async (folder) => {
    await extractArchive({ archive: REAL, destination: join(folder, 'out') });
    assert.is(readFileSync(join(folder, 'out/lib/link'), 'utf8'), '#!/bin/sh\necho hello\n');
  });
});

test('changed bytes anywhere end in a coded refusal or in a tree within the rules', async () => {
  const change = fc.record({ at: fc.nat(REAL.length - 1), byte: fc.nat(255) });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
      const archive = Buffer.from(REAL);
      for (const { at, byte } of changes) archive[at] = byte;
      await check(archive);
    }),
    { numRuns: RUNS },
  );
});

test('changed fields of the directory end in a coded refusal or in a tree within the rules', async () => {
  const directory = REAL.indexOf(Buffer.from('PK\u0001\u0002'));
  const value = fc.constantFrom(0, 1, 2, 0x7f, 0x80, 0xfe, 0xff);
  const change = fc.record({ at: fc.integer({ min: directory, max: REAL.length - 1 }), byte: value });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
      const archive = Buffer.from(REAL);
      for (const { at, byte } of changes) archive[at] = byte;
      await check(archive);
    }),
    { numRuns: RUNS },
  );
});

test('cut, doubled and shifted archives end in a coded refusal or in a tree within the rules', async () => {
  const range = fc.tuple(fc.nat(REAL.length), fc.nat(REAL.length));
  await fc.assert(
    fc.asyncProperty(range, fc.constantFrom('cut', 'keep', 'double'), async ([one, other], how) => {
      const [start, end] = one < other ? [one, other] : [other, one];
      const parts = how === 'cut' ? [REAL.subarray(0, start), REAL.subarray(end)] : how === 'keep' ? [REAL.subarray(start, end)] : [REAL, REAL.subarray(start, end)];
      await check(Buffer.concat(parts));
    }),
    { numRuns: RUNS },
  );
});

test('entries of any name, kind and content end in a coded refusal or in a tree within the rules', async () => {
  const part = fc.constantFrom('a', 'b', 'l', '..', '.', '', '\\', 'C:', '/etc');
  const name = fc.array(part, { maxLength: 4 }).map((parts) => parts.join('/'));
  const mode = fc.constantFrom(0, 0o100644, 0o104755, 0o040755, 0o120777, 0o010644, 0o060644, 0o140755);
  const entry: fc.Arbitrary<RawZipEntry> = fc.record({ name, mode, data: fc.oneof(name, fc.string()), method: fc.constantFrom(0, 8), madeBy: fc.constantFrom(0, 3, 19) });
  await fc.assert(fc.asyncProperty(fc.array(entry, { maxLength: 5 }), (entries) => check(rawZip(entries))), { numRuns: RUNS * 2 });
});

test.run();
