import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ZipFile } from 'yazl';
import { extractArchive, removePartialTrees, uploadRefusalMessage } from '../../../layers/index.ts';
import { rawZip, type RawZipEntry } from '../../support/raw-zip.ts';
import { caught, withTemporaryFolder } from '../../support/temporary-folder.ts';

const test = suite('layers/extract-archive');
const LINK = 0o120777;

async function extract(archive: Buffer | string, look: (root: string, counts: { files: number; unpackedBytes: number }) => void, limits = {}): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const destination = join(folder, 'out');
    look(destination, await extractArchive({ archive, destination, limits }));
    assert.equal(readdirSync(folder), ['out']);
  });
}

async function refusal(archive: Buffer | string, limits = {}): Promise<unknown> {
  return withTemporaryFolder(async (folder) => {
    const error = await caught(() => extractArchive({ archive, destination: join(folder, 'out'), limits }));
    assert.equal(readdirSync(folder), [], 'nothing is left behind');
    return error;
  });
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : error;
}

const modeOf = (path: string): string => (lstatSync(path).mode & 0o7777).toString(8);

test('files, folders and links come out with their content and the two modes', async () => {
  const entries: RawZipEntry[] = [
    { name: 'bootstrap', data: '#!/bin/sh\n', mode: 0o100755 },
    { name: 'index.mjs', data: 'export const x = 1;\n', mode: 0o100600, method: 0 },
    { name: 'empty/', mode: 0o040700 },
    { name: 'lib/deep/file', data: '' },
    { name: 'lib/link', data: '../index.mjs', mode: LINK },
    { name: 'tool', data: 'x', mode: 0o106711 },
  ];
  await extract(rawZip(entries), (root, counts) => {
    assert.equal(counts, { files: 4, unpackedBytes: 31 });
    assert.is(readFileSync(join(root, 'lib/link'), 'utf8'), 'export const x = 1;\n');
    assert.is(readlinkSync(join(root, 'lib/link')), '../index.mjs');
    assert.equal([modeOf(root), modeOf(join(root, 'empty')), modeOf(join(root, 'lib'))], ['755', '755', '755']);
    assert.equal([modeOf(join(root, 'bootstrap')), modeOf(join(root, 'index.mjs')), modeOf(join(root, 'lib/deep/file'))], ['755', '644', '644']);
    assert.is(modeOf(join(root, 'tool')), '755', 'setuid and setgid are cleared');
  });
});

test('an archive made without Unix modes gives readable files of which none is executable', async () => {
  await extract(rawZip([{ name: 'bootstrap', data: 'x', madeBy: 0, mode: 0o100755 }, { name: 'a/', madeBy: 0 }]), (root) => {
    assert.equal([modeOf(join(root, 'bootstrap')), modeOf(join(root, 'a'))], ['644', '755']);
  });
});

test('the modes do not depend on the umask of the process', async () => {
  const before = process.umask(0o077);
  try {
    await extract(rawZip([{ name: 'a/b', data: 'x' }, { name: 'c', data: 'y', mode: 0o100755 }]), (root) => {
      assert.equal([modeOf(join(root, 'a')), modeOf(join(root, 'a/b')), modeOf(join(root, 'c'))], ['755', '644', '755']);
    });
  } finally {
    process.umask(before);
  }
});

test('an archive of an ordinary tool is read from a file', async () => {
  await withTemporaryFolder(async (folder) => {
    const zip = new ZipFile();
    const large = Buffer.alloc(3 * 1024 * 1024, 'rik ');
    zip.addBuffer(large, 'large.txt', { mode: 0o100644, mtime: new Date('2024-05-06T07:08:10Z') });
    zip.addBuffer(Buffer.from('é'), 'naïve/ü.txt');
    zip.addEmptyDirectory('empty');
    zip.end();
    const chunks: Uint8Array[] = [];
    for await (const chunk of zip.outputStream) if (typeof chunk !== 'string') chunks.push(chunk);
    const archive = join(folder, 'a.zip');
    writeFileSync(archive, Buffer.concat(chunks));
    const destination = join(folder, 'out');
    assert.equal(await extractArchive({ archive, destination }), { files: 2, unpackedBytes: large.length + 2 });
    assert.ok(readFileSync(join(destination, 'large.txt')).equals(large));
    assert.is(readFileSync(join(destination, 'naïve/ü.txt'), 'utf8'), 'é');
    assert.is(statSync(join(destination, 'large.txt')).mtimeMs % 1000, 0);
  });
});

test('times are kept to the second, since compiled Python files name those of their sources', async () => {
  const extra = Buffer.from([0x55, 0x54, 5, 0, 1, 0, 0, 0, 0]);
  extra.writeInt32LE(1_700_000_001, 5);
  await extract(rawZip([{ name: 'a.py', data: 'x', extra }, { name: 'b.py', data: 'x' }]), (root) => {
    assert.is(statSync(join(root, 'a.py')).mtimeMs, 1_700_000_001_000);
    assert.is(statSync(join(root, 'b.py')).mtimeMs, Date.UTC(1980, 0, 1));
  });
});

const LARGE = Buffer.alloc(2 * 1024 * 1024, 'abc');
const refusals: [title: string, code: string, archive: Buffer][] = [
  ['text instead of an archive', 'layers/not-an-archive', Buffer.from('hello')],
  ['an empty upload', 'layers/not-an-archive', Buffer.alloc(0)],
  ['a cut-off archive', 'layers/not-an-archive', rawZip([{ name: 'a', data: 'abc' }]).subarray(0, -5)],
  ['a directory that lies past the end', 'layers/not-an-archive', rawZip([{ name: 'a', data: 'abc' }]).subarray(40)],
  ['an absolute name', 'layers/bad-entry-name', rawZip([{ name: '/etc/x', data: 'x' }])],
  ['a name that climbs', 'layers/bad-entry-name', rawZip([{ name: '../x', data: 'x' }])],
  ['a name that climbs in the middle', 'layers/bad-entry-name', rawZip([{ name: 'a/../../x', data: 'x' }])],
  ['a name with a backslash', 'layers/bad-entry-name', rawZip([{ name: 'a\\x', data: 'x' }])],
  ['a name with a NUL', 'layers/bad-entry-name', rawZip([{ name: 'a\0x', data: 'x' }])],
  ['a drive letter', 'layers/bad-entry-name', rawZip([{ name: 'C:/x', data: 'x' }])],
  ['a name that is not UTF-8', 'layers/bad-entry-name', rawZip([{ name: Buffer.from([0x61, 0xff]), data: 'x' }])],
  ['an empty name', 'layers/bad-entry-name', rawZip([{ name: '', data: 'x' }])],
  ['a link to an absolute path', 'layers/bad-link', rawZip([{ name: 'l', data: '/etc/passwd', mode: LINK }])],
  ['a link out of the root', 'layers/bad-link', rawZip([{ name: 'a/l', data: '../../x', mode: LINK }])],
  ['two links that leave together', 'layers/bad-link', rawZip([{ name: 'd/up', data: '..', mode: LINK }, { name: 'out', data: 'd/up/..', mode: LINK }])],
  ['a link without a target', 'layers/bad-link', rawZip([{ name: 'l', data: '', mode: LINK }])],
  ['a link with an endless target', 'layers/bad-link', rawZip([{ name: 'l', data: 'a'.repeat(5000), mode: LINK }])],
  ['a link whose target is not UTF-8', 'layers/bad-link', rawZip([{ name: 'l', data: Buffer.from([0xff]), mode: LINK }])],
  ['an entry below a link', 'layers/entry-under-link', rawZip([{ name: 'l', data: 'a', mode: LINK }, { name: 'l/x', data: 'x' }])],
  ['an entry below a link that comes later', 'layers/entry-under-link', rawZip([{ name: 'l/m/x', data: 'x' }, { name: 'l', data: 'a', mode: LINK }])],
  ['the same name twice', 'layers/duplicate-entry', rawZip([{ name: 'a', data: '1' }, { name: 'a', data: '2' }])],
  ['a file and a folder of one name', 'layers/duplicate-entry', rawZip([{ name: 'a', data: '1' }, { name: 'a/' }])],
  ['an entry below a file', 'layers/duplicate-entry', rawZip([{ name: 'a', data: '1' }, { name: 'a/b/c', data: '1' }])],
  ['an encrypted entry', 'layers/unsupported-entry', rawZip([{ name: 'a', data: '1', flags: 0x801 }])],
  ['another compression method', 'layers/unsupported-entry', rawZip([{ name: 'a', data: '1', method: 12 }])],
  ['a device', 'layers/unsupported-entry', rawZip([{ name: 'a', mode: 0o020644 }])],
  ['a pipe', 'layers/unsupported-entry', rawZip([{ name: 'a', mode: 0o010644 }])],
  ['a folder with content', 'layers/unsupported-entry', rawZip([{ name: 'a/', data: 'x' }])],
  ['a wrong checksum', 'layers/damaged-entry', rawZip([{ name: 'a', data: 'abc', declaredCrc32: 1 }])],
  ['a wrong checksum of a large file', 'layers/damaged-entry', rawZip([{ name: 'a', data: LARGE, declaredCrc32: 1 }])],
  ['a wrong checksum of a stored large file', 'layers/damaged-entry', rawZip([{ name: 'a', data: LARGE, declaredCrc32: 1, method: 0 }])],
  ['more content than declared', 'layers/damaged-entry', rawZip([{ name: 'a', data: 'abcdef', declaredUnpackedBytes: 3 }])],
  ['more content than declared in a middle-sized file', 'layers/damaged-entry', rawZip([{ name: 'a', data: LARGE.subarray(0, 99_000), declaredUnpackedBytes: 98_000 }])],
  ['more content than declared in a large file', 'layers/damaged-entry', rawZip([{ name: 'a', data: LARGE, declaredUnpackedBytes: LARGE.length - 1 }])],
  ['less content than declared', 'layers/damaged-entry', rawZip([{ name: 'a', data: 'abc', declaredUnpackedBytes: 4 }])],
  ['less content than declared in a large file', 'layers/damaged-entry', rawZip([{ name: 'a', data: LARGE, declaredUnpackedBytes: LARGE.length + 1 }])],
  ['data that does not inflate', 'layers/damaged-entry', rawZip([{ name: 'a', data: 'abc', declaredPackedBytes: 2 }])],
  ['bytes after the end of the data', 'layers/damaged-entry', rawZip([{ name: 'a', data: 'abc', packedSuffix: Buffer.from('hidden') }])],
  ['bytes after the end of large data', 'layers/damaged-entry', rawZip([{ name: 'a', data: LARGE, packedSuffix: Buffer.from('hidden') }])],
  ['a local header of another name', 'layers/damaged-entry', rawZip([{ name: 'a', data: 'abc', localName: 'b' }])],
  ['entries that share their data', 'layers/damaged-entry', rawZip([{ name: 'a', data: 'abc' }, { name: 'b', data: 'abc', sharesDataOf: 0 }])],
  ['a ratio that deflate cannot reach', 'layers/suspicious-ratio', rawZip([{ name: 'a', data: 'abc', declaredUnpackedBytes: 100_000_000 }])],
];
for (const [title, code, archive] of refusals) {
  test(`${title} is refused and leaves nothing behind`, async () => {
    const error = await refusal(archive);
    assert.is(codeOf(error), code, String(error));
    assert.is(uploadRefusalMessage(error), 'Could not unzip uploaded file. Please check your file, then try to upload again.');
  });
}

test('the unpacked size is accepted at the limit and refused one byte above it', async () => {
  const whole = rawZip([{ name: 'a', data: Buffer.alloc(262_144_000) }]);
  await extract(whole, (_root, counts) => assert.is(counts.unpackedBytes, 262_144_000));
  const above = await refusal(rawZip([{ name: 'a', data: Buffer.alloc(262_144_000) }, { name: 'b', data: 'x' }]));
  assert.is(codeOf(above), 'layers/unpacked-too-large');
  assert.is(uploadRefusalMessage(above), 'Unzipped size must be smaller than 262144000 bytes');
});

test('the number of entries is accepted at the limit and refused one above it, with the folders that are implied', async () => {
  const zip = rawZip([{ name: 'a/b/x', data: '1' }, { name: 'a/c/', data: '' }, { name: 'y', data: '' }]);
  await extract(zip, (_root, counts) => assert.is(counts.files, 2), { entriesMax: 5 });
  assert.is(codeOf(await refusal(zip, { entriesMax: 4 })), 'layers/too-many-entries');
  assert.is(codeOf(await refusal(zip, { entriesMax: 2 })), 'layers/too-many-entries');
});

test('deep names that imply millions of folders are refused without making them', async () => {
  const entries = Array.from({ length: 200 }, (_, index) => ({ name: `${index}/${'d/'.repeat(990)}x`, data: '' }));
  assert.is(codeOf(await refusal(rawZip(entries))), 'layers/too-many-entries');
});

test('an archive that does not exist is refused without naming a path of the machine', async () => {
  const error = await refusal('/nowhere/a.zip');
  assert.is(codeOf(error), 'layers/source-unreadable');
  assert.not.match(String(error), /nowhere/);
});

test('an archive too large to hold in memory is read piece by piece', async () => {
  await withTemporaryFolder(async (folder) => {
    const archive = join(folder, 'a.zip');
    const large = Buffer.alloc(65 * 1024 * 1024, 'r');
    writeFileSync(archive, rawZip([{ name: 'large', data: large, method: 0 }, { name: 'small', data: 'x' }]));
    const destination = join(folder, 'out');
    assert.equal(await extractArchive({ archive, destination }), { files: 2, unpackedBytes: large.length + 1 });
    assert.ok(readFileSync(join(destination, 'large')).equals(large));
    writeFileSync(archive, Buffer.concat([readFileSync(archive), Buffer.from('junk')]));
    assert.is(codeOf(await caught(() => extractArchive({ archive, destination: join(folder, 'other') }))), 'layers/not-an-archive');
  });
});

test('a folder is refused as an archive', async () => {
  await withTemporaryFolder(async (folder) => {
    assert.is(codeOf(await caught(() => extractArchive({ archive: folder, destination: join(folder, 'out') }))), 'layers/source-unreadable');
  });
});

test('a destination that exists is refused and stays as it was', async () => {
  await withTemporaryFolder(async (folder) => {
    const destination = join(folder, 'out');
    mkdirSync(destination);
    const error = await caught(() => extractArchive({ archive: rawZip([{ name: 'a', data: 'x' }]), destination }));
    assert.is(codeOf(error), 'layers/destination-exists');
    assert.equal(readdirSync(destination), []);
    assert.is(uploadRefusalMessage(error), undefined);
  });
});

test('of two at once into one destination, one wins whole and the other is refused', async () => {
  await withTemporaryFolder(async (folder) => {
    const destination = join(folder, 'out');
    const zips = ['1', '2'].map((data) => rawZip([{ name: 'a', data }, { name: 'b', data }]));
    const results = await Promise.allSettled(zips.map((archive) => extractArchive({ archive, destination })));
    assert.equal(results.map((result) => result.status).sort(), ['fulfilled', 'rejected']);
    assert.is(readFileSync(join(destination, 'a'), 'utf8'), readFileSync(join(destination, 'b'), 'utf8'));
    assert.equal(readdirSync(folder), ['out']);
  });
});

test('a parent that cannot be written to is the fault of this machine', async () => {
  await withTemporaryFolder(async (folder) => {
    const error = await caught(() => extractArchive({ archive: rawZip([{ name: 'a', data: 'x' }]), destination: join(folder, 'missing/out') }));
    assert.is(codeOf(error), 'layers/cannot-write');
  });
});

test('what a killed process left half written is removed and nothing else is', async () => {
  await withTemporaryFolder(async (folder) => {
    mkdirSync(join(folder, '.out.rik-partial-0123456789ab/deep'), { recursive: true });
    mkdirSync(join(folder, 'out'));
    writeFileSync(join(folder, '.other'), '');
    chmodSync(join(folder, 'out'), 0o755);
    assert.is(await removePartialTrees(folder), 1);
    assert.equal(readdirSync(folder).sort(), ['.other', 'out']);
    assert.is(existsSync(join(folder, 'out')), true);
  });
});

test.run();
