import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { layerSetKey, mergeLayers, type MergeReport } from '../../../layers/index.ts';
import { rawZip, type RawZipEntry } from '../../support/raw-zip.ts';
import { caught, withTemporaryFolder } from '../../support/temporary-folder.ts';

const test = suite('layers/merge-layers');

type Content = Record<string, string> | RawZipEntry[];

/** Layers given as objects become folders, those given as lists become zips. */
function writeLayers(folder: string, contents: readonly Content[]): { path: string; name: string }[] {
  return contents.map((content, index) => {
    const path = join(folder, `layer-${index}`);
    if (Array.isArray(content)) {
      writeFileSync(path, rawZip(content));
    } else {
      mkdirSync(path);
      for (const [name, text] of Object.entries(content)) {
        mkdirSync(dirname(join(path, name)), { recursive: true });
        writeFileSync(join(path, name), text, { mode: name.startsWith('bin/') ? 0o755 : 0o600 });
      }
    }
    return { path, name: `layer:${index}` };
  });
}

async function merge(contents: readonly Content[], look: (root: string, report: MergeReport) => void, limits = {}): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const layers = writeLayers(folder, contents);
    const destination = join(folder, 'opt');
    look(destination, await mergeLayers({ layers, destination, limits }));
  });
}

async function refusal(contents: readonly Content[], limits = {}): Promise<unknown> {
  return withTemporaryFolder(async (folder) => {
    const layers = writeLayers(folder, contents);
    const error = await caught(() => mergeLayers({ layers, destination: join(folder, 'opt'), limits }));
    assert.equal(readdirSync(folder).filter((name) => !name.startsWith('layer-')), []);
    return error;
  });
}

const text = (root: string, path: string): string => readFileSync(join(root, path), 'utf8');
const modeOf = (root: string, path: string): string => (lstatSync(join(root, path)).mode & 0o7777).toString(8);

test('folders and zips are laid over each other in order and the later one wins with its mode', async () => {
  const contents: Content[] = [
    { 'bin/tool': 'one', 'lib/a': 'a' },
    [{ name: 'lib/b', data: 'b' }],
    [{ name: 'bin/tool', data: 'three', mode: 0o100644 }],
  ];
  await merge(contents, (root, report) => {
    assert.equal([text(root, 'bin/tool'), text(root, 'lib/a'), text(root, 'lib/b')], ['three', 'a', 'b']);
    assert.equal([modeOf(root, 'bin/tool'), modeOf(root, 'lib/a'), modeOf(root, 'lib')], ['644', '644', '755']);
    assert.equal(report.overrides, [{ path: 'bin/tool', winner: { layer: 'layer:2', kind: 'file', unpackedBytes: 5 }, loser: { layer: 'layer:0', kind: 'file', unpackedBytes: 3 } }]);
    assert.equal([report.files, report.unpackedBytes, report.warnings], [3, 7, []]);
    assert.equal(report.layers, [{ name: 'layer:0', unpackedBytes: 4 }, { name: 'layer:1', unpackedBytes: 1 }, { name: 'layer:2', unpackedBytes: 5 }]);
  });
});

test('no layers give an empty folder', async () => {
  await merge([], (root, report) => {
    assert.equal(readdirSync(root), []);
    assert.is(report.files, 0);
  });
});

test('a file of a later layer replaces a link and is not written through it', async () => {
  await merge([[{ name: 'target', data: 'kept' }, { name: 'l', data: 'target', mode: 0o120777 }], { l: 'new' }], (root) => {
    assert.equal([text(root, 'target'), text(root, 'l'), lstatSync(join(root, 'l')).isFile()], ['kept', 'new', true]);
  });
});

test('writing below a link of an earlier layer is refused before anything is written', async () => {
  const error = await refusal([[{ name: 'd', data: 'e', mode: 0o120777 }, { name: 'e/x', data: '1' }], [{ name: 'd/x', data: '2' }]]);
  assert.match(String(error), /"layer:1" has entries below "d"/);
});

test('different versions of one package are warned about and equal ones are not', async () => {
  const path = 'nodejs/node_modules/p/package.json';
  await merge([{ [path]: '{"version":"1.0.0"}' }, [{ name: path, data: '{"version":"1.0.1"}' }]], (_root, report) => {
    assert.is(report.warnings.length, 1);
    assert.match(report.warnings[0] ?? '', /package\.json" of layer:1 replaces a different one of layer:0/);
  });
  await merge([{ [path]: '{}' }, [{ name: path, data: '{}' }]], (_root, report) => assert.equal([report.warnings, report.overrides.length], [[], 1]));
});

test('a sixth layer is refused before any is unpacked', async () => {
  assert.match(String(await refusal([{}, {}, {}, {}, {}, {}])), /6 layers are given and a function can have 5/);
});

test('the sum of the layers is accepted at the limit and refused one byte above it, with each contribution', async () => {
  await merge([{ a: '123' }, { a: '4567' }], (root) => assert.is(text(root, 'a'), '4567'), { unpackedBytesMax: 7 });
  assert.match(String(await refusal([{ a: '123' }, { a: '4567' }], { unpackedBytesMax: 6 })), /7 bytes together .* limit is 6 \(layer:0: 3, layer:1: 4\)/);
});

test('a layer that does not exist is refused by its name', async () => {
  await withTemporaryFolder(async (folder) => {
    const error = await caught(() => mergeLayers({ layers: [{ path: join(folder, 'gone'), name: 'arn:x' }], destination: join(folder, 'opt') }));
    assert.match(String(error), /the layer "arn:x" cannot be found/);
  });
});

test('a folder with a pipe, or with a link out of it, is refused', async () => {
  await withTemporaryFolder(async (folder) => {
    const path = join(folder, 'layer');
    mkdirSync(path);
    symlinkSync('/etc', join(path, 'etc'));
    const attempt = (): Promise<unknown> => caught(() => mergeLayers({ layers: [{ path, name: 'l' }], destination: join(folder, 'opt') }));
    assert.match(String(await attempt()), /"etc" has an absolute target/);
    execFileSync('rm', [join(path, 'etc')]);
    execFileSync('mkfifo', [join(path, 'pipe')]);
    assert.match(String(await attempt()), /"pipe" is neither a file nor a folder/);
  });
});

test('the key of a list follows content and order and not times or places', async () => {
  await withTemporaryFolder(async (folder) => {
    const [a, b, same, zip] = writeLayers(folder, [{ x: '1' }, { x: '2' }, { x: '1' }, [{ name: 'x', data: '1' }]]);
    assert.ok(a && b && same && zip);
    const key = await layerSetKey([a, b]);
    assert.match(key, /^[0-9a-f]{64}$/);
    assert.is(await layerSetKey([same, b]), key);
    assert.is.not(await layerSetKey([b, a]), key);
    assert.is.not(await layerSetKey([zip, b]), key);
    assert.is.not(await layerSetKey([a]), key);
    writeFileSync(join(a.path, 'x'), '9');
    assert.is.not(await layerSetKey([a, b]), key);
  });
});

test.run();
