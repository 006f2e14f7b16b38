/**
 * Which file is the bootstrap, and can the kernel start it. Checked before the start because a shell between us and the
 * program (the gate) cannot tell "could not be executed" from "exited with 126". Source: custom-runtime guide; RIE
 * `rapidcore/sandbox_builder.go`; texts are those of the Go runtime's `fork/exec`. The files are the function's: hostile.
 */
import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs';
import { errorReason } from './error-reason.ts';

export type BootstrapLookup =
  | { found: true; path: string }
  | { found: false; kind: 'absent' }
  | { found: false; kind: 'unusable'; path: string; reason: string };

const MAGIC_BYTES = 256;
/** ELF machine numbers by Node's name of the architecture. Source: ELF specification, `e_machine`. */
const ELF_MACHINES: Record<string, number> = { x64: 62, arm64: 183 };

/** The first existing path decides; an existing but unusable file is not skipped in favour of a later one. */
export function findBootstrap(paths: readonly string[]): BootstrapLookup {
  for (const path of paths) {
    const file = look(path);
    if (file === 'absent') continue;
    const reason = typeof file === 'string' ? file : unusableReason(path, file.isFile);
    return reason === undefined ? { found: true, path } : { found: false, kind: 'unusable', path, reason };
  }
  return { found: false, kind: 'absent' };
}

/** Why a program that is named outright cannot be started; undefined when it can. */
export function programProblem(path: string): string | undefined {
  const file = look(path);
  if (file === 'absent') return errorReason({ code: 'ENOENT' });
  return typeof file === 'string' ? file : unusableReason(path, file.isFile);
}

/** A loop of links, or a folder that may not be searched, is a file that cannot be used, not one that is absent. */
function look(path: string): { isFile: boolean } | string {
  try {
    const status = statSync(path, { throwIfNoEntry: false });
    return status === undefined ? 'absent' : { isFile: status.isFile() };
  } catch (error) {
    return errorReason(error);
  }
}

function unusableReason(path: string, isFile: boolean): string | undefined {
  if (!isFile) return 'permission denied';
  try {
    accessSync(path, constants.X_OK);
  } catch (error) {
    return errorReason(error);
  }
  return formatReason(readStart(path));
}

function readStart(path: string): Buffer | undefined {
  const start = Buffer.alloc(MAGIC_BYTES);
  try {
    const descriptor = openSync(path, 'r');
    try {
      return start.subarray(0, readSync(descriptor, start, 0, MAGIC_BYTES, 0));
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // Executable but not readable is lawful for the kernel.
    return undefined;
  }
}

function formatReason(start: Buffer | undefined): string | undefined {
  if (start === undefined) return undefined;
  if (start.subarray(0, 4).equals(Buffer.from('\x7fELF', 'latin1'))) {
    const machine = ELF_MACHINES[process.arch];
    return machine === undefined || start.length < 20 || start.readUInt16LE(18) === machine ? undefined : 'exec format error';
  }
  if (start.toString('latin1', 0, 2) !== '#!') return process.platform === 'linux' ? 'exec format error' : undefined;
  const line = start.toString('latin1', 2).split('\n')[0] ?? '';
  const interpreter = line.trimStart().split(/[ \t]/)[0] ?? '';
  const file = look(interpreter);
  if (file === 'absent') return 'no such file or directory';
  return typeof file === 'string' ? file : undefined;
}
