/**
 * One holder at a time, over all processes of the machine, released by the kernel when the holder dies. SQLite's
 * exclusive transaction is a file lock that Node can take without a native module.
 */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const RETRY_MS = 50;
/** SQLITE_BUSY: somebody else holds the lock (sqlite.org/rescode.html). */
const SQLITE_BUSY = 5;

/** Runs `action` while holding the lock; calls `onWait` once when somebody else has it. */
export async function withFileLock<T>(lockPath: string, action: () => Promise<T>, onWait: () => void = () => {}): Promise<T> {
  await mkdir(dirname(lockPath), { recursive: true, mode: 0o755 });
  const database = new DatabaseSync(lockPath);
  try {
    for (let attempts = 0; !tryLock(database); attempts += 1) {
      if (attempts === 0) onWait();
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
    return await action();
  } finally {
    // Closing rolls the empty transaction back and so lets the lock go.
    database.close();
  }
}

function tryLock(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return false;
    throw error;
  }
}
