import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeFrame, openLogSink } from '../../../../runtimes/node/log-sink.ts';
import { type LogFrame, readLogFrames } from '../../../support/framed-log.ts';
import { bodyOf, type FunctionRunner, openFunctionRunner } from '../../../support/function-run.ts';

const test = suite('runtimes/node/log-sink');
let runner: FunctionRunner;
test.before(async () => {
  runner = await openFunctionRunner('nodejs');
});
test.after(() => runner.close());

/** The frames of one invocation; what went to stdout beside them is in `stdout`. */
async function logOf(source: string, environment: Record<string, string> = {}): Promise<{ frames: LogFrame[]; stdout: string; result: unknown }> {
  const files = { 'index.mjs': `export const handler = async () => { ${source}; return process.env._LAMBDA_TELEMETRY_LOG_FD ?? null; };` };
  const { framedLog, stdout, reports } = await runner.run({ handler: 'index.handler', files, environment, hasFramedLog: true, invocations: [{ event: '{}' }] });
  return { frames: readLogFrames(framedLog), stdout, result: bodyOf(reports[0]) };
}

const EVERY_LEVEL = 'for (const name of ["trace", "debug", "info", "warn", "error", "fatal"]) console[name](name)';

test('a text frame carries the level and keeps the inner newlines', async () => {
  const { frames, stdout } = await logOf('console.log("a\\nb", {x: 1})');
  assert.is(stdout, '');
  assert.is(frames[0]?.type, 'a55a000f');
  assert.match(frames[0]?.message ?? '', /^\S+Z\tr1\tINFO\ta\nb \{ x: 1 \}\n$/);
  const timestamp = /^\S+/.exec(frames[0]?.message ?? '')?.[0] ?? '';
  assert.is(frames[0]?.timestampMicroseconds, BigInt(Date.parse(timestamp)) * 1000n);
});

test('each level has its frame type as text', async () => {
  const { frames } = await logOf(EVERY_LEVEL);
  assert.equal(frames.map((frame) => frame.type), ['a55a0007', 'a55a000b', 'a55a000f', 'a55a0013', 'a55a0017', 'a55a001b']);
});

test('each level has its frame type as JSON, without a newline at the end', async () => {
  const { frames } = await logOf(EVERY_LEVEL, { AWS_LAMBDA_LOG_FORMAT: 'JSON' });
  assert.equal(frames.map((frame) => frame.type), ['a55a0006', 'a55a000a', 'a55a000e', 'a55a0012', 'a55a0016', 'a55a001a']);
  assert.ok(frames.every((frame) => JSON.parse(frame.message).requestId === 'r1' && !frame.message.endsWith('\n')));
});

test('the function does not see the variable, and what it writes itself stays on stdout', async () => {
  const { frames, stdout, result } = await logOf('process.stdout.write("raw")');
  assert.equal([frames.length, stdout, result], [0, 'raw', null]);
});

test('a record larger than a pipe arrives whole and in order', async () => {
  const { frames } = await logOf('console.log("x".repeat(1_000_000)); console.log("end")');
  assert.equal(frames.map((frame) => frame.message.length > 1_000_000), [true, false]);
  assert.match(frames[1]?.message ?? '', /end\n$/);
});

for (const value of ['99', '-1', 'x', '']) {
  test(`without a usable descriptor records go to stdout: ${JSON.stringify(value)}`, () => {
    const lines: string[] = [];
    const environment = { _LAMBDA_TELEMETRY_LOG_FD: value };
    openLogSink(environment, (text) => lines.push(text))({ isJson: false, level: 'INFO', timestampEpochMs: 0, text: 'a\nb' });
    assert.equal(lines, ['a\rb\n']);
    assert.equal(environment, {});
  });
}

test('the length counts bytes, not characters', () => {
  const frame = encodeFrame({ isJson: true, level: 'WARN', timestampEpochMs: 1_700_000_000_123, text: '"é"' });
  assert.is(frame.toString('hex'), 'a55a0012000000040006' + '0a2418202078' + '22c3a922');
});

test.run();
