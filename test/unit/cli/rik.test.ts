import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CLI_FOLDER, runRik, temporaryFolder, type RikEnd } from './run-rik.ts';

const test = suite('cli/rik');

const LAUNCHER = join(CLI_FOLDER, 'rik.mjs');
/** Makes this Node say that it is an older one, so that the launcher looks for another; what it starts is not told. */
const AS_NODE_20 = ['--import', 'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.20.2"}})'];
const PACKAGED = `node-${process.platform}-${process.arch}`;

/** An installed package: its launcher, and a built command line that shows what reached it. */
function install(root: string, mainSource: string): string {
  const folder = join(root, 'node_modules', 'rik');
  mkdirSync(join(folder, 'cli'), { recursive: true });
  mkdirSync(join(folder, 'dist', 'js', 'cli'), { recursive: true });
  copyFileSync(LAUNCHER, join(folder, 'cli', 'rik.mjs'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'dist', 'js', 'cli', 'main.js'), mainSource);
  return join(folder, 'cli', 'rik.mjs');
}

function packNode(folder: string): void {
  const path = join(folder, 'node_modules', PACKAGED, 'bin', 'node');
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(process.execPath, path);
}

const SHOW = 'export function main(words) { console.log(JSON.stringify({ words, node: process.versions.node, parent: process.ppid })); process.exit(7); }';

function launch(launcher: string, words: readonly string[], nodeWords: readonly string[] = []): Promise<RikEnd> {
  return runRik(words, { words: [...nodeWords, launcher] });
}

test('on a recent Node the command line runs in the same process', async () => {
  using folder = temporaryFolder();
  const end = await launch(install(folder.path, SHOW), ['a', '--b', 'c d']);
  assert.is(end.exitCode, 7);
  const shown: unknown = JSON.parse(end.stdout);
  assert.equal(shown, { words: ['a', '--b', 'c d'], node: process.versions.node, parent: process.pid });
});

for (const [title, place] of [['beside the package', '.'], ['inside it', 'node_modules/rik'], ['in a folder above', '..']] as const) {
  test(`on an older Node the packaged one is used, when it is ${title}`, async () => {
    using folder = temporaryFolder();
    const project = join(folder.path, 'project');
    const launcher = install(project, SHOW);
    packNode(join(project, place));
    const end = await launch(launcher, ['a', '--b', 'c d'], AS_NODE_20);
    assert.is(end.exitCode, 7, end.stderr);
    const shown: { words: string[]; node: string; parent: number } = JSON.parse(end.stdout);
    assert.equal(shown.words, ['a', '--b', 'c d']);
    assert.is(shown.node, process.versions.node);
    assert.is.not(shown.parent, process.pid);
  });
}

test('without any recent Node three lines say what to install, and the exit code is ENVIRONMENT', async () => {
  using folder = temporaryFolder();
  const end = await launch(install(folder.path, SHOW), [], AS_NODE_20);
  assert.is(end.exitCode, 3);
  assert.is(end.stdout, '');
  assert.is(end.stderr.trimEnd().split('\n').length, 3);
  assert.match(end.stderr, 'Node 24 or later');
});

test('a package without its command line says so', async () => {
  using folder = temporaryFolder();
  const launcher = join(folder.path, 'rik.mjs');
  copyFileSync(LAUNCHER, launcher);
  const end = await launch(launcher, []);
  assert.is(end.exitCode, 3);
  assert.match(end.stderr, 'install rik again');
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`${signal} is passed on to the command line, and its exit code comes back`, async () => {
    using folder = temporaryFolder();
    const launcher = install(folder.path, `export function main() { process.on('${signal}', () => process.exit(42)); console.log('ready'); setInterval(() => {}, 1000); }`);
    packNode(folder.path);
    const child = spawn(process.execPath, [...AS_NODE_20, launcher], { stdio: ['ignore', 'pipe', 'inherit'], env: { NODE_DISABLE_COMPILE_CACHE: '1' } });
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.kill(signal);
    assert.is(await ended, 42);
  });
}

test('a command line that a signal ends makes the launcher end by the same signal', async () => {
  using folder = temporaryFolder();
  const launcher = install(folder.path, "export function main() { process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000); }");
  packNode(folder.path);
  assert.is((await launch(launcher, [], AS_NODE_20)).signal, 'SIGTERM');
});

test('a launcher that is killed outright closes the channel to its command line', async () => {
  using folder = temporaryFolder();
  const note = join(folder.path, 'note');
  // The pipe of stdout stays open until the command line is gone too, so its end is the end of both.
  const launcher = install(
    folder.path,
    `import { writeFileSync } from 'node:fs'; export function main() { process.on('disconnect', () => { writeFileSync(${JSON.stringify(note)}, ''); console.log('gone'); process.exit(0); }); console.log('ready'); }`,
  );
  packNode(folder.path);
  const child = spawn(process.execPath, [...AS_NODE_20, launcher], { stdio: ['ignore', 'pipe', 'inherit'], env: { NODE_DISABLE_COMPILE_CACHE: '1' } });
  let stdout = '';
  const closed = new Promise((resolve) => child.on('close', resolve));
  await new Promise((resolve) => child.stdout.on('data', (bytes: Buffer) => resolve((stdout += String(bytes)))));
  child.kill('SIGKILL');
  await closed;
  assert.is(stdout, 'ready\ngone\n');
});

test('in a clone the launcher runs the sources', async () => {
  const end = await launch(LAUNCHER, ['--version']);
  assert.is(end.exitCode, 0, end.stderr);
  assert.match(end.stdout, /^\d+\.\d+\.\d+\n$/);
});

test.run();
