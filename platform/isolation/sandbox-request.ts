/** Checks of what the caller hands in, before anything is made. */
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { SandboxLimits, SandboxRequest } from './backend.ts';
import { isolationError } from './errors.ts';
import { ROOT_FOLDERS } from './launch/bubblewrap-arguments.ts';
import { MEMORY_MIB_RANGE, PIDS_RANGE, TMP_MIB_RANGE } from './limits.ts';

export function checkRequest(request: SandboxRequest): void {
  checkRange('tmpMiB', request.tmpMiB, TMP_MIB_RANGE);
  if (request.command.length === 0) refuse('the command is empty');
  for (const argument of request.command) if (argument.includes('\0')) refuse('an argument of the command holds a zero byte');
  for (const [name, value] of Object.entries(request.environment)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) refuse(`${JSON.stringify(name)} is no name of an environment variable`);
    if (value.includes('\0')) refuse(`the environment variable ${name} holds a zero byte`);
  }
}

export function checkLimits(limits: SandboxLimits): void {
  checkRange('memoryMiB', limits.memoryMiB, MEMORY_MIB_RANGE);
  checkRange('pidsMax', limits.pidsMax, PIDS_RANGE);
}

/**
 * Every mount point is a real folder and so is everything on the way to it: bubblewrap before 0.12 follows a symbolic
 * link of the root to a folder of the host and mounts, or even makes folders, there.
 */
export function checkRootFolders(rootPath: string): void {
  for (const folder of ROOT_FOLDERS) {
    const parts = folder.split('/');
    for (let depth = 1; depth <= parts.length; depth += 1) {
      const inner = parts.slice(0, depth).join('/');
      const found = lstatSync(join(rootPath, inner), { throwIfNoEntry: false });
      if (found?.isDirectory() !== true) {
        refuse(`the root at ${rootPath} has no real folder /${inner}${found?.isSymbolicLink() === true ? ' (it is a symbolic link)' : ''}`);
      }
    }
  }
}

function checkRange(name: string, value: number, range: { min: number; max: number }): void {
  if (!Number.isInteger(value) || value < range.min || value > range.max) refuse(`${name} is ${value}; it must be a whole number from ${range.min} to ${range.max}`);
}

function refuse(message: string): never {
  throw isolationError('isolation/bad-request', message);
}
