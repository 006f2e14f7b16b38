import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CLI_FOLDER, runRik } from './run-rik.ts';

const test = suite('cli/main');

test('help that was asked for is a result: stdout and success', async () => {
  const end = await runRik(['--help']);
  assert.is(end.exitCode, 0);
  assert.match(end.stdout, 'Usage: rik VERB');
  assert.is(end.stderr, '');
});

test('no verb at all is a mistake: help on stderr and USAGE', async () => {
  for (const words of [[], ['function']]) {
    const end = await runRik(words);
    assert.is(end.exitCode, 2);
    assert.is(end.stdout, '');
    assert.match(end.stderr, 'Usage: rik');
  }
});

for (const [title, words, exitCode, message] of [
  ['an unknown verb', ['fnction'], 2, 'did you mean function?'],
  ['an unknown option', ['doctor', '--jsn'], 2, 'did you mean --json?'],
  ['a code folder that is not there', ['function', 'create', 'a', '--runtime', 'nodejs24.x', '--handler', 'a.b', '--code', '/nonexistent/folder'], 2, 'ENOENT'],
  ['an address that is none', ['function', 'ls', '--endpoint', 'nowhere'], 2, '--endpoint'],
  ['an update of nothing', ['function', 'update', 'a'], 2, 'nothing is to be changed'],
  ['variables set and cleared at once', ['function', 'update', 'a', '--env', 'AB=1', '--clear-env'], 2, 'exclude each other'],
  ['an architecture without code', ['function', 'update', 'a', '--timeout', '3', '--architecture', 'arm64'], 2, '--code'],
  ['a managed runtime without handler', ['function', 'create', 'a', '--runtime', 'nodejs24.x', '--code', '/tmp'], 2, '--handler'],
  ['image build without a reference', ['image', 'build'], 2, '--all'],
  ['image build with references and --all', ['image', 'build', 'x', '--all'], 2, '--all'],
] as const) {
  test(`${title} ends with ${exitCode} and at most three lines, none of them a stack`, async () => {
    const end = await runRik(words);
    assert.is(end.exitCode, exitCode, end.stderr);
    assert.is(end.stdout, '');
    assert.match(end.stderr, message);
    const lines = end.stderr.trimEnd().split('\n');
    assert.ok(lines.length <= 3, end.stderr);
    assert.match(lines[0] ?? '', /^rik: /);
    assert.not.match(end.stderr, / at .*\.ts/);
  });
}

test('--debug adds the code and the stack', async () => {
  const end = await runRik(['function', 'ls', '--endpoint', 'nowhere', '--debug']);
  assert.is(end.exitCode, 2);
  assert.match(end.stderr, 'code: cli/usage');
  assert.match(end.stderr, 'api-endpoint.ts');
});

test('a reader that closes the pipe early is no failure', async () => {
  const child = spawn(process.execPath, [join(CLI_FOLDER, 'main.ts'), 'doctor', '--json'], { env: {}, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const exitCode = await new Promise((resolve) => child.on('close', resolve));
  assert.is(stderr, '');
  // ENVIRONMENT when the write was over before the pipe was seen closed: the machine has an empty PATH here.
  assert.ok(exitCode === 0 || exitCode === 3, String(exitCode));
});


test.run();
