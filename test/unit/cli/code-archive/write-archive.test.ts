import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { collectEntries } from '../../../../cli/code-archive/collect-entries.ts';
import { writeArchive } from '../../../../cli/code-archive/write-archive.ts';
import { readArchive } from '../read-archive.ts';
import { temporaryFolder } from '../run-rik.ts';

const test = suite('cli/code-archive/write-archive');

type Tree = Readonly<Record<string, { content: string | Buffer; mode?: number } | { link: string }>>;

function plant(folder: string, tree: Tree, order: (paths: string[]) => string[] = (paths) => paths): void {
  for (const path of order(Object.keys(tree))) {
    const planted = tree[path];
    if (planted === undefined) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    if ('link' in planted) symlinkSync(planted.link, join(folder, path));
    else {
      writeFileSync(join(folder, path), planted.content);
      chmodSync(join(folder, path), planted.mode ?? 0o644);
    }
  }
}

const TREE: Tree = {
  'index.mjs': { content: 'export const handler = () => 1;\n'.repeat(50) },
  'bin/tool': { content: '#!/bin/sh\n', mode: 0o755 },
  'a/b/c.txt': { content: 'deep' },
  'a.txt': { content: '' },
  'bin/alias': { link: 'tool' },
  'é/ü.txt': { content: 'umlauts' },
};

test('the same content gives the same bytes, whatever its times, modes, umask and order of making were', async () => {
  using first = temporaryFolder();
  using second = temporaryFolder();
  plant(first.path, TREE);
  const umask = process.umask(0o077);
  try {
    plant(second.path, TREE, (paths) => paths.toReversed());
  } finally {
    process.umask(umask);
  }
  for (const path of ['index.mjs', 'a/b/c.txt', 'bin']) utimesSync(join(second.path, path), 1_000_000_000, 1_000_000_000);
  chmodSync(join(second.path, 'index.mjs'), 0o600);
  chmodSync(join(second.path, 'bin/tool'), 0o700);
  const archives = [await writeArchive(collectEntries(first.path)), await writeArchive(collectEntries(second.path))];
  assert.ok(archives[0]?.equals(archives[1] ?? Buffer.alloc(0)));
});

test('the bytes do not depend on the time zone', async () => {
  using folder = temporaryFolder();
  plant(folder.path, TREE);
  const zone = process.env.TZ;
  const archives: Buffer[] = [];
  for (const name of ['Pacific/Kiritimati', 'America/Los_Angeles']) {
    process.env.TZ = name;
    archives.push(await writeArchive(collectEntries(folder.path)));
  }
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
  assert.ok(archives[0]?.equals(archives[1] ?? Buffer.alloc(0)));
});

test('entries are sorted by bytes, dated 1980-01-01 and have one of four modes', async () => {
  using folder = temporaryFolder();
  plant(folder.path, { ...TREE, 'bin/odd': { content: 'x', mode: 0o4711 } });
  const entries = await readArchive(await writeArchive(collectEntries(folder.path)));
  assert.equal(
    entries.map(({ path, mode }) => `${mode.toString(8)} ${path}`),
    ['100644 a.txt', '40755 a/', '40755 a/b/', '100644 a/b/c.txt', '40755 bin/', '120777 bin/alias', '100755 bin/odd', '100755 bin/tool', '100644 index.mjs', '40755 é/', '100644 é/ü.txt'],
  );
  for (const entry of entries) {
    // (1980 - 1980) << 9 | 1 << 5 | 1, midnight (APPNOTE 4.4.6).
    assert.is(entry.dosDate, 33);
    assert.is(entry.dosTime, 0);
    assert.is(entry.extraFieldBytes, 0);
    assert.is(entry.flags & 8, 0, 'no data descriptor');
  }
});

test('content that shrinks is deflated, content that does not is stored', async () => {
  using folder = temporaryFolder();
  // Digests of a counter: nothing shrinks them.
  const noise = Buffer.concat(Array.from({ length: 128 }, (_, index) => createHash('sha256').update(String(index)).digest()));
  plant(folder.path, { text: { content: 'abc'.repeat(1000) }, noise: { content: noise }, empty: { content: '' } });
  const entries = await readArchive(await writeArchive(collectEntries(folder.path)));
  assert.equal(entries.map(({ path, method }) => [path, method]), [['empty', 0], ['noise', 0], ['text', 8]]);
});

test('any tree comes out of the archive as it went in', async () => {
  const name = fc.stringMatching(/^[a-zA-Z0-9._ ü-]{1,8}$/).filter((text) => text !== '.' && text !== '..');
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
  const tree = fc.dictionary(path, fc.record({ content: fc.uint8Array({ maxLength: 200 }), isExecutable: fc.boolean() }), { minKeys: 1, maxKeys: 8 });
  await fc.assert(
    fc.asyncProperty(tree, async (made) => {
      const paths = Object.keys(made);
      // A path that is a folder of another one cannot be a file too.
      fc.pre(paths.every((one) => paths.every((other) => !other.startsWith(`${one}/`))));
      using folder = temporaryFolder();
      plant(folder.path, Object.fromEntries(paths.map((one) => [one, { content: Buffer.from(made[one]?.content ?? []), mode: made[one]?.isExecutable === true ? 0o755 : 0o644 }])));
      const entries = await readArchive(await writeArchive(collectEntries(folder.path)));
      const files = entries.filter((entry) => !entry.path.endsWith('/'));
      assert.equal(files.map((entry) => entry.path).toSorted(), paths.toSorted());
      for (const file of files) {
        assert.ok(file.content.equals(readFileSync(join(folder.path, file.path))));
        assert.is(file.mode, made[file.path]?.isExecutable === true ? 0o100755 : 0o100644);
      }
    }),
    { numRuns: 40 },
  );
});

test.run();
