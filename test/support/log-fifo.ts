/** A FIFO to print into and everything that has come out of it. */

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

export function makeFifo(folder: string, name = 'fifo'): string {
  const path = join(folder, name);
  execFileSync('mkfifo', ['-m', '0600', path]);
  return path;
}
