// time-limit-seconds: 240
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EXIT, parseRuntimeTarget, TargetUnusable } from '../../conformance/index.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'conformance', 'main.ts');
const FIXTURES = join(import.meta.dirname, '..', '..', 'fixtures', 'conformance');
const TINY = readFileSync(join(FIXTURES, 'tiny-runtime.json'), 'utf8').replaceAll('{here}', FIXTURES);

const test = suite('conformance/bad-targets');

for (const [title, script, message] of [
  ['a runtime that ends without a request is quoted', 'console.error("cannot find my settings"); process.exit(4);', /ended \(status 4\) without any request: cannot find my settings/],
  ['a runtime that hangs is given up', 'setInterval(() => {}, 1000);', /makes no request within 20 s/],
  ['a runtime that floods its output is stopped', 'const flood = () => process.stdout.write("x".repeat(1 << 20), flood); flood();', /floods its output/],
] as const) {
  test(`${title}, with an exit code of its own`, () =>
    withScript(script, async (path) => {
      const { code, stdout, stderr } = await run('--target', path);
      assert.is(code, EXIT.ENVIRONMENT, stderr);
      assert.is(stdout, '');
      assert.match(stderr, message);
      assert.match(stderr, /\ntry: /);
    }));
}

test('a runtime that crashes half-way fails its cases, and never passes one', () =>
  withScript(`import { get } from 'node:http'; get('http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2018-06-01/runtime/invocation/next', () => process.exit(9));`, async (path) => {
    const { code, stdout } = await run('--target', path, '--case', 'event-echoed', '--case', 'handler-error-posted', '--tolerance', '3');
    assert.is(code, EXIT.FINDINGS);
    assert.match(stdout, /2 cases: 0 pass, 2 fail/);
    assert.match(stdout, /kind: "exit"/);
  }));

test('a program that is not there is a fault of the environment', () =>
  withScript('', async (path) => {
    writeFileSync(path, JSON.stringify({ ...parsed(), command: ['/nowhere/bootstrap'] }));
    const { code, stderr } = await run('--target', path);
    assert.is(code, EXIT.ENVIRONMENT);
    assert.match(stderr, /\/nowhere\/bootstrap is not there/);
  }));

for (const [title, change, message] of [
  ['a function that is none of the contract is refused', { functions: { dance: 'x' } }, /dance is none of the handler contract/],
  ['an unknown feature is refused', { features: ['flying'] }, /flying is unknown/],
  ['what is neither offered nor lacking is refused', { lacks: {} }, /neither offered/],
  ['what is offered and lacking is refused', { lacks: { echo: 'x' } }, /both claimed and lacking/],
  ['a target without a command is refused', { command: [] }, /command is missing/],
] as const) {
  test(title, () => assert.throws(() => parseRuntimeTarget(JSON.stringify({ ...parsed(), ...change }), '/tmp/t.json'), (error: unknown) => error instanceof TargetUnusable && message.test(error.message)));
}

test('a runtime that somebody else started is examined at the address it was given', async () => {
  const address = `127.0.0.1:${await freePort()}`;
  const folder = mkdtempSync(join(tmpdir(), 'conformance-attached-'));
  const target = join(folder, 'tiny.json');
  writeFileSync(target, TINY);
  const env = { ...process.env, AWS_LAMBDA_RUNTIME_API: address, _HANDLER: 'echo' };
  // It is there before the suite listens, and asks again until it does.
  const script = `for (;;) { const { status } = (await import('node:child_process')).spawnSync(process.execPath, [${JSON.stringify(join(FIXTURES, 'tiny-runtime.mjs'))}], { stdio: 'ignore' }); if (status === null) break; await new Promise((done) => setTimeout(done, 50)); }`;
  const loop = spawn(process.execPath, ['--input-type=module', '-e', script], { env, stdio: 'ignore', detached: true });
  try {
    const words = ['--target', target, '--no-spawn', '--listen', address, '--function', 'echo', '--tolerance', '5', '--patience', '1'];
    const { code, stdout, stderr } = await run(...words, '--case', 'event-echoed', '--case', 'event-four-byte-characters', '--case', 'handler-error-posted');
    assert.is(code, EXIT.OK, `${stdout}${stderr}`);
    assert.match(stdout, /3 cases: 2 pass, 0 fail, 1 skip/);
    assert.match(stdout, /needs the function fail, and the runtime was started with echo/);
  } finally {
    if (loop.pid !== undefined) process.kill(-loop.pid, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
});

function parsed(): Record<string, unknown> {
  const value: unknown = JSON.parse(TINY);
  assert.ok(typeof value === 'object' && value !== null);
  return { ...value };
}

/** A target whose program is a script. */
async function withScript(script: string, act: (path: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-bad-'));
  try {
    writeFileSync(join(folder, 'runtime.mjs'), script);
    writeFileSync(join(folder, 'bad.json'), JSON.stringify({ ...parsed(), name: 'bad', command: ['{node}', join(folder, 'runtime.mjs')] }));
    await act(join(folder, 'bad.json'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function run(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...words], { timeout: 120_000, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, stdout, stderr });
    });
  });
}

test.run();
