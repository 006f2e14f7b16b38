// time-limit-seconds: 180
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EXIT, FEATURES, parseTarget, TargetUnusable } from '../../conformance/index.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'conformance', 'main.ts');
const LACKS = Object.fromEntries(Object.keys(FEATURES).filter((name) => name !== 'runtime-api').map((name) => [name, 'not there']));

type Ended = { code: number; stdout: string; stderr: string };

function run(...words: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...words], { timeout: 120_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, stdout, stderr });
    });
  });
}

/** A target whose program is a small script; `{front-door}` is its argument. */
function withTarget<Value>(script: string, act: (path: string, folder: string) => Promise<Value>): Promise<Value> {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-main-'));
  writeFileSync(join(folder, 'server.mjs'), script);
  const target = { name: 'sample', profile: 'aws', command: ['{node}', join(folder, 'server.mjs'), '{front-door}'], features: ['runtime-api'], lacks: LACKS };
  writeFileSync(join(folder, 'sample.json'), JSON.stringify(target));
  return act(join(folder, 'sample.json'), folder).finally(() => rmSync(folder, { recursive: true, force: true }));
}

const LISTENS = `import { createServer } from 'node:http';
const [host, port] = process.argv[2].split(':');
const answer = (handle) => createServer(handle).listen(Number(port), host);
`;

const test = suite('conformance/main');

for (const [title, words] of [
  ['a run without a target is wrong usage', []],
  ['an unknown flag is wrong usage', ['--target', 'rik-emulator', '--colour']],
  ['an unknown command is wrong usage', ['explain']],
  ['a case that is not there is wrong usage', ['--target', 'rik-emulator', '--case', 'no-such-case']],
  ['a topic that is not there is wrong usage', ['--target', 'rik-emulator', '--topic', 'weather']],
  ['a level that is not there is wrong usage', ['--target', 'rik-emulator', '--level', 'nice']],
  ['a selection of nothing is wrong usage', ['--target', 'rik-emulator', '--topic', 'runtime-next', '--level', 'observed']],
  ['a number of jobs that is none is wrong usage', ['--target', 'rik-emulator', '--jobs', '0']],
  ['a tolerance below one is wrong usage', ['--target', 'rik-emulator', '--tolerance', '0.5']],
] as const) {
  test(title, async () => {
    const { code, stdout, stderr } = await run(...words);
    assert.is(code, EXIT.USAGE);
    assert.is(stdout, '');
    assert.match(stderr, /^conformance: \S.*\ntry: --help\n$/s);
  });
}

test('help and the list of cases need no target', async () => {
  assert.match((await run('--help')).stdout, /^Usage: /);
  const { code, stdout } = await run('list', '--topic', 'runtime-next');
  assert.is(code, EXIT.OK);
  assert.is(stdout.trim().split('\n').length, 17);
});

test('a target that is not there is a fault of the environment', async () => {
  const { code, stderr } = await run('--target', 'no-such-target');
  assert.is(code, EXIT.ENVIRONMENT);
  assert.match(stderr, /there is no target file/);
});

test('a target whose program is not installed is a fault of the environment', () =>
  withTarget('', async (path) => {
    const target: unknown = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(path, JSON.stringify({ ...(typeof target === 'object' ? target : {}), command: ['no-such-program-anywhere'] }));
    const { code, stderr } = await run('--target', path);
    assert.is(code, EXIT.ENVIRONMENT);
    assert.match(stderr, /no-such-program-anywhere is not installed/);
  }));

test('a target that ends at its start is a fault of the environment and is quoted', () =>
  withTarget('console.error("cannot find my configuration"); process.exit(4);', async (path) => {
    const { code, stderr } = await run('--target', path, '--topic', 'runtime-next');
    assert.is(code, EXIT.ENVIRONMENT);
    assert.match(stderr, /cannot find my configuration/);
  }));

test('a target that answers without running anything fails its cases, and never passes one', () =>
  withTarget(`${LISTENS}answer((request, response) => response.end('{}'));`, async (path, folder) => {
    const json = join(folder, 'report.json');
    const { code, stdout } = await run('--target', path, '--topic', 'runtime-next', '--jobs', '16', '--json', json, '--junit', join(folder, 'j.xml'), '--tap', join(folder, 't.tap'));
    assert.is(code, EXIT.FINDINGS, stdout);
    const report: unknown = JSON.parse(readFileSync(json, 'utf8'));
    assert.ok(typeof report === 'object' && report !== null && 'counts' in report);
    assert.equal(report.counts, { pass: 0, fail: 13, skip: 4, blocked: 0, error: 0, total: 17, unexpected: 13 });
    assert.match(readFileSync(join(folder, 'j.xml'), 'utf8'), /tests="17" failures="13"/);
    assert.match(readFileSync(join(folder, 't.tap'), 'utf8'), /^TAP version 14\n1\.\.17\n/);
  }));

test('a target that dies at the first request fails the case that sent it', () =>
  withTarget(`${LISTENS}answer(() => process.exit(1));`, async (path) => {
    const { code, stdout } = await run('--target', path, '--case', 'RT-001');
    assert.is(code, EXIT.FINDINGS);
    assert.match(stdout, /FAIL next-payload-unusual-text/);
  }));

test('a target that never answers and floods its output fails in time', () =>
  withTarget(`${LISTENS}answer(() => {}); setInterval(() => process.stdout.write('x'.repeat(65536)), 5);`, async (path) => {
    const { code, stdout } = await run('--target', path, '--case', 'RT-001');
    assert.is(code, EXIT.FINDINGS);
    assert.match(stdout, /waited in vain for a runtime process/);
  }));

for (const [title, file, message] of [
  ['a target file that is no JSON is refused', 'x', /not one JSON object/],
  ['a target file without a profile is refused', '{"name":"n","command":["c"]}', /profile is none of/],
  ['a target file without a command is refused', '{"name":"n","profile":"aws"}', /command is missing/],
  ['a target file without a name is refused', '{"profile":"aws","command":["c"]}', /name is missing/],
  ['an unknown feature is refused', '{"name":"n","profile":"aws","command":["c"],"features":["flying"]}', /flying is unknown/],
  ['a feature that is not mentioned is refused', '{"name":"n","profile":"aws","command":["c"],"features":["runtime-api"]}', /neither in features nor in lacks/],
  ['a feature that is claimed and lacking is refused', JSON.stringify({ name: 'n', profile: 'aws', command: ['c'], features: ['runtime-api', 'cors'], lacks: LACKS }), /both claimed and lacking/],
  ['an unknown option is refused', JSON.stringify({ name: 'n', profile: 'aws', command: ['c'], features: ['runtime-api'], lacks: LACKS, options: { speed: {} } }), /option speed is unknown/],
] as const) {
  test(title, () => assert.throws(() => parseTarget(file, 'sample.json'), (error: unknown) => error instanceof TargetUnusable && message.test(error.message)));
}

test.run();
