/** The machine itself: kernel, distribution, Node, npm, memory and disk. */

import { existsSync, readFileSync, realpathSync, statfsSync } from 'node:fs';
import { freemem, release, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { renderBytes } from '../output.ts';
import { packageRoot } from '../package-files.ts';
import { stateFolder } from '../state-folder.ts';
import { missing, ok, type Finding, type Host } from './finding.ts';
import { findProgram } from './run-program.ts';
import { isAtLeast } from './version-order.ts';

/** `node:sqlite` without a flag, type stripping, `import.meta.main`. */
const NODE_MINIMUM = '24.2';
const NPM_MINIMUM = '9';
/** The images of all recipes, unpacked, with the space that building one takes. */
const DISK_BYTES_MINIMUM = 2 * 1024 ** 3;
/** A handful of environments with small functions. */
const MEMORY_BYTES_MINIMUM = 512 * 1024 ** 2;

export function examineMachine(host: Host): Finding[] {
  return [examineKernel(host), examineDistribution(), examineArchitecture(host), examineNode(), examineNpm(host), examineMemory(), examineDisk(host)];
}

/** Any Linux counts here: what rik needs of a kernel is tried, and older ones have some of it patched in. */
function examineKernel(host: Host): Finding {
  const version = release();
  if (host.platform === 'linux') return ok('kernel', 'required', `Linux ${version}`);
  return missing('kernel', 'required', `${host.platform} ${version}`, { fix: 'a Linux machine, or the `process` backend, which isolates nothing' });
}

/** Images are built from Debian packages with Debian's tools; other distributions have some of them. */
function examineDistribution(): Finding {
  const facts = readOsRelease();
  const name = facts.get('PRETTY_NAME') ?? 'unknown';
  return isDebianLike(facts) ? ok('distribution', 'optional', name) : missing('distribution', 'optional', name, { fix: 'Debian 12 or later is what rik is tried on; package names below are Debian’s' });
}

export function readOsRelease(path = '/etc/os-release'): ReadonlyMap<string, string> {
  const facts = new Map<string, string>();
  let text = '';
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    // Absent on other systems.
  }
  for (const line of text.split('\n')) {
    const [, name, value] = /^([A-Z_]+)=["']?(.*?)["']?$/.exec(line.trim()) ?? [];
    if (name !== undefined && value !== undefined) facts.set(name, value);
  }
  return facts;
}

export function isDebianLike(facts: ReadonlyMap<string, string>): boolean {
  return [facts.get('ID'), ...(facts.get('ID_LIKE') ?? '').split(' ')].includes('debian');
}

function examineArchitecture(host: Host): Finding {
  const names: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'arm64' };
  const name = names[host.architecture];
  return name === undefined ? missing('architecture', 'required', host.architecture, { fix: 'a machine with x86_64 or arm64' }) : ok('architecture', 'required', name);
}

/** The Node that runs this is new enough, or the launcher would have refused; what matters is that one came with rik. */
function examineNode(): Finding {
  const running = process.versions.node;
  const packageName = `node-${process.platform}-${process.arch}`;
  for (let folder = packageRoot(); ; folder = dirname(folder)) {
    const manifest = join(folder, 'node_modules', packageName, 'package.json');
    if (existsSync(manifest)) return ok('node', 'required', `${running} running; ${packageName} ${versionIn(manifest)} packaged`);
    if (folder === dirname(folder)) break;
  }
  if (isAtLeast(running, NODE_MINIMUM)) return ok('node', 'required', `${running} running; none packaged`);
  return missing('node', 'required', `${running}, but ${NODE_MINIMUM} or later is required`, { fix: 'npm ci' });
}

function examineNpm(host: Host): Finding {
  const path = findProgram('npm', host.environment);
  if (path === undefined) return missing('npm', 'optional', 'not on PATH; set-up from a clone needs it', { debianPackage: 'npm' });
  // Starting npm takes longer than all other checks together; its manifest says the same.
  const manifest = join(dirname(realpathSync(path)), '..', 'package.json');
  const version = existsSync(manifest) ? versionIn(manifest) : undefined;
  if (version === undefined) return ok('npm', 'optional', `version unknown (${path})`);
  if (isAtLeast(version, NPM_MINIMUM)) return ok('npm', 'optional', `${version} (${path})`);
  return missing('npm', 'optional', `${version}, but set-up needs ${NPM_MINIMUM} or later`, { fix: 'npm install --global npm' });
}

function versionIn(manifestPath: string): string | undefined {
  const parsed: unknown = JSON.parse(readFileSync(manifestPath, 'utf8'));
  return typeof parsed === 'object' && parsed !== null && 'version' in parsed ? String(parsed.version) : undefined;
}

function examineMemory(): Finding {
  const available = availableMemoryBytes();
  const text = `${renderBytes(available)} available of ${renderBytes(totalmem())}`;
  return available >= MEMORY_BYTES_MINIMUM ? ok('memory', 'required', text) : missing('memory', 'required', text, { fix: `at least ${renderBytes(MEMORY_BYTES_MINIMUM)} available` });
}

/** `MemAvailable` counts what the page cache would give back; free memory alone says too little. */
function availableMemoryBytes(): number {
  try {
    const kibibytes = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1];
    if (kibibytes !== undefined) return Number(kibibytes) * 1024;
  } catch {
    // No /proc on other systems.
  }
  return freemem();
}

function examineDisk(host: Host): Finding {
  const state = stateFolder(host.environment);
  let folder = state;
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
  const status = statfsSync(folder);
  const available = status.bavail * status.bsize;
  const text = `${renderBytes(available)} free for ${state}`;
  if (available >= DISK_BYTES_MINIMUM) return ok('disk', 'required', text);
  return missing('disk', 'required', text, { fix: `at least ${renderBytes(DISK_BYTES_MINIMUM)} free, or RIK_HOME on another disk` });
}
