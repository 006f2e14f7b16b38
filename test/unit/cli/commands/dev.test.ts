/** The emulator as people start it: what it says, what it serves, how it ends. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { withTemporaryFolder } from '../../../support/temporary-folder.ts';
import { CLI_FOLDER, runRik } from '../run-rik.ts';

const test = suite('cli/commands/dev');

const SCENARIOS = join(CLI_FOLDER, '..', 'test', 'fixtures', 'bootstraps', 'scenarios.mjs');

type Running = { child: ChildProcess; stderr(): string; said(pattern: RegExp): Promise<RegExpExecArray>; printed(pattern: RegExp): Promise<RegExpExecArray>; end(): Promise<number | null> };

async function withDev<Result>(words: readonly string[], environment: Record<string, string>, use: (running: Running) => Promise<Result>): Promise<Result> {
  const child = spawn(process.execPath, [join(CLI_FOLDER, 'main.ts'), 'dev', ...words], {
    env: { NODE_DISABLE_COMPILE_CACHE: '1', PATH: process.env['PATH'] ?? '', RIK_DEV_LISTEN: '127.0.0.1:0', RIK_TEST_NOTES: '/dev/null', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  let stdout = '';
  let stderr = '';
  let wake = (): void => {};
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    wake();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    wake();
  });
  const until = async (read: () => string, pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const match = pattern.exec(read());
      if (match !== null) return match;
      if (child.exitCode !== null) throw new Error(`it ended: ${stderr}`);
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  const end = (): Promise<number | null> => {
    child.kill('SIGTERM');
    return exited;
  };
  try {
    return await use({
      child,
      stderr: () => stderr,
      end,
      said: (pattern) => until(() => stderr, pattern),
      printed: (pattern) => until(() => stdout, pattern),
    });
  } finally {
    await end();
  }
}

const LISTENING = /listening on (\S+);/;

async function invoke(url: string, name: string): Promise<unknown> {
  const reply = await fetch(`${url}/2015-03-31/functions/${name}/invocations`, { method: 'POST', body: '"event"' });
  return reply.json();
}

test('functions of a file are served by name, with a word on each at the start, and all ends with one signal', () =>
  withTemporaryFolder(async (folder) => {
    const file = join(folder, 'functions.json');
    const command = [process.execPath, SCENARIOS, 'echo'];
    writeFileSync(file, JSON.stringify({ functions: [{ name: 'red', command, url: { listen: '127.0.0.1:0' } }, { name: 'blue', command }] }));
    await withDev(['--config', file], {}, async (running) => {
      const [, url = ''] = await running.said(LISTENING);
      await running.said(/^try: .*functions\/red\/invocations$/m);
      assert.match(running.stderr(), /^red: function URL http:\/\/127\.0\.0\.1:\d+\/$/m);
      for (const name of ['red', 'blue']) assert.is(await invoke(url, name), 'event');
      assert.equal(Object.keys(Object(await invoke(url, 'green'))), ['Type', 'Message']);
      await running.printed(/^blue \| REPORT RequestId: /m);
      assert.is(await running.end(), 0);
    });
  }));

test('without a runtime of its own it says with which variables to start one', async () => {
  await withDev(['--no-spawn', '--name', 'mine', '--handler', 'a.b'], {}, async (running) => {
    await running.said(/^try: /m);
    const [, address = ''] = await running.said(/runtime API on (\S+)/);
    for (const line of [`AWS_LAMBDA_RUNTIME_API=${address}`, '_HANDLER=a.b', 'AWS_LAMBDA_FUNCTION_NAME=mine', "AWS_LAMBDA_FUNCTION_VERSION='$LATEST'"]) assert.ok(running.stderr().includes(`\n  ${line}\n`), line);
    const [, url = ''] = await running.said(LISTENING);
    const answer = invoke(url, 'mine');
    const elsewhere = spawn(process.execPath, [SCENARIOS, 'echo'], { env: { AWS_LAMBDA_RUNTIME_API: address, RIK_TEST_NOTES: '/dev/null' }, stdio: 'ignore' });
    assert.is(await answer, 'event');
    elsewhere.kill('SIGKILL');
  });
});

test('with the level error it says nothing, with debug every answer', async () => {
  const command = ['--', process.execPath, SCENARIOS, 'echo'];
  await withDev(['--log-level', 'debug', ...command], {}, async (running) => {
    const [, url = ''] = await running.said(LISTENING);
    await invoke(url, 'f');
    await running.said(/^DEBUG [0-9a-f-]{36} POST \/2015-03-31\/functions\/f\/invocations \(7 bytes\) → 200$/m);
  });
  const speaking = ['--initialization', 'provisioned-concurrency', '--', process.execPath, '-e', 'console.log("up"); setInterval(() => {}, 1000)'];
  await withDev(['--log-level', 'error', ...speaking], {}, async (running) => {
    await running.printed(/^up$/m);
    assert.is(await running.end(), 0);
    assert.is(running.stderr(), '');
  });
});

for (const [title, words, wanted] of [
  ['a file that cannot be used', ['--config', 'nowhere.json'], /^rik: nowhere\.json cannot be used: there is no such file$/m],
  ['a folder to watch that is not there', ['--listen', '127.0.0.1:0', '--watch', '--code', '/nowhere'], /^rik: the folder to watch is not there$/m],
  ['an address that this machine has not', ['--listen', '192.0.2.1:1'], /^rik: cannot listen on 192\.0\.2\.1:1: this machine has no such address$/m],
  ['a runtime that there is none of', ['--runtime', 'cobol1'], /^rik: there is no managed runtime cobol1$/m],
] as const) {
  test(`${title} ends it with the code for usage and one message`, async () => {
    const { exitCode, stderr } = await runRik(['dev', ...words]);
    assert.is(exitCode, 2);
    assert.match(stderr, wanted);
    assert.not.match(stderr, /^\s+at /m);
  });
}

test.run();
