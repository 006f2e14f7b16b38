/** The host programs that the namespace backend runs: where they are, which version, and what to install when they are not there. */
import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import type { CodedError } from '../../foundation/coded-error.ts';
import { isolationError } from './errors.ts';

/** What the programs are looked for in, and their own PATH: never the worker's. */
export const TOOL_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * They are run by their absolute path: busybox' shell would otherwise take its own applets of the same name, which know
 * fewer options. Without `mkfs.ext4` /tmp is a tmpfs.
 */
export const TOOLS = {
  bwrap: { debianPackage: 'bubblewrap' },
  busybox: { debianPackage: 'busybox-static' },
  unshare: { debianPackage: 'util-linux' },
  nsenter: { debianPackage: 'util-linux' },
  ipcrm: { debianPackage: 'util-linux' },
  mount: { debianPackage: 'mount' },
  'mkfs.ext4': { debianPackage: 'e2fsprogs' },
} as const;
export type ToolName = keyof typeof TOOLS;

/** 0.8.0 brought `--disable-userns` and `--size`; it is the version of Debian 12. */
const BUBBLEWRAP_MINIMUM = [0, 8, 0] as const;

export type ToolPaths = Record<Exclude<ToolName, 'mkfs.ext4'>, string>;
/** `paths` only when nothing is missing. */
export type ToolReport = { paths: ToolPaths | undefined; bubblewrapVersion: string | undefined; problems: CodedError[] };

export function findTools(searchPath: string = TOOL_PATH): ToolReport {
  const problems: CodedError[] = [];
  const find = (name: Exclude<ToolName, 'mkfs.ext4'>): string => {
    const path = findProgram(name, searchPath);
    if (path === undefined) problems.push(missingTool(name));
    return path ?? name;
  };
  const paths: ToolPaths = { bwrap: find('bwrap'), busybox: find('busybox'), unshare: find('unshare'), nsenter: find('nsenter'), ipcrm: find('ipcrm'), mount: find('mount') };
  if (problems.length > 0) return { paths: undefined, bubblewrapVersion: undefined, problems };
  const bubblewrapVersion = versionOf(paths.bwrap);
  if (isAtLeast(bubblewrapVersion, BUBBLEWRAP_MINIMUM)) return { paths, bubblewrapVersion, problems };
  const tooOld = isolationError('isolation/tool-too-old', `bwrap is required, minimum ${BUBBLEWRAP_MINIMUM.join('.')}, found ${bubblewrapVersion}`, { hint: 'install a newer one (Debian, Ubuntu: apt-get install bubblewrap)' });
  return { paths: undefined, bubblewrapVersion, problems: [tooOld] };
}

export function findProgram(name: string, searchPath: string = TOOL_PATH): string | undefined {
  return searchPath
    .split(':')
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

export function isAtLeast(version: string, minimum: readonly number[]): boolean {
  const parts = version.split('.').map((part) => Number.parseInt(part, 10) || 0);
  for (const [index, wanted] of minimum.entries()) {
    const found = parts[index] ?? 0;
    if (found !== wanted) return found > wanted;
  }
  return true;
}

function versionOf(bwrapPath: string): string {
  try {
    return /\d+(?:\.\d+)+/.exec(execFileSync(bwrapPath, ['--version'], { encoding: 'utf8', timeout: 10_000 }))?.[0] ?? '0';
  } catch {
    return '0';
  }
}

function missingTool(name: ToolName): CodedError {
  const { debianPackage } = TOOLS[name];
  return isolationError('isolation/tool-missing', `${name} is required and was not found`, { hint: `install it (Debian, Ubuntu: apt-get install ${debianPackage})`, detail: { tool: name, package: debianPackage } });
}
