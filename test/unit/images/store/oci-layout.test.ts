import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { OciLayout } from '../../../../images/store/oci-layout.ts';
import { codeOf } from '../error-code.ts';
import { rawTar } from '../raw-tar.ts';

const test = suite('images/store/oci-layout');
let folder: string;
test.before.each(() => { folder = mkdtempSync(join(tmpdir(), 'rik-oci-')); });
test.after.each(() => rmSync(folder, { recursive: true, force: true }));

const sha256 = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

type Changes = { layerType?: string; compress?: (tar: Buffer) => Buffer; diffId?: string; manifest?: object; config?: object };

/** Writes a layout with one image of one layer and returns its digest. */
function writeLayout(path: string, content: string, changes: Changes = {}): string {
  mkdirSync(join(path, 'blobs/sha256'), { recursive: true });
  const put = (bytes: Buffer): { digest: string; size: number } => {
    writeFileSync(join(path, 'blobs/sha256', sha256(bytes).slice(7)), bytes);
    return { digest: sha256(bytes), size: bytes.length };
  };
  const tar = rawTar([{ name: 'f', content }]);
  const layer = { mediaType: changes.layerType ?? 'application/vnd.oci.image.layer.v1.tar+gzip', ...put((changes.compress ?? gzipSync)(tar)) };
  const config = { architecture: 'amd64', os: 'linux', config: { Env: ['A=b=c', 'PATH=/bin'] }, rootfs: { type: 'layers', diff_ids: [changes.diffId ?? sha256(tar)] }, ...changes.config };
  const manifest = { schemaVersion: 2, config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...put(Buffer.from(JSON.stringify(config))) }, layers: [layer], ...changes.manifest };
  const own = put(Buffer.from(JSON.stringify(manifest)));
  writeFileSync(join(path, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [{ mediaType: 'application/vnd.oci.image.manifest.v1+json', ...own }] }));
  return own.digest;
}

async function unpackOnly(path: string): Promise<string> {
  const layout = new OciLayout(path);
  const root = mkdtempSync(join(folder, 'root-'));
  await layout.unpack(await layout.read(await layout.onlyImage()), root);
  return readFileSync(join(root, 'f'), 'utf8');
}

test('an image is read and unpacked, its environment split at the first equals sign', async () => {
  const digest = writeLayout(folder, 'hello');
  const image = await new OciLayout(folder).read(digest);
  assert.equal(image.environment, { A: 'b=c', PATH: '/bin' });
  assert.is(await unpackOnly(folder), 'hello');
});

test('plain and zstd layers are read too', async () => {
  writeLayout(join(folder, 'plain'), 'p', { layerType: 'application/vnd.oci.image.layer.v1.tar', compress: (tar) => tar });
  assert.is(await unpackOnly(join(folder, 'plain')), 'p');
  writeLayout(join(folder, 'zstd'), 'z', { layerType: 'application/vnd.oci.image.layer.v1.tar+zstd', compress: zstdCompressSync });
  assert.is(await unpackOnly(join(folder, 'zstd')), 'z');
});

test('one changed byte in a layer, manifest or configuration is noticed', async () => {
  const digest = writeLayout(folder, 'hello');
  for (const hex of readdirSync(join(folder, 'blobs/sha256'))) {
    const path = join(folder, 'blobs/sha256', hex);
    const bytes = readFileSync(path);
    const changed = Buffer.from(bytes);
    // The operating system byte of a gzip header: the content stays the same, the digest does not.
    const at = changed[0] === 0x1f ? 9 : changed.length - 2;
    changed[at] = (changed[at] ?? 0) ^ 1;
    writeFileSync(path, changed);
    assert.is(await codeOf(() => unpackOnly(folder)), 'images/digest-mismatch', hex);
    writeFileSync(path, bytes);
  }
  assert.is(await new OciLayout(folder).onlyImage(), digest);
});

test('a layer that unpacks to other bytes than the configuration says is refused', async () => {
  writeLayout(folder, 'hello', { diffId: `sha256:${'0'.repeat(64)}` });
  assert.is(await codeOf(() => unpackOnly(folder)), 'images/digest-mismatch');
});

test('a layer that is not what its media type says is refused', async () => {
  writeLayout(folder, 'hello', { compress: (tar) => tar });
  assert.is(await codeOf(() => unpackOnly(folder)), 'images/layout-invalid');
});

for (const [what, changes] of Object.entries<Changes>({
  'an unknown media type': { layerType: 'application/x-evil' },
  'a digest that is a path': { manifest: { config: { mediaType: 'x', digest: 'sha256:../../../etc/passwd', size: 1 } } },
  'no layers': { manifest: { layers: [] } },
  'another schema version': { manifest: { schemaVersion: 1 } },
  'another operating system': { config: { os: 'windows' } },
  'too few diff ids': { config: { rootfs: { type: 'layers', diff_ids: [] } } },
  'a variable without a value': { config: { config: { Env: ['A'] } } },
})) {
  test(`an image with ${what} is refused`, async () => {
    writeLayout(folder, 'hello', changes);
    assert.is(await codeOf(() => unpackOnly(folder)), 'images/layout-invalid');
  });
}

test('a missing layer is reported as lacking', async () => {
  const image = await new OciLayout(folder).read(writeLayout(folder, 'hello'));
  rmSync(join(folder, 'blobs/sha256', image.layers[0]?.digest.slice(7) ?? ''));
  assert.is(await codeOf(() => unpackOnly(folder)), 'images/layout-invalid');
});

test('a missing blob and a layout without an image are refused', async () => {
  assert.is(await codeOf(() => new OciLayout(folder).onlyImage()), 'images/layout-invalid');
  assert.is(await codeOf(() => new OciLayout(folder).read(`sha256:${'1'.repeat(64)}`)), 'images/layout-invalid');
});

test('adopting names the newest image and keeps the older ones by digest', async () => {
  const store = new OciLayout(join(folder, 'store'));
  const first = writeLayout(join(folder, 'a'), 'one');
  const second = writeLayout(join(folder, 'b'), 'two');
  await store.adopt(new OciLayout(join(folder, 'a')), 'x');
  await store.adopt(new OciLayout(join(folder, 'b')), 'x');
  const index = JSON.parse(readFileSync(join(folder, 'store/index.json'), 'utf8'));
  assert.equal(index.manifests.map(({ digest, annotations }: { digest: string; annotations?: object }) => [digest, annotations]), [[first, undefined], [second, { 'org.opencontainers.image.ref.name': 'x' }]]);
  assert.is((await store.read(first)).imageDigest, first);
  assert.ok(readFileSync(join(folder, 'store/oci-layout'), 'utf8').includes('1.0.0'));
});

test.run();
