import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { dev } from '../../../../cli/commands/dev.ts';
import { readDevOptions } from '../../../../cli/dev/emulator-options.ts';
import type { DevOptions } from '../../../../cli/dev/emulator-options.ts';
import { parseCommandLine } from '../../../../cli/parse-command-line.ts';
import { caught, withTemporaryFolder } from '../../../support/temporary-folder.ts';

const test = suite('cli/dev/emulator-options');

async function read(words: readonly string[], environment: Record<string, string> = {}): Promise<DevOptions> {
  const parsed = parseCommandLine(['dev', ...words], { verbs: [dev], groups: [], version: '0' });
  if (parsed.kind !== 'run') throw new Error('it was not understood');
  return readDevOptions(parsed.input, environment);
}

async function onlyFunction(words: readonly string[], environment: Record<string, string> = {}) {
  const [first] = (await read(words, environment)).emulator.functions;
  if (first === undefined) throw new Error('there is no function');
  return first;
}

async function refusal(words: readonly string[], environment: Record<string, string> = {}): Promise<string> {
  const error = await caught(() => read(words, environment));
  return error instanceof Error && 'code' in error && error.code === 'cli/usage' ? error.message : `not a refusal: ${String(error)}`;
}

test('without anything the defaults are those of the classic emulator', async () => {
  const { emulator, logLevel } = await read(['--', './bootstrap']);
  assert.equal(emulator.listen, { host: '127.0.0.1', port: 8080 });
  assert.is(emulator.profile, 'aws');
  assert.is(logLevel, 'info');
  const only = await onlyFunction(['--', './bootstrap', 'app.handler']);
  assert.equal([only.functionName, only.memoryMiB, only.timeoutMs, only.environmentsMax, only.workingDirectory], ['test_function', 3008, 300_000, 1, process.cwd()]);
  assert.equal(only.command, ['./bootstrap', 'app.handler']);
});

test('flag, variable, file, default: the first that says something counts', () =>
  withTemporaryFolder(async (folder) => {
    const file = join(folder, 'rik.json');
    writeFileSync(file, JSON.stringify({ listen: '127.0.0.1:1', logLevel: 'warn', functions: [{ name: 'f', timeoutSeconds: 1, watch: true, memoryMiB: 128 }] }));
    const config = ['--config', file];
    const rows: [words: string[], environment: Record<string, string>, listen: number, timeoutMs: number, isWatched: boolean, level: string][] = [
      [[], {}, 8080, 300_000, false, 'info'],
      [config, {}, 1, 1_000, true, 'warn'],
      [config, { RIK_DEV_LISTEN: '127.0.0.1:2', RIK_DEV_TIMEOUT: '2', RIK_DEV_WATCH: '0', RIK_DEV_LOG_LEVEL: 'error' }, 2, 2_000, false, 'error'],
      [[...config, '--listen', '3', '--timeout', '3', '--watch', '--log-level', 'debug'], { RIK_DEV_LISTEN: '127.0.0.1:2', RIK_DEV_TIMEOUT: '2', RIK_DEV_WATCH: '0', RIK_DEV_LOG_LEVEL: 'error' }, 3, 3_000, true, 'debug'],
      [config, { AWS_LAMBDA_FUNCTION_TIMEOUT: '0.5', LOG_LEVEL: 'DEBUG' }, 1, 500, true, 'debug'],
      [config, { RIK_DEV_TIMEOUT: '2', AWS_LAMBDA_FUNCTION_TIMEOUT: '4', LOG_LEVEL: 'verbose' }, 1, 2_000, true, 'warn'],
      [[], { RIK_DEV_CONFIG: file }, 1, 1_000, true, 'warn'],
    ];
    for (const [words, environment, port, timeoutMs, isWatched, level] of rows) {
      const { emulator, logLevel } = await read(words, environment);
      const [only] = emulator.functions;
      assert.equal([emulator.listen.port, only?.timeoutMs, only?.watchedFolder !== undefined, logLevel], [port, timeoutMs, isWatched, level], JSON.stringify([words, environment]));
    }
  }));

test('every option can be a variable', async () => {
  const only = await onlyFunction([], {
    RIK_DEV_NAME: 'n', RIK_DEV_CODE: 'c', RIK_DEV_HANDLER: 'h', RIK_DEV_LAYERS_ROOT: 'l', RIK_DEV_MEMORY: '256', RIK_DEV_RUNTIME_API: '127.0.0.1:5',
    RIK_DEV_INITIALIZATION: 'provisioned-concurrency', RIK_DEV_ENVIRONMENTS: '3', RIK_DEV_WHEN_BUSY: 'reject', RIK_DEV_URL: '127.0.0.1:6', RIK_DEV_URL_MODE: 'buffered',
    RIK_DEV_STREAM_PACING: 'yes', RIK_DEV_DEBUGGER: 'true', RIK_DEV_CORS: 'http://a, http://b', RIK_DEV_EVENT_RETRIES: '2', RIK_DEV_EVENT_RETRY_SECONDS: '1',
  });
  assert.equal([only.functionName, only.workingDirectory, only.taskRoot, only.handler, only.layersRoot], ['n', resolve('c'), resolve('c'), 'h', resolve('l')]);
  assert.equal([only.memoryMiB, only.runtimeApi.port, only.initializationType, only.environmentsMax, only.whenBusy], [256, 5, 'provisioned-concurrency', 3, 'reject']);
  assert.equal([only.url?.listen.port, only.url?.invokeMode, only.url?.cors?.allowOrigins], [6, 'buffered', ['http://a', 'http://b']]);
  assert.equal([only.streamPacing?.bytesPerSecond, only.isDebugged, only.eventRetries], [2_097_152, true, { attemptsMax: 2, delayMs: 1_000 }]);
  const other = await onlyFunction([], { RIK_DEV_NO_SPAWN: '1', RIK_DEV_ENV: 'AA=1,BB=2' });
  assert.equal([other.isAttached, other.inherited['AA'], other.inherited['BB']], [true, '1', '2']);
});

test('the function gets what rik itself finds in the environment, its own variables before it, and nothing of rik', async () => {
  const { inherited } = await onlyFunction(['--env', 'STAGE=flag'], { STAGE: 'environment', KEPT: 'yes', RIK_DEV_LISTEN: '1', npm_config_x: 'y' });
  assert.equal([inherited['STAGE'], inherited['KEPT'], 'RIK_DEV_LISTEN' in inherited, 'npm_config_x' in inherited], ['flag', 'yes', false, false]);
});

test('several functions take their settings from the file, their paths from its folder', () =>
  withTemporaryFolder(async (folder) => {
    const file = join(folder, 'rik.json');
    const url = { listen: '127.0.0.1:0', cors: { allowOrigins: ['http://page'], allowCredentials: true } };
    writeFileSync(file, JSON.stringify({ functions: [{ name: 'red', code: 'code/red', environment: { A2: 'b' }, url }, { name: 'blue', command: ['./run'], spawn: false }] }));
    // What everybody's variables say is meant for a single function.
    const { emulator } = await read(['--config', file, '--memory', '512'], { AWS_LAMBDA_FUNCTION_NAME: 'other', AWS_LAMBDA_FUNCTION_HANDLER: 'x' });
    const [red, blue] = emulator.functions;
    assert.equal([red?.functionName, red?.workingDirectory, red?.taskRoot, red?.memoryMiB, red?.inherited['A2'], red?.handler], ['red', join(folder, 'code/red'), join(folder, 'code/red'), 512, 'b', undefined]);
    assert.equal(red?.url?.cors, { ...url.cors, allowMethods: ['*'], allowHeaders: ['*'], exposeHeaders: ['*'], maxAgeSeconds: undefined });
    assert.equal([blue?.functionName, blue?.workingDirectory, blue?.isAttached, blue?.url], ['blue', folder, true, undefined]);
    assert.match(await refusal(['--config', file, '--name', 'x']), /--name is for one function, and the file has 2/);
    assert.match(await refusal(['--config', file, '--', './x']), /a command is for one function/);
  }));

for (const [title, words, environment, wanted] of [
  ['a listen address without a port', ['--listen', 'nowhere'], {}, /^--listen takes HOST:PORT, not "nowhere"/],
  ['a port beyond the last one', ['--url', '127.0.0.1:65536'], {}, /^--url takes HOST:PORT/],
  ['a wrong address in a variable', [], { RIK_DEV_LISTEN: 'x' }, /^RIK_DEV_LISTEN takes HOST:PORT/],
  ['a time-out that is no number', [], { AWS_LAMBDA_FUNCTION_TIMEOUT: 'abc' }, /^AWS_LAMBDA_FUNCTION_TIMEOUT is "abc"/],
  ['a time-out of nothing', [], { AWS_LAMBDA_FUNCTION_TIMEOUT: '0' }, /^AWS_LAMBDA_FUNCTION_TIMEOUT is "0"/],
  ['too many environments', [], { RIK_DEV_ENVIRONMENTS: '101' }, /^RIK_DEV_ENVIRONMENTS is "101", which is no number from 1 to 100/],
  ['an unknown profile in a variable', [], { RIK_DEV_PROFILE: 'x' }, /^RIK_DEV_PROFILE is "x", which is none of aws, rie/],
  ['a switch that says neither yes nor no', [], { RIK_DEV_WATCH: 'maybe' }, /^RIK_DEV_WATCH is "maybe", which is neither yes nor no/],
  ['several environments of a runtime that is not ours', ['--no-spawn', '--environments', '2'], {}, /started elsewhere is one environment/],
] as const) {
  test(`${title} is refused by name`, async () => assert.match(await refusal(words, environment), wanted));
}

test.run();
