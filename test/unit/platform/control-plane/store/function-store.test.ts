import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isCodedError } from '../../../../../foundation/coded-error.ts';
import { CONTROL_PLANE_ERRORS } from '../../../../../platform/control-plane/errors.ts';
import { identityOf } from '../../../../../platform/control-plane/identity.ts';
import { openDatabase } from '../../../../../platform/control-plane/store/database.ts';
import { openFunctionStore } from '../../../../../platform/control-plane/store/function-store.ts';
import type { FunctionRecord } from '../../../../../platform/control-plane/store/records.ts';

const test = suite('platform/control-plane/store/function-store');

const IDENTITY = identityOf({ region: 'us-east-1', accountId: '000000000000' });
const UUID = '00000000-0000-4000-8000-000000000000';

function record(functionName: string, change: Partial<FunctionRecord> = {}): FunctionRecord {
  return {
    functionName, createdEpochMs: 1, tags: [['k', 'v']], revisionId: UUID, lastModifiedEpochMs: 2, state: 'Pending',
    current: {
      generation: UUID, codeDigest: 'ab'.repeat(32), codeSizeBytes: 3,
      settings: {
        runtime: 'nodejs24.x', handler: 'h', role: 'r', description: '', timeoutSeconds: 3, memoryMiB: 128, ephemeralStorageMiB: 512,
        architecture: 'x86_64', environment: [['__proto__', 'x']], tracingMode: 'PassThrough', snapStartApplyOn: 'None',
        logging: { format: 'Text', group: 'g' },
      },
    },
    ...change,
  };
}

async function inFolder(body: (folder: string) => void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'rik-function-store-'));
  try {
    body(join(folder, 'control-plane'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    const code = isCodedError(error) ? error.code : String(error);
    assert.ok(code in CONTROL_PLANE_ERRORS, code);
    return code;
  }
  throw new Error('it succeeded');
}

test('records survive closing and opening, character for character', async () => {
  await inFolder((folder) => {
    const first = openDatabase(folder);
    const store = openFunctionStore(first, IDENTITY);
    assert.is(store.insert(record('a')), true);
    assert.is(store.insert(record('b')), true);
    store.replace(record('b', { state: 'Active', inForce: record('b').current }));
    assert.is(store.remove('a'), true);
    first.close();
    const second = openDatabase(folder);
    assert.equal(openFunctionStore(second, IDENTITY).list(), [record('b', { state: 'Active', inForce: record('b').current })]);
    second.close();
  });
});

test('a taken name is not inserted and a missing one is not removed', async () => {
  await inFolder((folder) => {
    const database = openDatabase(folder);
    const store = openFunctionStore(database, IDENTITY);
    store.insert(record('a'));
    assert.is(store.insert(record('a', { createdEpochMs: 9 })), false);
    assert.is(store.get('a')?.createdEpochMs, 1);
    assert.is(store.remove('b'), false);
    assert.throws(() => store.replace(record('b')), /does not exist/);
    database.close();
  });
});

test('another account and another region see nothing of ours', async () => {
  await inFolder((folder) => {
    const database = openDatabase(folder);
    openFunctionStore(database, IDENTITY).insert(record('a'));
    for (const other of [{ ...IDENTITY, accountId: '111111111111' }, { ...IDENTITY, region: 'eu-west-1' }]) {
      const store = openFunctionStore(database, other);
      assert.equal(store.list(), []);
      assert.is(store.remove('a'), false);
    }
    database.close();
  });
});

test('the list is in the order of names by code unit', async () => {
  await inFolder((folder) => {
    const database = openDatabase(folder);
    const store = openFunctionStore(database, IDENTITY);
    for (const name of ['b', 'a2', 'Z', 'a10', '_']) store.insert(record(name));
    assert.equal(store.list().map((entry) => entry.functionName), ['Z', '_', 'a10', 'a2', 'b']);
    database.close();
  });
});

test('the folder is private and the log is synced in full', async () => {
  await inFolder((folder) => {
    const database = openDatabase(folder);
    assert.is((statSync(folder).mode & 0o777).toString(8), '700');
    assert.is(database.prepare('PRAGMA journal_mode').get()?.['journal_mode'], 'wal');
    assert.is(database.prepare('PRAGMA synchronous').get()?.['synchronous'], 2);
    database.close();
  });
});

test('a second opening of the same folder is refused until the first is closed', async () => {
  await inFolder((folder) => {
    const first = openDatabase(folder);
    assert.is(codeOf(() => openDatabase(folder)), 'control-plane/state-in-use');
    first.close();
    openDatabase(folder).close();
  });
});

test('a folder of a newer version is refused and left as it is', async () => {
  await inFolder((folder) => {
    openDatabase(folder).close();
    const path = join(folder, 'control-plane.sqlite');
    const newer = new DatabaseSync(path);
    newer.exec('PRAGMA user_version = 99');
    newer.close();
    assert.is(codeOf(() => openDatabase(folder)), 'control-plane/state-newer');
    const after = new DatabaseSync(path);
    assert.is(after.prepare('PRAGMA user_version').get()?.['user_version'], 99);
    after.close();
  });
});

for (const damaged of ['{', '{}', JSON.stringify({ ...record('a'), state: 'Sleeping' })])
  test(`a stored record ${damaged.slice(0, 12)} is not believed`, async () => {
    await inFolder((folder) => {
      const database = openDatabase(folder);
      openFunctionStore(database, IDENTITY).insert(record('a'));
      database.prepare('UPDATE function_version SET record = ?').run(damaged);
      assert.is(codeOf(() => openFunctionStore(database, IDENTITY)), 'control-plane/record-unreadable');
      database.close();
    });
  });

test.run();
