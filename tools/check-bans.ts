/** `node tools/check-bans.ts`: what must never be in the tree. Each row says why, and the line is shown. */

import { execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { runAsProgram, type Check } from './checks/check.ts';
import { listFiles, REPOSITORY_ROOT } from './repository.ts';

export type Ban = { pattern: RegExp; why: string };

const FILE_MAX_BYTES = 4 * 1024 * 1024;
const OUTPUT_MAX_BYTES = 64 * 1024 * 1024;

/** Written in pieces where the text would otherwise find itself. */
const BANS: readonly Ban[] = [
  { pattern: /"resolved":\s*"https?:/, why: 'a download address in a lock file ties the installation to one registry' },
  { pattern: /\bregistry\.(npmjs|yarnpkg)\b|\bfiles\.pythonhosted\b|\brepo1?\.maven\.(org|apache)\b/, why: 'packages come from whichever registry the machine is set to' },
  { pattern: /\bFIX[M]E\b|\bX{3}\b|\bTO[D]O\b/, why: 'what is left to do has an issue' },
  { pattern: /^(<{7} |>{7} |={7}$)/m, why: 'a merge was left unfinished' },
];

export const checkBans: Check = {
  name: 'bans',
  run: async () => {
    const paths = (await listTree()).filter((path) => isSmallFile(join(REPOSITORY_ROOT, path)));
    const bans = [...BANS, ...bansOfThisMachine()];
    const findings = paths.flatMap((path) => findBanned(path, readFileSync(join(REPOSITORY_ROOT, path), 'utf8'), bans));
    const lost = (await listIgnoredSources()).map((path) => `${path}: is a source that git ignores, so that no clone would have it`);
    return [...findings, ...lost];
  },
};

/** What git would take into a commit; without git, or in an unpacked archive, every file that is not generated. */
async function listTree(): Promise<string[]> {
  return (await askGit('--cached', '--others', '--exclude-standard')) ?? listFiles(REPOSITORY_ROOT).map((path) => relative(REPOSITORY_ROOT, path));
}

async function listIgnoredSources(): Promise<string[]> {
  const ignored = (await askGit('--others', '--ignored', '--exclude-standard', '--', ':!node_modules', ':!dist', ':!build')) ?? [];
  return ignored.filter((path) => /\.(ts|mjs|py|java|sh|md|json)$/.test(path));
}

async function askGit(...args: string[]): Promise<string[] | undefined> {
  try {
    const { stdout } = await promisify(execFile)('git', ['ls-files', '-z', ...args], { cwd: REPOSITORY_ROOT, maxBuffer: OUTPUT_MAX_BYTES });
    return stdout.split('\0').filter((path) => path !== '');
  } catch {
    return undefined;
  }
}

/** Where the clone lies, whose it is and what the machine is called: nothing of that belongs into the product. */
function bansOfThisMachine(): Ban[] {
  const why = 'a path or name of the machine that it was written on';
  const folders = [dirname(REPOSITORY_ROOT), homedir()].filter((folder) => !COMMON_FOLDERS.has(folder));
  const names = /^[a-z0-9-]*\d[a-z0-9-]*$/.test(hostname()) && hostname().length >= 8 ? [hostname()] : [];
  return [...folders.map((folder) => ({ pattern: new RegExp(`${escape(folder)}/`), why })), ...names.map((name) => ({ pattern: new RegExp(`\\b${escape(name)}\\b`), why }))];
}

/** Folders that a product may well name, whoever works below them. */
const COMMON_FOLDERS: ReadonlySet<string> = new Set([
  ...['/', '/root', '/home', '/tmp', '/opt', '/srv', '/mnt', '/run', '/etc', '/var', '/var/lib', '/var/tmp', '/usr', '/usr/src', '/usr/local'],
  ...['/app', '/build', '/code', '/data', '/src', '/workspace'],
]);

export function findBanned(path: string, text: string, bans: readonly Ban[] = BANS): string[] {
  if (text.includes('\0')) return [];
  return bans.flatMap(({ pattern, why }) => {
    const at = text.search(pattern);
    if (at === -1) return [];
    const line = text.slice(text.lastIndexOf('\n', at) + 1).split('\n', 1)[0] ?? '';
    return [`${path}:${text.slice(0, at).split('\n').length}: ${why}: ${line.trim().slice(0, 120)}`];
  });
}

function isSmallFile(path: string): boolean {
  const status = statSync(path, { throwIfNoEntry: false });
  return status !== undefined && status.isFile() && status.size <= FILE_MAX_BYTES;
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

if (import.meta.main) await runAsProgram(checkBans);
