/** The programs of other people that rik works with: are they here, and recent enough? */

import { closeSync, openSync, readSync } from 'node:fs';
import { missing, ok, type Finding, type Host } from './finding.ts';
import { findProgram, lastLine, runProgram } from './run-program.ts';
import { firstVersionIn, isAtLeast } from './version-order.ts';

type Tool = { program: string; debianPackage: string; minimum: string };

/** Minimums are the oldest versions that rik was tried with, those of Debian 12. */
const TOOLS: readonly Tool[] = [
  { program: 'bwrap', debianPackage: 'bubblewrap', minimum: '0.8.0' },
  { program: 'buildah', debianPackage: 'buildah', minimum: '1.28' },
  { program: 'mmdebstrap', debianPackage: 'mmdebstrap', minimum: '1.3' },
  // Compiles the Java runtime client; a compiler for an older language level would not.
  { program: 'javac', debianPackage: 'openjdk-17-jdk-headless', minimum: '17' },
];

/** Programs of which any version does: sandboxes are entered and cleaned up, and packages unpacked, with them. */
const PLAIN_TOOLS: readonly { package: string; programs: readonly string[]; needed: Finding['needed'] }[] = [
  { package: 'util-linux', programs: ['unshare', 'nsenter', 'setpriv', 'setarch', 'ipcrm'], needed: 'required' },
  { package: 'dpkg', programs: ['dpkg-deb'], needed: 'required' },
  // Without them /tmp of a sandbox is taken from memory.
  { package: 'e2fsprogs', programs: ['mkfs.ext4'], needed: 'optional' },
];

export async function examineTools(host: Host): Promise<Finding[]> {
  const versioned = await Promise.all(TOOLS.map((tool) => examineTool(tool, host)));
  return [...versioned, examineBusybox(host), examineIdMapping(host), ...PLAIN_TOOLS.map((tools) => examinePlainTools(tools, host))];
}

function examinePlainTools(tools: (typeof PLAIN_TOOLS)[number], host: Host): Finding {
  const absent = tools.programs.filter((program) => findProgram(program, host.environment) === undefined);
  if (absent.length === 0) return ok(tools.package, tools.needed, tools.programs.join(', '));
  return missing(tools.package, tools.needed, `not on PATH: ${absent.join(', ')}`, { debianPackage: tools.package });
}

async function examineTool(tool: Tool, host: Host): Promise<Finding> {
  const needed = 'required';
  const remedy = { debianPackage: tool.debianPackage };
  const path = findProgram(tool.program, host.environment);
  if (path === undefined) return missing(tool.program, needed, 'not on PATH', remedy);
  const end = await runProgram(path, ['--version'], { environment: host.environment });
  const version = end.exitCode === 0 ? firstVersionIn(`${end.stdout}\n${end.stderr}`) : undefined;
  if (version === undefined) {
    // Installing it again would rarely help; its own message says more.
    return missing(tool.program, needed, `${path} does not run: ${lastLine(end.stderr)}`, { fix: `what makes \`${tool.program} --version\` fail` });
  }
  if (!isAtLeast(version, tool.minimum)) return missing(tool.program, needed, `${version}, but ${tool.minimum} or later is required`, remedy);
  return ok(tool.program, needed, `${version} (${path})`);
}

/** It is bound into sandboxes that have no C library, so it must be linked statically. */
function examineBusybox(host: Host): Finding {
  const remedy = { debianPackage: 'busybox-static' };
  const path = findProgram('busybox', host.environment);
  if (path === undefined) return missing('busybox', 'required', 'not on PATH', remedy);
  return isStaticProgram(path) ? ok('busybox', 'required', `static (${path})`) : missing('busybox', 'required', `${path} is not linked statically`, remedy);
}

/** Without an interpreter segment (PT_INTERP, 3) in the program headers of ELF64; System V ABI, chapter 5. */
export function isStaticProgram(path: string): boolean {
  const head = Buffer.alloc(4096);
  const descriptor = openSync(path, 'r');
  try {
    const length = readSync(descriptor, head, 0, head.length, 0);
    if (length < 64 || head.toString('latin1', 0, 4) !== '\u007fELF' || head[4] !== 2) return false;
    const offset = Number(head.readBigUInt64LE(32));
    const size = head.readUInt16LE(54);
    const count = head.readUInt16LE(56);
    for (let index = 0; index < count; index += 1) {
      const at = offset + index * size;
      if (size < 56 || at + 4 > length) return false;
      if (head.readUInt32LE(at) === 3) return false;
    }
    return true;
  } finally {
    closeSync(descriptor);
  }
}

/** Root maps ids by itself; everybody else needs the set-uid helper to build images. */
function examineIdMapping(host: Host): Finding {
  const needed = host.isRoot ? 'optional' : 'required';
  const path = findProgram('newuidmap', host.environment);
  return path === undefined ? missing('newuidmap', needed, 'not on PATH', { debianPackage: 'uidmap' }) : ok('newuidmap', needed, path);
}
