/** The folder of a custom runtime: what `runtime.json` in it says, its build, and the files that are packed. */

import { cpSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { isAbsolute, join, normalize, resolve } from 'node:path';
import { z } from 'zod';
import { readCode } from './code-archive/read-code.ts';
import { cliError } from './errors.ts';

const RUNTIME_FILE = 'runtime.json';
const path = z.string().min(1).refine((text) => !isAbsolute(text) && !normalize(text).startsWith('..'), 'a path below the folder');
const runtimeFile = z.strictObject({
  /** Program in the folder that makes the rest. */
  build: path.optional(),
  /** What a package holds; absent: everything. */
  files: z.array(path).min(1).optional(),
  /** The same without the function, for a layer. */
  layer: z.array(path).min(1).optional(),
  /** Handler strings of the functions of the conformance suite's handler contract. */
  functions: z.record(z.string(), z.string()).optional(),
});

export type RuntimeFolder = z.infer<typeof runtimeFile> & { folder: string };

export function readRuntimeFolder(word: string): RuntimeFolder {
  const folder = resolve(word);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) throw cliError('cli/usage', `${word} is not a folder`, { hint: 'the folder of the runtime, such as `rik runtime new` makes' });
  const file = join(folder, RUNTIME_FILE);
  if (statSync(file, { throwIfNoEntry: false }) === undefined) return { folder };
  try {
    return { folder, ...runtimeFile.parse(JSON.parse(readFileSync(file, 'utf8'))) };
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error).replaceAll('\n', ' ') : String(error);
    throw cliError('cli/runtime-file-invalid', `${RUNTIME_FILE} in ${word} cannot be used: ${reason}`, { hint: 'members: build, files, layer, functions', cause: error });
  }
}

/** Runs its build, whose output goes to stderr. Fails when that fails, or leaves no `bootstrap` that can be executed. */
export async function buildRuntime({ folder, build }: RuntimeFolder, progress: (line: string) => void): Promise<void> {
  if (build !== undefined) {
    progress(`building with ${build}`);
    const status = await run(join(folder, build), folder);
    if (status !== 0) throw cliError('cli/runtime-build-failed', `${build} ended with ${status}`, { hint: 'what it printed is above' });
  }
  const bootstrap = statSync(join(folder, 'bootstrap'), { throwIfNoEntry: false });
  if (bootstrap?.isFile() !== true || (bootstrap.mode & 0o111) === 0) {
    throw cliError('cli/runtime-build-failed', `${folder} has no executable file "bootstrap"`, { hint: build === undefined ? 'chmod +x bootstrap; or name a build in runtime.json' : 'the build has to make it' });
  }
}

/** The same bytes for the same files. */
export async function packRuntime({ folder, files, layer }: RuntimeFolder, form: 'code' | 'layer'): Promise<Buffer> {
  const chosen = form === 'layer' ? (layer ?? files) : files;
  if (chosen === undefined) return readCode(folder);
  const copy = mkdtempSync(join(tmpdir(), 'rik-runtime-'));
  try {
    for (const file of chosen) {
      try {
        cpSync(join(folder, file), join(copy, file), { recursive: true, verbatimSymlinks: true });
      } catch (error) {
        throw cliError('cli/runtime-file-invalid', `${RUNTIME_FILE} names ${file}, which cannot be packed`, { hint: 'is it made by the build?', cause: error });
      }
    }
    return await readCode(copy);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function run(program: string, folder: string): Promise<number | string> {
  return new Promise((resolveStatus, reject) => {
    const child = spawn(program, [], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout.on('data', (piece: Buffer) => process.stderr.write(piece));
    child.on('error', (cause) => reject(cliError('cli/runtime-build-failed', `${program} cannot be started: ${cause.message}`, { cause })));
    child.on('close', (status, signal) => resolveStatus(status ?? signal ?? 'no status'));
  });
}
