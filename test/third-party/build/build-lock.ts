/**
 * One builder at a time per program: a file with the builder's process id. A lock whose process is gone is taken over. Should two take it
 * over in the same instant, both build, which costs time and harms nothing, since a finished build is renamed in.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const LOOK_AGAIN_MS = 200;

export async function withBuildLock<Result>(path: string, use: () => Promise<Result>): Promise<Result> {
  while (!take(path)) await delay(LOOK_AGAIN_MS);
  try {
    return await use();
  } finally {
    rmSync(path, { force: true });
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is alive too.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function take(path: string): boolean {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'EEXIST') throw error;
    const owner = Number(readQuietly(path));
    // An empty file is one that is just being written.
    if (owner > 0 && !isAlive(owner)) rmSync(path, { force: true });
    return false;
  }
}

function readQuietly(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
