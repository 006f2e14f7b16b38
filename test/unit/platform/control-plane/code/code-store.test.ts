import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isCodedError } from '../../../../../foundation/coded-error.ts';
import { openCodeStore, type ExtractArchive } from '../../../../../platform/control-plane/code/code-store.ts';

const test = suite('platform/control-plane/code/code-store');

const digestOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** "Unpacks" by writing one file, and counts how often it was asked. */
function store(folder: string, referenced: Set<string>, extractArchive?: ExtractArchive) {
  let extractions = 0;
  const extract: ExtractArchive = async (options) => {
    extractions += 1;
    if (extractArchive !== undefined) return extractArchive(options);
    mkdirSync(options.destination, { mode: 0o755 });
    writeFileSync(join(options.destination, 'file'), typeof options.archive === 'string' ? readFileSync(options.archive) : options.archive);
  };
  const folders = { zipFolder: join(folder, 'zips'), unpackedFolder: join(folder, 'code') };
  const opened = openCodeStore({ ...folders, extractArchive: extract, isReferenced: (digest) => referenced.has(digest) });
  return { ...opened, ...folders, extractions: () => extractions };
}

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'rik-code-store-'));
  try {
    await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const names = (folder: string) => readdirSync(folder).sort();
const ZIP = Buffer.from('bytes of a zip');

test('code that a record refers to when it is released stays, in both forms', async () => {
  await inFolder(async (folder) => {
    const referenced = new Set<string>();
    const code = store(folder, referenced);
    const added = await code.add(ZIP);
    assert.is(added.digest, digestOf(ZIP));
    assert.is(added.sizeBytes, ZIP.length);
    referenced.add(added.digest);
    added.release();
    assert.ok(readFileSync(code.zipPath(added.digest)).equals(ZIP));
    assert.ok(existsSync(join(code.unpackedPath(added.digest), 'file')));
  });
});

test('code that nothing refers to when it is released goes, and releasing twice does no more', async () => {
  await inFolder(async (folder) => {
    const code = store(folder, new Set());
    const added = await code.add(ZIP);
    added.release();
    added.release();
    assert.equal([names(code.zipFolder), names(code.unpackedFolder)], [[], []]);
  });
});

test('a zip that cannot be unpacked leaves nothing behind', async () => {
  await inFolder(async (folder) => {
    const code = store(folder, new Set(), async () => Promise.reject(new Error('bad')));
    await code.add(ZIP).then(() => assert.unreachable(), (error: unknown) => assert.match(String(error), /bad/));
    assert.equal([names(code.zipFolder), names(code.unpackedFolder)], [[], []]);
  });
});

test('a check that fails before storing leaves nothing behind', async () => {
  await inFolder(async (folder) => {
    const code = store(folder, new Set());
    const refuse = () => {
      assert.equal(names(code.zipFolder), []);
      throw new Error('taken');
    };
    await code.add(ZIP, refuse).then(() => assert.unreachable(), (error: unknown) => assert.match(String(error), /taken/));
    assert.equal([names(code.zipFolder), names(code.unpackedFolder)], [[], []]);
  });
});

test('the same bytes added at once are unpacked once, and stay until the last holder releases them', async () => {
  await inFolder(async (folder) => {
    const code = store(folder, new Set());
    const [first, second] = await Promise.all([code.add(ZIP), code.add(ZIP)]);
    assert.is(code.extractions(), 1);
    first?.release();
    assert.ok(existsSync(code.zipPath(digestOf(ZIP))));
    second?.release();
    assert.not.ok(existsSync(code.zipPath(digestOf(ZIP))));
  });
});

test('a failing holder does not take the code away from another that holds it', async () => {
  await inFolder(async (folder) => {
    const code = store(folder, new Set());
    const kept = await code.add(ZIP);
    await code.add(ZIP, () => { throw new Error('taken'); }).catch(() => undefined);
    assert.ok(existsSync(code.unpackedPath(kept.digest)));
    kept.release();
  });
});

test('code that was there before is left alone by a holder that fails: an environment may still be bound to it', async () => {
  await inFolder(async (folder) => {
    const referenced = new Set<string>();
    const code = store(folder, referenced);
    const added = await code.add(ZIP);
    referenced.add(added.digest);
    added.release();
    referenced.clear();
    (await code.add(ZIP)).release();
    assert.ok(existsSync(code.unpackedPath(added.digest)));
  });
});

test('opening removes what nothing refers to and what was never finished, and keeps the rest', async () => {
  await inFolder(async (folder) => {
    const keep = digestOf(Buffer.from('keep'));
    for (const path of ['zips', 'code', `code/${keep}`, `code/${digestOf(ZIP)}/deep`, `code/.${keep}.rik-partial-1`, 'code/.garbage-1'])
      mkdirSync(join(folder, path), { recursive: true });
    for (const name of [`${keep}.zip`, `${digestOf(ZIP)}.zip`, '.garbage-2', 'stray']) writeFileSync(join(folder, 'zips', name), '');
    const code = store(folder, new Set([keep]));
    assert.equal([names(code.zipFolder), names(code.unpackedFolder)], [[`${keep}.zip`], [keep]]);
  });
});

test('the zips are private, and the unpacked code is reachable but not listable for others', async () => {
  await inFolder(async (folder) => {
    const code = store(folder, new Set());
    const added = await code.add(ZIP);
    const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
    assert.equal([mode(code.zipFolder), mode(code.unpackedFolder), mode(code.zipPath(added.digest))], ['700', '711', '600']);
    added.release();
  });
});

test('code is unpacked again from its zip when the folder is gone, and missing code is an error of its own', async () => {
  await inFolder(async (folder) => {
    const referenced = new Set([digestOf(ZIP)]);
    const code = store(folder, referenced);
    const added = await code.add(ZIP);
    added.release();
    rmSync(code.unpackedPath(added.digest), { recursive: true });
    await code.ensureUnpacked(added.digest);
    assert.ok(readFileSync(join(code.unpackedPath(added.digest), 'file')).equals(ZIP));
    await code.ensureUnpacked('00'.repeat(32)).then(
      () => assert.unreachable(),
      (error: unknown) => assert.is(isCodedError(error) ? error.code : '', 'control-plane/code-missing'),
    );
  });
});

test.run();
