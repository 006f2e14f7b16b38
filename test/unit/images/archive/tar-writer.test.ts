import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readBody, readTar } from '../../../../images/archive/tar-reader.ts';
import { writeTarFile, type TarItem } from '../../../../images/archive/tar-writer.ts';

const test = suite('images/archive/tar-writer');
let folder: string;
test.before.each(() => { folder = mkdtempSync(join(tmpdir(), 'rik-tar-')); });
test.after.each(() => rmSync(folder, { recursive: true, force: true }));

const LONG = `${'deep/'.repeat(30)}ü-file`;
const ITEMS: TarItem[] = [
  { type: 'directory', path: 'bin', mode: 0o755 },
  { type: 'file', path: 'bin/tool', mode: 0o755, content: Buffer.from('#!') },
  { type: 'file', path: LONG, mode: 0o644, content: Buffer.alloc(1000, 7) },
  { type: 'symlink', path: 'link', target: LONG },
  { type: 'directory', path: 'tmp', mode: 0o1777 },
];

test('what was written is read back by our reader', async () => {
  await writeTarFile(join(folder, 'a.tar'), ITEMS, 1234);
  const seen = [];
  for await (const entry of readTar(createReadStream(join(folder, 'a.tar')))) {
    seen.push([entry.path.replace(/\/$/, ''), entry.type, entry.mode, entry.mtimeEpochS, entry.linkPath, (await readBody(entry, 1e6)).length]);
  }
  assert.equal(seen, [
    ['bin', 'directory', 0o755, 1234, '', 0], ['bin/tool', 'file', 0o755, 1234, '', 2], [LONG, 'file', 0o644, 1234, '', 1000],
    ['link', 'symlink', 0o777, 1234, LONG, 0], ['tmp', 'directory', 0o1777, 1234, '', 0],
  ]);
});

test('GNU tar lists the same names', async () => {
  await writeTarFile(join(folder, 'a.tar'), ITEMS, 0);
  const listed = execFileSync('tar', ['--list', '--quoting-style=literal', '--file', join(folder, 'a.tar')], { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C.UTF-8' } });
  assert.equal(listed.trim().split('\n'), ['bin/', 'bin/tool', LONG, 'link', 'tmp/']);
});

test('equal items give equal bytes, and the digest is that of the file', async () => {
  const first = await writeTarFile(join(folder, 'a.tar'), ITEMS, 5);
  const second = await writeTarFile(join(folder, 'b.tar'), ITEMS, 5);
  assert.equal(first, second);
  const bytes = readFileSync(join(folder, 'a.tar'));
  assert.equal(first, { sha256: createHash('sha256').update(bytes).digest('hex'), sizeBytes: bytes.length });
});

test('names at and above the header field keep every byte', async () => {
  const names = [98, 99, 100, 101, 155, 256, 3000].map((length) => 'n'.repeat(length));
  await writeTarFile(join(folder, 'a.tar'), names.map((path): TarItem => ({ type: 'file', path, mode: 0o644, content: Buffer.alloc(0) })), 0);
  const seen = [];
  for await (const { path } of readTar(createReadStream(join(folder, 'a.tar')))) seen.push(path);
  assert.equal(seen, names);
});

test.run();
