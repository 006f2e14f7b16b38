import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readTar } from '../../../../images/archive/tar-reader.ts';
import { addHostFolder, cleanPath, LayerTree } from '../../../../images/build/layer-tree.ts';
import { codeOf } from '../error-code.ts';
import { inPieces, rawTar, type RawEntry } from '../raw-tar.ts';

const test = suite('images/build/layer-tree');

async function add(tree: LayerTree, entries: RawEntry[]): Promise<void> {
  for await (const entry of readTar(inPieces(rawTar(entries)))) await tree.addTarEntry(cleanPath(entry.path), entry);
}

test('set-uid bits, group writing and root-only modes are normalised', async () => {
  const tree = new LayerTree();
  await add(tree, [{ name: './root/', type: '5', mode: 0o700 }, { name: './root/su', mode: 0o4700 }, { name: './root/key', mode: 0o600 }, { name: './local/', type: '5', mode: 0o2775 }]);
  assert.equal([...tree.items()].map((item) => (item.type === 'symlink' ? '' : `${item.path} ${item.mode.toString(8)}`)), ['local 755', 'root 755', 'root/key 644', 'root/su 744']);
});

test('folders above a file come first, in byte order', () => {
  const tree = new LayerTree();
  tree.addFile('b/c/d', '');
  tree.addFile('b-x', '');
  tree.addFile('a', '');
  assert.equal(tree.paths(), ['a', 'b', 'b-x', 'b/c', 'b/c/d']);
});

test('with a merged /usr, files of a package land behind the links and folders do not replace them', async () => {
  const tree = new LayerTree();
  tree.addDirectory('usr/lib');
  tree.addSymlink('lib', 'usr/lib');
  await add(tree, [{ name: './lib/', type: '5', mode: 0o755 }, { name: './lib/x/y.so', content: 'z' }]);
  assert.equal(tree.get('lib'), { type: 'symlink', target: 'usr/lib' });
  assert.is(tree.readFile('usr/lib/x/y.so')?.toString(), 'z');
});

test('a layer sees the one below, follows its links and does not repeat its folders', () => {
  const base = new LayerTree();
  base.addFile('usr/lib/a', '1');
  base.addSymlink('lib', '/usr/lib');
  const tree = new LayerTree(base);
  tree.addDirectory('usr/lib');
  tree.addFile('lib/b', '2');
  assert.equal(tree.paths(), ['usr/lib/b']);
  assert.is(tree.readFile('lib/a')?.toString(), '1');
});

test('a hard link becomes a copy of the file it names', async () => {
  const tree = new LayerTree();
  await add(tree, [{ name: 'perl', mode: 0o755, content: 'p' }, { name: 'perl5', type: '1', link: './perl' }]);
  assert.is(tree.readFile('perl5')?.toString(), 'p');
});

const HOSTILE: Record<string, { entries: RawEntry[]; code: string }> = {
  'a name that climbs': { entries: [{ name: '../x' }], code: 'images/archive-hostile' },
  'a device': { entries: [{ name: 'null', type: '3' }], code: 'images/package-malformed' },
  'a hard link to nothing': { entries: [{ name: 'h', type: '1', link: 'no' }], code: 'images/package-malformed' },
  'a file below a file': { entries: [{ name: 'f' }, { name: 'f/x' }], code: 'images/package-malformed' },
  'links in a circle': { entries: [{ name: 'a', type: '2', link: 'b' }, { name: 'b', type: '2', link: 'a' }, { name: 'a/x' }], code: 'images/package-malformed' },
};
for (const [what, { entries, code }] of Object.entries(HOSTILE)) {
  test(`${what} in a package is refused`, async () => {
    assert.is(await codeOf(() => add(new LayerTree(), entries)), code);
  });
}

test('a link that climbs stays inside the tree', async () => {
  const tree = new LayerTree();
  await add(tree, [{ name: 'l', type: '2', link: '../../..' }, { name: 'l/x', content: '1' }]);
  assert.equal(tree.paths(), ['l', 'x']);
});

test('removing a path removes what is below it and nothing beside it', () => {
  const tree = new LayerTree();
  for (const path of ['var/log/a', 'var/log/b/c', 'var/logs', 'var/x']) tree.addFile(path, '');
  tree.remove('var/log');
  assert.equal(tree.paths(), ['var', 'var/logs', 'var/x']);
});

test('a folder of the host is taken with the execute bits of its owner, whatever the umask', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rik-tree-'));
  try {
    mkdirSync(join(folder, 'lib'));
    writeFileSync(join(folder, 'bootstrap'), 'b');
    chmodSync(join(folder, 'bootstrap'), 0o700);
    writeFileSync(join(folder, 'lib/x'), 'x');
    chmodSync(join(folder, 'lib/x'), 0o600);
    symlinkSync('bootstrap', join(folder, 'link'));
    const tree = new LayerTree();
    await addHostFolder(tree, 'var/runtime', folder);
    assert.equal([...tree.items()].map((item) => `${item.path} ${item.type === 'symlink' ? item.target : item.mode.toString(8)}`), ['var 755', 'var/runtime 755', 'var/runtime/bootstrap 755', 'var/runtime/lib 755', 'var/runtime/lib/x 644', 'var/runtime/link bootstrap']);
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    assert.is(await codeOf(() => addHostFolder(new LayerTree(), 'x', folder)), 'images/tree-unsupported');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
