import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LayerUnpacker, type UnpackLimits } from '../../../../images/archive/unpack-layers.ts';
import { codeOf } from '../error-code.ts';
import { inPieces, rawTar, type RawEntry } from '../raw-tar.ts';

const test = suite('images/archive/unpack-layers');
let folder: string;
let root: string;
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'rik-unpack-'));
  root = join(folder, 'root');
  mkdirSync(root);
});
test.after.each(() => {
  // An ordinary user cannot empty a read-only folder, and one test makes such a folder.
  if (existsSync(join(root, 'd'))) chmodSync(join(root, 'd'), 0o700);
  rmSync(folder, { recursive: true, force: true });
});

async function unpack(layers: RawEntry[][], limits: Partial<UnpackLimits> = {}): Promise<void> {
  const unpacker = new LayerUnpacker(root, limits);
  for (const entries of layers) await unpacker.apply(inPieces(rawTar(entries)));
  unpacker.finish();
}
const text = (path: string): string => readFileSync(join(root, path), 'utf8');
const has = (path: string): boolean => existsSync(join(root, path));

test('modes, times and content are those of the layer, without set-uid and set-gid', async () => {
  await unpack([[{ name: './d/', type: '5', mode: 0o2555, mtimeEpochS: 7 }, { name: './d/f', mode: 0o4755, content: 'x', mtimeEpochS: 9 }, { name: 'tmp/', type: '5', mode: 0o1777 }]]);
  assert.is(lstatSync(join(root, 'd')).mode & 0o7777, 0o555);
  assert.is(lstatSync(join(root, 'd')).mtimeMs, 7000);
  assert.is(lstatSync(join(root, 'd/f')).mode & 0o7777, 0o755);
  assert.is(lstatSync(join(root, 'd/f')).mtimeMs, 9000);
  assert.is(lstatSync(join(root, 'tmp')).mode & 0o7777, 0o1777);
});

test('a later layer replaces files, links and folders by any other kind', async () => {
  await unpack([
    [{ name: 'a', content: '1' }, { name: 'b/x', content: '1' }, { name: 'c', type: '2', link: '/etc' }],
    [{ name: 'a/', type: '5', mode: 0o755 }, { name: 'b', content: '2' }, { name: 'c', content: '2' }],
  ]);
  assert.ok(lstatSync(join(root, 'a')).isDirectory());
  assert.is(text('b'), '2');
  assert.ok(lstatSync(join(root, 'c')).isFile());
});

test('a whiteout removes what a lower layer brought, and is not a file itself', async () => {
  await unpack([[{ name: 'd/a', content: '1' }, { name: 'd/b', content: '1' }, { name: 'e/f/g', content: '1' }], [{ name: 'd/.wh.a' }, { name: '.wh.e' }]]);
  assert.equal([has('d/a'), has('d/b'), has('e'), has('d/.wh.a')], [false, true, false, false]);
});

test('an opaque marker hides lower layers only, wherever it stands in its own layer', async () => {
  for (const own of [[{ name: 'd/new', content: '2' }, { name: 'd/.wh..wh..opq' }], [{ name: 'd/.wh..wh..opq' }, { name: 'd/new', content: '2' }]]) {
    rmSync(root, { recursive: true });
    mkdirSync(root);
    await unpack([[{ name: 'd/old', content: '1' }, { name: 'd/sub/x', content: '1' }], own]);
    assert.equal([has('d/old'), has('d/sub'), has('d/new')], [false, false, true]);
  }
});

test('a whiteout does not hide what its own layer brings', async () => {
  await unpack([[{ name: 'd/a', content: '1' }], [{ name: 'd/a', content: '2' }, { name: 'd/.wh.a' }]]);
  assert.is(text('d/a'), '2');
});

test('a whiteout of a link removes the link and not what it points to', async () => {
  await unpack([[{ name: 'keep/x', content: '1' }, { name: 'l', type: '2', link: 'keep' }], [{ name: '.wh.l' }]]);
  assert.equal([has('l'), text('keep/x')], [false, '1']);
});

test('links may point anywhere; they are kept as text', async () => {
  await unpack([[{ name: 'l', type: '2', link: '../../../etc/passwd' }, { name: 'm', type: '2', link: '/etc' }]]);
  assert.is(readlinkSync(join(root, 'l')), '../../../etc/passwd');
  assert.is(readlinkSync(join(root, 'm')), '/etc');
});

test('a hard link shares the file of an earlier layer', async () => {
  await unpack([[{ name: 'a', content: 'same' }], [{ name: 'b', type: '1', link: 'a' }]]);
  assert.is(lstatSync(join(root, 'a')).ino, lstatSync(join(root, 'b')).ino);
});

const HOSTILE: Record<string, RawEntry[]> = {
  'a name with two dots': [{ name: '../evil', content: 'x' }],
  'two dots in the middle': [{ name: 'a/../../evil', content: 'x' }],
  'an absolute name': [{ name: '/evil', content: 'x' }],
  'a file through a link': [{ name: 'l', type: '2', link: '..' }, { name: 'l/evil', content: 'x' }],
  'a folder through a link': [{ name: 'l', type: '2', link: '..' }, { name: 'l/evil/', type: '5' }],
  'a file below a file': [{ name: 'f', content: 'x' }, { name: 'f/evil', content: 'x' }],
  'a hard link to the outside': [{ name: 'h', type: '1', link: '../outside' }],
  'a hard link to an absolute name': [{ name: 'h', type: '1', link: '/etc/passwd' }],
  'a hard link through a link': [{ name: 'l', type: '2', link: '..' }, { name: 'h', type: '1', link: 'l/outside' }],
  'a hard link to a link': [{ name: 'l', type: '2', link: '../outside' }, { name: 'h', type: '1', link: 'l' }],
  'a hard link to nothing': [{ name: 'h', type: '1', link: 'nothing' }],
  'a hard link to itself': [{ name: 'h', content: 'x' }, { name: 'h', type: '1', link: 'h' }],
  'a character device': [{ name: 'dev', type: '3' }],
  'a block device': [{ name: 'dev', type: '4' }],
  'a pipe': [{ name: 'pipe', type: '6' }],
  'a link without a target': [{ name: 'l', type: '2' }],
  'a whiteout without a name': [{ name: 'd/x', content: '1' }, { name: 'd/.wh.' }],
  'a whiteout of the folder above': [{ name: 'd/x', content: '1' }, { name: 'd/.wh...' }],
};

for (const [what, entries] of Object.entries(HOSTILE)) {
  test(`${what} is refused and nothing outside is touched`, async () => {
    const outside = join(folder, 'outside');
    mkdirSync(outside);
    assert.is(await codeOf(() => unpack([entries])), 'images/archive-hostile');
    assert.ok(existsSync(outside));
    assert.not.ok(existsSync(join(folder, 'evil')));
  });
}

test('a whiteout through a link of a lower layer removes nothing outside', async () => {
  mkdirSync(join(folder, 'outside'));
  await unpack([[{ name: 'l', type: '2', link: '..' }], [{ name: 'l/.wh.outside' }, { name: 'l/.wh..wh..opq' }]]);
  assert.ok(existsSync(join(folder, 'outside')));
});

test('limits hold at the maximum and one above', async () => {
  const files = [{ name: 'a', content: '12' }, { name: 'b', content: '34' }];
  await unpack([files], { entriesMax: 2, contentBytesMax: 4 });
  assert.is(await codeOf(() => unpack([files], { entriesMax: 1 })), 'images/archive-too-large');
  assert.is(await codeOf(() => unpack([files], { contentBytesMax: 3 })), 'images/archive-too-large');
  await unpack([[{ name: 'x/y/z', content: '1' }]], { depthMax: 3 });
  assert.is(await codeOf(() => unpack([[{ name: 'x/y/z', content: '1' }]], { depthMax: 2 })), 'images/archive-hostile');
});

test('random layers of awkward names never write outside', async () => {
  const part = fc.constantFrom('a', 'b', '..', '.', '', 'l', '.wh.a', '.wh..wh..opq', 'ü');
  const entry = fc.record({ name: fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/')).filter((name) => name !== ''), type: fc.constantFrom('0', '1', '2', '5'), link: fc.constantFrom('..', '../outside', 'a', '/', 'l/a') });
  await fc.assert(fc.asyncProperty(fc.array(entry, { maxLength: 8 }), fc.array(entry, { maxLength: 8 }), async (lower, upper) => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(join(folder, 'outside'), { recursive: true });
    mkdirSync(root);
    await codeOf(() => unpack([lower, upper].map((entries) => entries.map(({ link, ...rest }) => (rest.type === '1' || rest.type === '2' ? { ...rest, link } : rest)))));
    assert.equal(lstatSync(join(folder, 'outside')).isDirectory(), true);
    assert.equal(readdirSync(folder).sort(), ['outside', 'root']);
  }), { numRuns: 150 });
});


test.run();
