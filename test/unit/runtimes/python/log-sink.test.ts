/** Cases: managed-runtimes §7.2, PY-051 to PY-055. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type LogFrame, readLogFrames } from '../../../support/framed-log.ts';
import { bodyOf, type FunctionRunner, openFunctionRunner } from '../../../support/function-run.ts';

const test = suite('runtimes/python/log-sink');
let runner: FunctionRunner;
test.before(async () => {
  runner = await openFunctionRunner('python');
});
test.after(() => runner.close());

async function logOf(statements: string, environment: Record<string, string> = {}): Promise<{ frames: LogFrame[]; stdout: string; result: unknown }> {
  const body = statements.split('\n').map((line) => `    ${line}`).join('\n');
  const files = { 'app.py': `import logging, os\ndef handler(event, context):\n${body}\n    return os.environ.get("_LAMBDA_TELEMETRY_LOG_FD")\n` };
  const { framedLog, stdout, reports } = await runner.run({ handler: 'app.handler', files, environment, hasFramedLog: true, invocations: [{ event: '{}' }] });
  return { frames: readLogFrames(framedLog), stdout, result: bodyOf(reports[0]) };
}

const EVERY_LEVEL = 'for level in ("debug", "info", "warning", "error", "critical"): getattr(logging, level)("m\\nx")\ncontext.log("c")';
const TYPES: { id: string; title: string; environment: Record<string, string>; types: string[] }[] = [
  { id: 'PY-051', title: 'without a level variable frames say no level', environment: {}, types: ['03', '03', '03', '03'] },
  { id: 'PY-052', title: 'with a level variable text frames say theirs', environment: { AWS_LAMBDA_LOG_LEVEL: 'DEBUG' }, types: ['0b', '0f', '13', '17', '1b', '03'] },
  { id: 'PY-053', title: 'JSON frames say their level', environment: { AWS_LAMBDA_LOG_LEVEL: 'DEBUG', AWS_LAMBDA_LOG_FORMAT: 'JSON' }, types: ['0a', '0e', '12', '16', '1a', '03'] },
  { id: 'PY-054', title: 'an unknown level filters as none does and switches the levels on', environment: { AWS_LAMBDA_LOG_LEVEL: 'nope' }, types: ['13', '17', '1b', '03'] },
];
for (const { id, title, environment, types } of TYPES) {
  test(`${id}: ${title}`, async () => {
    const { frames, stdout, result } = await logOf(EVERY_LEVEL, environment);
    assert.equal(frames.map((frame) => frame.type), types.map((type) => `a55a00${type}`));
    assert.equal([stdout, result], ['', null]);
  });
}

test('PY-051: the record of an unhandled error says its level in every format, and keeps its lines', async () => {
  const text = (await logOf('raise ValueError("v")')).frames[0];
  assert.equal([text?.type, text?.message.split('\n').length, text?.message.endsWith('\n')], ['a55a0017', 4, false]);
  const json = (await logOf('raise ValueError("v")', { AWS_LAMBDA_LOG_FORMAT: 'JSON' })).frames[0];
  assert.equal([json?.type, JSON.parse(json?.message ?? '').errorType], ['a55a0016', 'ValueError']);
});

test('PY-055: what is printed stays on stdout as it is', async () => {
  const { frames, stdout } = await logOf('print("p\\nq")');
  assert.equal([frames.length, stdout], [0, 'p\nq\n']);
});

test('the time of a frame is that of its record', async () => {
  const before = BigInt(Date.now()) * 1000n;
  const [frame] = (await logOf('logging.error("e")')).frames;
  assert.ok(frame !== undefined && frame.timestampMicroseconds >= before && frame.timestampMicroseconds <= BigInt(Date.now() + 1) * 1000n);
});

test('a record larger than a pipe arrives whole', async () => {
  const { frames } = await logOf('logging.error("x" * 1000000)\nlogging.error("end")');
  assert.equal(frames.map((frame) => frame.message.length > 1_000_000), [true, false]);
});

test('a descriptor that is not open leaves the records on stdout', async () => {
  const { stdout, result } = await logOf('logging.error("e")', { _LAMBDA_TELEMETRY_LOG_FD: '99' });
  assert.match(stdout, /^\[ERROR\]\t.*\te\n$/);
  assert.is(result, null);
});

test.run();
