// time-limit-seconds: 400
/** Does what the README of the SDK says: its programs and commands, in a folder with the installed package. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startFakeRuntimeApi } from '../../../runtimes/sdk/test-kit/index.ts';
import { installPackage, type InstalledPackage } from '../../support/installed-package.ts';

const test = suite('integration/package/sdk-tutorial');

const README = existsSync('runtimes/sdk/README.md') ? 'runtimes/sdk/README.md' : join(import.meta.dirname, '..', '..', '..', 'runtimes', 'sdk', 'README.md');
const TEXT = readFileSync(README, 'utf8');
const PROGRAMS = new Map([...TEXT.matchAll(/^```ts\n\/\/ (\S+)\n([\s\S]*?)^```$/gm)].map(([, name = '', program = '']) => [name, program]));
const COMMANDS = [...TEXT.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, block = '']) => block.trim().split('\n'));

let installed: InstalledPackage | undefined;
test.before(async () => {
  installed = await installPackage(['@types/node@22']);
  for (const [name, program] of PROGRAMS) installed?.write(name, program);
});
test.after(() => installed?.[Symbol.dispose]());

function step(title: string, use: (installed: InstalledPackage) => Promise<void>): void {
  test(title, async () => {
    // The reason was printed by the installation.
    if (installed !== undefined) await use(installed);
  });
}

test('the tutorial has the programs and commands that are tried here', () => {
  assert.equal([...PROGRAMS.keys()], ['hello.ts', 'web.ts', 'web.test.ts', 'everything.ts', 'sidecar.ts']);
  assert.equal(COMMANDS, [
    'npm install rik',
    `echo '{"name":"Ada"}' | node hello.ts --event -`,
    'node hello.ts',
    `curl -d '{"name":"Ada"}' http://127.0.0.1:7000/`,
    'node web.test.ts',
    'npx esbuild hello.ts --bundle --platform=node --format=esm --outfile=index.mjs',
    'npx rik dev -- node index.mjs',
  ]);
});

step('every program of it type-checks under strict', async ({ folder, run }) => {
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
  const end = await run(process.execPath, [compiler, '--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2022', '--types', 'node', '--allowImportingTsExtensions', ...PROGRAMS.keys()]);
  assert.equal([end.code, end.stdout], [0, ''], folder);
});

step('an event from standard input is answered', async ({ run }) => {
  const end = await run('/bin/sh', ['-c', COMMANDS[1] ?? '']);
  assert.match(end.stdout, /^\{"greeting":"Hello, Ada!","requestId":"[0-9a-f-]{36}"\}\n$/);
  assert.match(end.stderr, /INFO\tgreeting Ada/);
});

step('without an event it stays up behind a front door, also as a web server', async ({ folder }) => {
  await withProgram(folder, [process.execPath, 'hello.ts'], /http:\/\/[\d.]+:\d+/, async (address) => {
    const response = await fetch(address, { method: 'POST', body: '{"name":"Ada"}' });
    assert.match(await response.text(), /Hello, Ada!/);
  });
  await withProgram(folder, [process.execPath, 'web.ts'], /http:\/\/[\d.]+:\d+/, async (address) => {
    assert.equal(await (await fetch(`${address}/?name=Ada`)).json(), { hello: 'Ada' });
  });
});

step('the test of the web server passes', async ({ run }) => {
  assert.equal((await run(process.execPath, ['web.test.ts'])).stdout, 'web.ts greets\n');
});

step('the bundle is one file and answers on the emulator', async ({ folder, run }) => {
  const bundled = await run('npx', (COMMANDS[5] ?? '').split(' ').slice(1));
  assert.is(bundled.code, 0, bundled.stderr);
  const launcher = join(folder, 'node_modules', 'rik', 'cli', 'rik.mjs');
  await withProgram(folder, [process.execPath, launcher, 'dev', '--listen', '127.0.0.1:0', '--', 'node', 'index.mjs'], /listening on (http:\S+?);/, async (address) => {
    const response = await fetch(`${address}/2015-03-31/functions/function/invocations`, { method: 'POST', body: '{"name":"Ada"}' });
    assert.match(await response.text(), /Hello, Ada!/);
  });
});

step('the program with everything streams, logs its time and reports its errors', async ({ run }) => {
  const spoken = await run('/bin/sh', ['-c', `echo '{"text":"one two"}' | node everything.ts --event -`]);
  assert.match(spoken.stdout, /^\{"statusCode":200,.*\}\0{8}one\ntwo\n/);
  assert.match(spoken.stderr, /INFO\tdone \{"durationMs":/);
  const silent = await run('/bin/sh', ['-c', `echo '{"text":""}' | node everything.ts --event -`]);
  assert.equal(silent.code, 1);
  assert.match(silent.stdout, /"errorType":"Text\.Empty"/);
});

step('the extension registers, subscribes, sees an invocation and its end', async ({ folder }) => {
  const api = await startFakeRuntimeApi();
  const child = spawn(process.execPath, ['sidecar.ts'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, AWS_LAMBDA_RUNTIME_API: api.address } });
  try {
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    const ended = new Promise((resolve) => child.on('close', resolve));
    while (api.extensions.registered[0]?.nextCount !== 1) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(api.extensions.registered[0]?.subscription?.['types'], ['platform', 'function']);
    api.extensions.send({ eventType: 'INVOKE', deadlineMs: 1, requestId: 'r-1', invokedFunctionArn: 'arn' });
    api.extensions.send({ eventType: 'SHUTDOWN', deadlineMs: 2, shutdownReason: 'spindown' });
    assert.is(await ended, 0);
    assert.is(output, 'invoked r-1\nover spindown\n');
  } finally {
    child.kill('SIGKILL');
    await api.close();
  }
});

/** Runs a program until it tells its address, and ends it afterwards. */
async function withProgram(cwd: string, [program = '', ...words]: readonly string[], pattern: RegExp, use: (address: string) => Promise<void>): Promise<void> {
  const path = `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`;
  const child = spawn(program, words, { cwd, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, PATH: path, RIK_LOCAL_PORT: '0' } });
  let output = '';
  const ended = new Promise((resolve) => child.on('close', resolve));
  try {
    const address = await new Promise<string>((resolve, reject) => {
      const read = (text: string): void => {
        output += text;
        const match = pattern.exec(output);
        if (match !== null) resolve(match[1] ?? match[0]);
      };
      child.stdout.setEncoding('utf8').on('data', read);
      child.stderr.setEncoding('utf8').on('data', read);
      child.on('error', reject);
      child.on('close', () => reject(new Error(`the program has ended: ${output}`)));
    });
    await use(address);
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

test.run();
