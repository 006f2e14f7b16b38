import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { prepareLayers } from '../../../cli/local-layers.ts';

const test = suite('cli/local-layers');

test('two processes that need the same layers at once both get them', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rik-local-layers-'));
  try {
    const layer = join(folder, 'layer');
    mkdirSync(layer);
    writeFileSync(join(layer, 'who'), 'the layer');
    const prepare = (): Promise<string | undefined> => prepareLayers([layer], join(folder, 'cache'), () => undefined);
    const prepared = await Promise.all([prepare(), prepare(), prepare()]);
    for (const path of prepared) assert.is(readFileSync(join(path ?? '', 'who'), 'utf8'), 'the layer');
    assert.equal(readdirSync(join(folder, 'cache')).length, 1);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a layer that cannot be read is an error that leaves nothing behind', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rik-local-layers-'));
  try {
    let code: unknown;
    await prepareLayers([join(folder, 'missing')], join(folder, 'cache'), () => undefined).catch((error: unknown) => (code = Object(error).code));
    assert.is(code, 'layers/source-unreadable');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test.run();
