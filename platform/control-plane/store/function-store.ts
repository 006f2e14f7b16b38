/**
 * The functions of one account and region. Every change is one statement, so it is there whole or not at all, and has
 * reached the disk when the call returns. Reads come from memory: nobody else writes the file (see `database.ts`).
 *
 * All calls are synchronous. That is the control plane's transaction: what runs between two `await`s sees and changes one
 * state, so a check and the write that relies on it belong into one synchronous step.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { Identity } from '../identity.ts';
import { LATEST } from '../names/function-reference.ts';
import { parseRecord, type FunctionRecord } from './records.ts';

export interface FunctionStore {
  get(functionName: string): FunctionRecord | undefined;
  /** In the order of their names, compared by code unit. */
  list(): FunctionRecord[];
  /** False when the name is taken. */
  insert(record: FunctionRecord): boolean;
  /** The function must exist. */
  replace(record: FunctionRecord): void;
  /** False when there is no such function. */
  remove(functionName: string): boolean;
}

export function openFunctionStore(database: DatabaseSync, identity: Identity): FunctionStore {
  const key = [identity.accountId, identity.region] as const;
  const insertRow = database.prepare('INSERT OR IGNORE INTO function_version VALUES (?, ?, ?, ?, ?)');
  const updateRow = database.prepare(
    'UPDATE function_version SET record = ? WHERE account_id = ? AND region = ? AND function_name = ? AND version = ?',
  );
  const deleteRows = database.prepare('DELETE FROM function_version WHERE account_id = ? AND region = ? AND function_name = ?');
  const records = load(database, key);
  return {
    get: (functionName) => records.get(functionName),
    list: () => [...records.values()].sort((a, b) => (a.functionName < b.functionName ? -1 : 1)),
    insert(record) {
      const { changes } = insertRow.run(...key, record.functionName, LATEST, JSON.stringify(record));
      if (changes === 0) return false;
      records.set(record.functionName, record);
      return true;
    },
    replace(record) {
      const { changes } = updateRow.run(JSON.stringify(record), ...key, record.functionName, LATEST);
      if (changes === 0) throw new TypeError('a function that does not exist cannot be replaced');
      records.set(record.functionName, record);
    },
    remove(functionName) {
      const { changes } = deleteRows.run(...key, functionName);
      records.delete(functionName);
      return changes !== 0;
    },
  };
}

function load(database: DatabaseSync, key: readonly [string, string]): Map<string, FunctionRecord> {
  const rows = database.prepare('SELECT record FROM function_version WHERE account_id = ? AND region = ?').all(...key);
  return new Map(rows.map((row) => parseRecord(String(row['record']))).map((record) => [record.functionName, record]));
}
