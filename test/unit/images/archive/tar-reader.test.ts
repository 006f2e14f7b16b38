import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readBody, readTar } from '../../../../images/archive/tar-reader.ts';
import { codeOf } from '../error-code.ts';
import { inPieces, paxRecord, rawEntry, rawTar } from '../raw-tar.ts';

const test = suite('images/archive/tar-reader');

async function readAll(bytes: Buffer, pieceBytes?: number): Promise<{ path: string; type: string; content: string; linkPath: string; mode: number }[]> {
  const entries = [];
  for await (const entry of readTar(inPieces(bytes, pieceBytes))) {
    const { path, type, linkPath, mode } = entry;
    entries.push({ path, type, linkPath, mode, content: (await readBody(entry, 1e6)).toString() });
  }
  return entries;
}

test('files, folders and links come out with their content, whatever the pieces are', async () => {
  const tar = rawTar([{ name: 'a/', type: '5', mode: 0o755 }, { name: 'a/b', content: 'x'.repeat(1300) }, { name: 'l', type: '2', link: 'a/b' }, { name: 'h', type: '1', link: 'a/b' }]);
  for (const pieceBytes of [1, 511, 512, 513, 100_000]) {
    const entries = await readAll(tar, pieceBytes);
    assert.equal(entries.map(({ path, type }) => `${type} ${path}`), ['directory a/', 'file a/b', 'symlink l', 'hardlink h']);
    assert.is(entries[1]?.content.length, 1300);
    assert.is(entries[2]?.linkPath, 'a/b');
  }
});

test('an unread body is skipped', async () => {
  const paths = [];
  for await (const { path } of readTar(inPieces(rawTar([{ name: 'a', content: 'x'.repeat(5000) }, { name: 'b' }])))) paths.push(path);
  assert.equal(paths, ['a', 'b']);
});

test('a pax record overrides the name, the link and the size of the next entry only', async () => {
  const records = paxRecord('path', 'long/ü') + paxRecord('linkpath', 'target');
  const entries = await readAll(rawTar([{ name: 'pax', type: 'x', content: records }, { name: 'short', type: '2', link: 's' }, { name: 'next' }]));
  assert.equal(entries.map(({ path, linkPath }) => [path, linkPath]), [['long/ü', 'target'], ['next', '']]);
});

test('the cut name in front of a pax name decides nothing', async () => {
  const records = paxRecord('path', 'real');
  for (const name of ['ends/', 'cut\xc3']) {
    const entries = await readAll(rawTar([{ name: 'pax', type: 'x', content: records }, { name, content: 'x' }]));
    assert.equal(entries.map(({ path, type, content }) => [path, type, content]), [['real', 'file', 'x']]);
  }
});

test('a GNU long name and the ustar prefix are read', async () => {
  const entries = await readAll(rawTar([{ name: '././@LongLink', type: 'L', content: `${'n'.repeat(150)}\0` }, { name: 'cut' }, { name: 'tail', prefix: 'front' }]));
  assert.equal(entries.map(({ path }) => path), ['n'.repeat(150), 'front/tail']);
});

test('what follows the end mark is read to its end, so that sources can check themselves', async () => {
  let ended = false;
  const source = async function* (): AsyncGenerator<Buffer, void> {
    yield rawTar([{ name: 'a' }]);
    yield Buffer.alloc(5000);
    ended = true;
  };
  for await (const { path } of readTar(source())) assert.is(path, 'a');
  assert.ok(ended);
});

test('a reader that stops early closes the source', async () => {
  let closed = false;
  const source = async function* (): AsyncGenerator<Buffer, void> {
    try {
      for (;;) yield rawEntry({ name: 'a' });
    } finally {
      closed = true;
    }
  };
  for await (const { path } of readTar(source())) if (path === 'a') break;
  assert.ok(closed);
});

const DAMAGED: Record<string, Buffer> = {
  'an empty stream': Buffer.alloc(0),
  'a missing end mark': rawTar([{ name: 'a' }], Buffer.alloc(0)),
  'a single empty block before another entry': Buffer.concat([Buffer.alloc(512), rawTar([{ name: 'a' }])]),
  'a cut header': rawTar([{ name: 'a' }]).subarray(0, 300),
  'a cut body': rawEntry({ name: 'a', content: 'x'.repeat(900) }).subarray(0, 1000),
  'a wrong check sum': Buffer.from(rawTar([{ name: 'abc' }]).toString('latin1').replace('abc', 'abd'), 'latin1'),
  'a size that is not octal': rawTar([{ name: 'a', sizeField: '0000000009\0' }]),
  'an unknown type': rawTar([{ name: 'a', type: 'Z' }]),
  'a sparse file': rawTar([{ name: 'a', type: 'S' }]),
  'a pax sparse file': rawTar([{ name: 'p', type: 'x', content: paxRecord('GNU.sparse.major', '1') }, { name: 'a' }]),
  'a pax record with a wrong length': rawTar([{ name: 'p', type: 'x', content: '99 path=a\n' }, { name: 'a' }]),
  'a pax record without a key': rawTar([{ name: 'p', type: 'x', content: '5 =a\n' }, { name: 'a' }]),
  'a pax size that is no number': rawTar([{ name: 'p', type: 'x', content: paxRecord('size', '-1') }, { name: 'a' }]),
  'a name that is not UTF-8': rawTar([{ name: '\xff\xfe' }]),
  'a hard link with content': rawTar([{ name: 'a', type: '1', link: 'b', content: 'x' }]),
};

for (const [what, bytes] of Object.entries(DAMAGED)) {
  test(`${what} is refused as damage`, async () => {
    assert.is(await codeOf(() => readAll(bytes)), 'images/archive-malformed');
  });
}

test('an entry above the accepted size is refused before it is read', async () => {
  const entries = readTar(inPieces(rawTar([{ name: 'a', content: 'four' }])));
  const first = await entries.next();
  if (first.done === true) throw new Error('no entry');
  assert.is(await codeOf(() => readBody(first.value, 3)), 'images/archive-too-large');
  assert.is((await readBody(first.value, 4)).toString(), 'four');
});

test('random bytes and random damage end in a coded error or in entries, never in anything else', async () => {
  const whole = rawTar([{ name: 'dir/', type: '5' }, { name: 'p', type: 'x', content: paxRecord('path', 'dir/file') }, { name: 'x', content: 'hello' }, { name: 'l', type: '2', link: 'x' }]);
  await fc.assert(fc.asyncProperty(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 6 }), fc.nat(whole.length), async (changes, length) => {
    const bytes = Buffer.from(whole.subarray(0, length));
    for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
    const code = await codeOf(() => readAll(bytes));
    assert.ok(['nothing was thrown', 'images/archive-malformed', 'images/archive-too-large'].includes(code), code);
  }), { numRuns: 300 });
});

test.run();
