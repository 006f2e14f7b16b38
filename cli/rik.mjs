#!/usr/bin/env node
// The launcher: plain JavaScript for Node 18 and later, because the Node that starts it is the machine's own. It finds
// Node 24 (the one that came with this package, if any) and runs the command line under it, without a second process
// where this one is recent enough already.

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import module from 'node:module';
import { constants, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const NODE_MAJOR_MINIMUM = 24;
const ENVIRONMENT_EXIT = 3; // `ENVIRONMENT` of exit-codes.ts, which this file cannot import.

const here = dirname(realpathSync(fileURLToPath(import.meta.url)));
const main = findMain();

if (main === undefined) {
  fail('the command line of rik is incomplete', 'neither cli/main.ts nor dist/js/cli/main.js is there to be run', 'install rik again');
} else if (majorOf(process.versions.node) >= NODE_MAJOR_MINIMUM) {
  useCompileCache();
  await (await import(pathToFileURL(main).href)).main(process.argv.slice(2));
} else {
  const node = findPackagedNode();
  if (node === undefined) {
    fail(
      `rik needs Node ${NODE_MAJOR_MINIMUM} or later`,
      `this is Node ${process.versions.node}, and no packaged Node came with rik for ${process.platform}-${process.arch}`,
      process.platform === 'linux' ? 'npm ci (in a clone) or npm install (elsewhere), without --omit=optional' : `install Node ${NODE_MAJOR_MINIMUM} or later`,
    );
  } else {
    runUnder(node);
  }
}

/** Built code first where it exists outside a clone: Node does not run TypeScript below node_modules. */
function findMain() {
  const source = join(here, 'main.ts');
  const built = join(here, '..', 'dist', 'js', 'cli', 'main.js');
  const isInstalled = here.split(/[\\/]/).includes('node_modules');
  if (existsSync(source) && !isInstalled) return source;
  return existsSync(built) ? built : undefined;
}

/** `node_modules/node-linux-<arch>` of this folder or any above it: a clone, a dependency, a hoisted dependency. */
function findPackagedNode() {
  for (let folder = here; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
    if (existsSync(candidate)) return candidate;
    if (folder === dirname(folder)) return undefined;
  }
}

function runUnder(node) {
  // The channel tells the command line when this process is killed and can pass on no signal any more.
  const child = spawn(node, [join(here, 'rik.mjs'), ...process.argv.slice(2)], { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail('the packaged Node cannot be started', error.message, `install Node ${NODE_MAJOR_MINIMUM} or later yourself`));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 70);
    // Ends the way the child ended, so that a shell sees the same.
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
    // Where the signal cannot end this process (a first process of a container), the shell's number says it.
    setTimeout(() => process.exit(128 + constants.signals[signal]), 100);
  });
}

/**
 * Keeps compiled code between runs: without it each start would strip the types of every file again. The folder is in
 * the home that the user database names and must be this user's own, since whoever writes there has code run as us.
 */
function useCompileCache() {
  try {
    const user = userInfo();
    const folder = user.uid === 0 ? '/var/cache/rik/compiled' : join(user.homedir, '.cache', 'rik', 'compiled');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const status = statSync(folder);
    if (process.platform !== 'win32' && (status.uid !== user.uid || (status.mode & 0o022) !== 0)) return;
    module.enableCompileCache(folder);
  } catch {
    // A start without the cache is slower and nothing else.
  }
}

function majorOf(version) {
  return Number(version.split('.')[0]);
}

function fail(what, why, attempt) {
  process.stderr.write(`rik: ${what}\nwhy: ${why}\ntry: ${attempt}\n`);
  process.exit(ENVIRONMENT_EXIT);
}
