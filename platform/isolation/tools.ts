/** The host programs that the namespace backend runs: where they are, which version, and what to install when they are not there. */
import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import type { CodedError } from '../../foundation/coded-error.ts';
import { isolationError } from './errors.ts';
import { TOOL_PATH } from './mounts/mount-namespace.ts';

/** `mkfs.ext4` is optional: without it /tmp is a tmpfs. */
export const TOOLS = {
  bwrap: { debianPackage: 'bubblewrap', isOptional: false },
  busybox: { debianPackage: 'busybox-static', isOptional: false },
  unshare: { debianPackage: 'util-linux', isOptional: false },
  nsenter: { debianPackage: 'util-linux', isOptional: false },
  setpriv: { debianPackage: 'util-linux', isOptional: false },
  ipcrm: { debianPackage: 'util-linux', isOptional: false },
  mount: { debianPackage: 'mount', isOptional: true },
  'mkfs.ext4': { debianPackage: 'e2fsprogs', isOptional: true },
} as const;
export type ToolName = keyof typeof TOOLS;

/** 0.8.0 brought `--disable-userns` and `--size`; it is the version of Debian 12. */
const BUBBLEWRAP_MINIMUM = [0, 8, 0] as const;

export type ToolReport = { paths: Partial<Record<ToolName, string>>; bubblewrapVersion: string | undefined; problems: CodedError[] };

export function findTools(searchPath: string = TOOL_PATH): ToolReport {
  const paths: Partial<Record<ToolName, string>> = {};
  const problems: CodedError[] = [];
  for (const name of toolNames()) {
    const path = findProgram(name, searchPath);
    if (path !== undefined) paths[name] = path;
    else if (!TOOLS[name].isOptional) {
      problems.push(isolationError('isolation/tool-missing', `${name} is required and was not found`, { hint: `install it (Debian, Ubuntu: apt-get install ${TOOLS[name].debianPackage})`, detail: { tool: name, package: TOOLS[name].debianPackage } }));
    }
  }
  const bubblewrapVersion = paths.bwrap === undefined ? undefined : versionOf(paths.bwrap);
  if (bubblewrapVersion !== undefined && !isAtLeast(bubblewrapVersion, BUBBLEWRAP_MINIMUM)) {
    problems.push(isolationError('isolation/tool-too-old', `bwrap is required, minimum ${BUBBLEWRAP_MINIMUM.join('.')}, found ${bubblewrapVersion}`, { hint: 'install a newer one (Debian, Ubuntu: apt-get install bubblewrap)' }));
  }
  return { paths, bubblewrapVersion, problems };
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

function toolNames(): ToolName[] {
  const names: ToolName[] = [];
  for (const name in TOOLS) if (isToolName(name)) names.push(name);
  return names;
}

function isToolName(name: string): name is ToolName {
  return name in TOOLS;
}
