/**
 * Opens the control plane's SQLite file: write-ahead log, full sync (an accepted change survives a power cut), and one
 * process at a time. The lock is the operating system's, so it goes with the process however that ends.
 */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { controlPlaneError } from '../errors.ts';

const SCHEMA_VERSION = 1;

/**
 * Account, region and version are part of the key although there is one of each today: published versions and further
 * accounts are rows, not another table.
 */
const SCHEMA = `
  CREATE TABLE function_version (
    account_id TEXT NOT NULL,
    region TEXT NOT NULL,
    function_name TEXT NOT NULL,
    version TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (account_id, region, function_name, version)
  ) STRICT, WITHOUT ROWID;
`;

export function openDatabase(folder: string): DatabaseSync {
  // Environment variables of functions are in here.
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  const database = new DatabaseSync(join(folder, 'control-plane.sqlite'));
  try {
    lock(database);
    database.exec('PRAGMA synchronous = FULL');
    migrate(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** In exclusive mode the first transaction takes the lock and keeps it; the log's index then lives in memory. */
function lock(database: DatabaseSync): void {
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; BEGIN EXCLUSIVE; COMMIT;');
  } catch (cause) {
    if (!isBusy(cause)) throw cause;
    throw controlPlaneError('control-plane/state-in-use', 'the state folder is in use by another rik process', {
      hint: 'stop the other `rik up`, or give this one another folder with RIK_HOME',
      cause,
    });
  }
}

function migrate(database: DatabaseSync): void {
  const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
  if (version > SCHEMA_VERSION) {
    throw controlPlaneError('control-plane/state-newer', 'the state folder was written by a newer version of rik', {
      hint: 'start that version, or give this one another folder with RIK_HOME',
      detail: { found: version, understood: SCHEMA_VERSION },
    });
  }
  if (version === SCHEMA_VERSION) return;
  database.exec(`BEGIN; ${SCHEMA} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT;`);
}

/** SQLITE_BUSY is 5; extended codes keep it in the low byte. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' && (error.errcode & 0xff) === 5;
}
