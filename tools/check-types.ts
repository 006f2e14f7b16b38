/** `node tools/check-types.ts`: the whole repository through the compiler, under the one configuration there is. */

import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { runAsProgram, type Check } from './checks/check.ts';
import { REPOSITORY_ROOT } from './repository.ts';

const OUTPUT_MAX_BYTES = 64 * 1024 * 1024;

export const checkTypes: Check = { name: 'types', run: async () => compile() };

async function compile(): Promise<string[]> {
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
  const args = [compiler, '--project', join(REPOSITORY_ROOT, 'tsconfig.json'), '--pretty', 'false'];
  try {
    await promisify(execFile)(process.execPath, args, { cwd: REPOSITORY_ROOT, maxBuffer: OUTPUT_MAX_BYTES });
    return [];
  } catch (error) {
    const output = error instanceof Error && 'stdout' in error ? String(error.stdout) : '';
    const lines = output.split('\n').filter((line) => line.trim() !== '');
    // An error may be explained on further, indented lines, which belong to the finding above them.
    return lines.length === 0 ? [`the compiler could not be run: ${String(error)}`] : lines.filter((line) => !/^\s/.test(line));
  }
}

if (import.meta.main) await runAsProgram(checkTypes);
