// time-limit-seconds: 600
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isCodedError } from '../../../foundation/coded-error.ts';
import { measureTree, openImageStore, type ImageStore, type RuntimeImage } from '../../../images/index.ts';

const REFERENCE = 'provided.al2023@debian';
const test = suite('images/build-provided');

let folder: string;
let image: RuntimeImage | undefined;
const progress: string[] = [];
const open = (): ImageStore => openImageStore({ stateDir: join(folder, 'state: with "odd" name'), clientsDir: join(folder, 'clients'), onProgress: (line) => progress.push(line) });

function built(): RuntimeImage {
  if (image === undefined) throw new Error('the image has not been built');
  return image;
}

function missingTool(): string | undefined {
  for (const tool of ['mmdebstrap', 'buildah', 'bwrap', ...(process.getuid?.() === 0 ? [] : ['newuidmap'])]) {
    if (spawnSync(tool, ['--version']).error !== undefined) return `${tool} is not installed`;
  }
  return undefined;
}

/** Kills a build when it reports the given step; what it leaves is what the next test finds. */
async function killedBuild(step: string): Promise<void> {
  // The strictest umask: what sandboxes of other users must pass through has to be passable all the same.
  process.umask(0o077);
  const child = spawn(process.execPath, [join(import.meta.dirname, 'build-process.ts'), join(folder, 'state: with "odd" name'), join(folder, 'clients'), REFERENCE], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  const ended = once(child, 'exit');
  for await (const line of createInterface(child.stdout)) {
    if (!line.startsWith(step)) continue;
    // The whole group: the programs that the build has started end with it, as at a power cut.
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  }
  await ended;
}

/** Runs a command in the image with nothing of the machine, as an unprivileged user. */
function inImage(root: string, command: string[]): string {
  const { environment } = built();
  const variables = Object.entries(environment).flatMap(([name, value]) => ['--setenv', name, value]);
  return execFileSync('bwrap', [
    '--unshare-user', '--uid', '993', '--gid', '990', '--unshare-pid', '--unshare-net', '--unshare-ipc', '--die-with-parent', '--ro-bind', root, '/',
    '--ro-bind', join(folder, 'task'), '/var/task', '--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp', '--chdir', '/var/task', '--clearenv', ...variables, '--', ...command,
  ], { encoding: 'utf8' });
}

test.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'rik-images-'));
  mkdirSync(join(folder, 'task'));
  writeFileSync(join(folder, 'task/bootstrap'), '#!/bin/sh\nset -eu\nprintf "%s %s " "$_HANDLER" "$(id -un)"\necho 41 | awk \'{ print $1 + 1 }\' | sed s/42/forty-two/ | grep -o "forty.*"\n', { mode: 0o755 });
});
test.after(() => rmSync(folder, { recursive: true, force: true }));

test('a build killed while it assembles leaves no version, no root and no named image', async () => {
  await killedBuild('assembling');
  assert.equal(await open().list(), []);
  assert.is(await open().find('provided.al2023', ['debian']), undefined);
  assert.not.ok(readdirSync(join(folder, 'state: with "odd" name')).includes('roots'));
});

test('the next ensure finishes what the killed build began', async () => {
  image = await open().ensure(REFERENCE);
  assert.is(image.versionName, 'provided:al2023.v1');
  assert.is(image.runtimeVersionArn, `arn:aws:lambda:us-east-1::runtime:${image.imageDigest.slice(7)}`);
  assert.is((await measureTree(image.rootPath)).rootDigest, image.rootDigest);
  assert.equal(readdirSync(join(folder, 'state: with "odd" name/images/work')), []);
  for (let path = image.rootPath; path !== folder; path = dirname(path)) assert.is(lstatSync(path).mode & 0o055, 0o055, path);
});

test('a second ensure runs no program', async () => {
  const path = process.env['PATH'];
  progress.length = 0;
  try {
    process.env['PATH'] = join(folder, 'task');
    assert.equal(await open().ensure(REFERENCE), image);
  } finally {
    process.env['PATH'] = path;
  }
  assert.equal(progress, []);
});

test('find and list give the same image', async () => {
  assert.equal(await open().find('provided.al2023', ['al2023', 'debian']), image);
  assert.equal(await open().list(), [image]);
});

test('a function starts in it as an unprivileged user, through the entry point', () => {
  const { rootPath } = built();
  assert.is(inImage(rootPath, ['/usr/bin/env', 'AWS_LAMBDA_RUNTIME_API=127.0.0.1:9001', '/lambda-entrypoint.sh', 'app.handler']), 'app.handler sbx_user1051 forty-two\n');
});

test('every library that a program of the image needs is in the image', () => {
  const { rootPath } = built();
  const script = 'for file in /bin/* /usr/bin/* /lib/*/*.so* /usr/lib/*/*.so*; do [ -f "$file" ] && LD_TRACE_LOADED_OBJECTS=1 /lib64/ld-linux-*.so.* "$file" 2>/dev/null | grep "not found"; done; true';
  if (!readdirSync(join(rootPath, 'lib64')).some((name) => name.startsWith('ld-linux'))) return console.log('skip: this architecture has its loader elsewhere');
  assert.is(inImage(rootPath, ['/bin/bash', '-c', script]), '');
});

test('nothing of the machine leaks into it', () => {
  const { rootPath } = built();
  const paths: string[] = readdirSync(rootPath, { recursive: true, encoding: 'utf8' });
  for (const path of paths) {
    const stat = lstatSync(join(rootPath, path));
    assert.is(stat.mode & 0o6000, 0, `${path} is set-uid or set-gid`);
    assert.ok(stat.isFile() || stat.isDirectory() || stat.isSymbolicLink(), `${path} is special`);
    if (!stat.isSymbolicLink() && path !== 'tmp') assert.is(stat.mode & 0o022, 0, `${path} is writable for others`);
    if (stat.isFile()) assert.ok((stat.mode & 0o004) !== 0, `${path} is not readable for all`);
  }
  for (const leak of ['etc/apt', 'etc/hostname', 'etc/resolv.conf', 'etc/machine-id', 'var/lib/apt', 'var/cache', 'var/log']) assert.not.ok(paths.includes(leak), leak);
  for (const point of ['proc', 'dev', 'sys', 'run/ctl', 'var/rapid', 'var/task', 'opt', 'tmp', 'var/runtime']) assert.ok(lstatSync(join(rootPath, point)).isDirectory(), point);
});

test('the layers are three, and dpkg reads the database', () => {
  const { rootPath, imageDigest } = built();
  const manifest = JSON.parse(readFileSync(join(folder, 'state: with "odd" name/images/oci/blobs/sha256', imageDigest.slice(7)), 'utf8'));
  assert.is(manifest.layers.length, 3);
  const listed = execFileSync('dpkg-query', [`--admindir=${join(rootPath, 'var/lib/dpkg')}`, '--show', '--showformat=${Package} ${db:Status-Status}\\n'], { encoding: 'utf8' });
  const packages = listed.trim().split('\n');
  for (const wanted of ['base-files', 'bash', 'curl', 'libc6']) assert.ok(packages.includes(`${wanted} installed`), wanted);
  assert.ok(packages.every((line) => line.endsWith(' installed')));
});

test('a removed root is unpacked again to the same digest', async () => {
  const { rootPath } = built();
  rmSync(rootPath, { recursive: true });
  assert.is(await open().find('provided.al2023', ['debian']), undefined);
  assert.equal(await open().ensure(REFERENCE), image);
  assert.ok(readFileSync(join(rootPath, 'lambda-entrypoint.sh'), 'utf8').startsWith('#!/bin/sh'));
});

test('a fresh build without any layer archive gives the same digest and no new version', async () => {
  rmSync(join(folder, 'state: with "odd" name/images/layers'), { recursive: true });
  assert.equal(await open().build(REFERENCE), image);
});

test('two processes that want the same image at once build it once', async () => {
  writeFileSync(join(folder, 'state: with "odd" name/images/built', `${REFERENCE}.${image?.architecture}.json`), '{}');
  const both = await Promise.all([0, 1].map(async () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'build-process.ts'), join(folder, 'state: with "odd" name'), join(folder, 'clients'), REFERENCE], { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines: string[] = [];
    for await (const line of createInterface(child.stdout)) lines.push(line);
    return lines;
  }));
  assert.is(both.flat().filter((line) => line.startsWith('assembling')).length, 1);
  assert.equal(await open().list(), [image]);
});

async function whyNot(): Promise<string | undefined> {
  const missing = missingTool();
  if (missing !== undefined) return missing;
  const state = mkdtempSync(join(tmpdir(), 'rik-images-probe-'));
  try {
    // The first step of a build tells whether the package sources can be reached.
    const probe = openImageStore({ stateDir: state, clientsDir: state, onProgress: (line) => { if (line.startsWith('base ')) throw new Error('reachable'); } });
    await probe.ensure(REFERENCE);
    return undefined;
  } catch (error) {
    return isCodedError(error) && error.code === 'images/tool-failed' && /network/.test(error.hint ?? '') ? error.message : undefined;
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
}

const reason = await whyNot();
if (reason === undefined) test.run();
else {
  console.log(`skip: ${reason}`);
  const skipped = suite('images/build-provided');
  skipped.skip(`not run: ${reason}`, () => {});
  skipped.run();
}
