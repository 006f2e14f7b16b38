import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { systemClock } from '../../../../foundation/clock.ts';
import { watchFolder } from '../../../../runtime-api/emulator/watched-folder.ts';
import { withTemporaryFolder } from '../../../support/temporary-folder.ts';

const test = suite('runtime-api/emulator/watched-folder');

test('many changes that come together are told once, also below folders that are new', () =>
  withTemporaryFolder(async (folder) => {
    const names: string[] = [];
    let wake = (): void => {};
    const watched = watchFolder(folder, systemClock, (name) => {
      names.push(name);
      wake();
    });
    mkdirSync(join(folder, 'a', 'b'), { recursive: true });
    for (let index = 0; index < 50; index += 1) writeFileSync(join(folder, 'a', 'b', `${index}.js`), '');
    while (names.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    assert.is(names.length, 1);
    watched.close();
  }));

test('a folder that is not there, and a file, cannot be watched', () =>
  withTemporaryFolder((folder) => {
    writeFileSync(join(folder, 'file'), '');
    assert.throws(() => watchFolder(join(folder, 'none'), systemClock, () => {}), /ENOENT/);
    assert.throws(() => watchFolder(join(folder, 'file'), systemClock, () => {}), /ENOTDIR/);
  }));

test('a folder that goes away is nobody’s harm', () =>
  withTemporaryFolder(async (folder) => {
    const code = join(folder, 'code');
    mkdirSync(code);
    const watched = watchFolder(code, systemClock, () => {});
    rmSync(code, { recursive: true });
    await new Promise((resolve) => setImmediate(resolve));
    watched.close();
  }));

test.run();
