import { existsSync } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseFilefrag, TmpImages } from '../../../../../platform/isolation/mounts/tmp-image.ts';
import { findProgram } from '../../../../../platform/isolation/tools.ts';
import { withTemporaryFolder } from '../../../../support/temporary-folder.ts';

const test = suite('platform/isolation/mounts/tmp-image');

const FILEFRAG = `Filesystem type is: ef53
File size of t.img is 67108864 (16384 blocks of 4096 bytes)
 ext:     logical_offset:        physical_offset: length:   expected: flags:
   0:        0..       4:    3440640..   3440644:      5:
   1:       20..      20:    3440660..   3440660:      1:             last,eof
t.img: 2 extents found
`;

test('written ranges are read from filefrag', () => {
  assert.equal(parseFilefrag(FILEFRAG), [{ offset: 0, length: 5 * 4096 }, { offset: 20 * 4096, length: 4096 }]);
  assert.equal(parseFilefrag(''), []);
});

if (findProgram('mkfs.ext4') === undefined) {
  test.skip('an image is an ext4 file system (no mkfs.ext4)', () => undefined);
  console.log('skip: mkfs.ext4 is not installed (Debian: e2fsprogs)');
} else {
  test('an image is a sparse ext4 file system of its size, each under its own name, and no template stays', () =>
    withTemporaryFolder(async (folder) => {
      const images = new TmpImages(folder);
      const [first, second] = await Promise.all([images.create(64), images.create(64)]);
      assert.is.not(first, second);
      for (const path of [first, second]) {
        const found = await stat(path);
        assert.is(found.size, 64 * 1_048_576);
        assert.ok(found.blocks * 512 < 4 * 1_048_576, String(found.blocks));
        assert.is(found.mode & 0o777, 0o600);
        const file = await open(path, 'r');
        const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 1024 + 56);
        await file.close();
        // EXT2_SUPER_MAGIC
        assert.is(buffer.readUInt16LE(0), 0xef53);
      }
      assert.equal((await readdir(folder)).sort(), ['1.ext4', '2.ext4']);
      assert.ok(existsSync(first));
    }));
}

test.run();
