/** Response streaming in Python; the wire form is that of runtime-api §8.1. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Report } from '../../../support/fake-runtime-api.ts';
import { bodyOf, type FunctionRunner, type FunctionRunResult, openFunctionRunner } from '../../../support/function-run.ts';

const test = suite('runtimes/python/response-stream');
let runner: FunctionRunner;
test.before(async () => {
  runner = await openFunctionRunner('python');
});
test.after(() => runner.close());

/** Serves the invocation under test and one more, which must find everything in order. */
function run(source: string, environment: Record<string, string> = {}): Promise<FunctionRunResult> {
  const files = { 'app.py': `import awslambda, io\n${source}\n`, 'page.txt': 'from a file' };
  return runner.run({ handler: 'app.handler', files, environment, invocations: [{ event: '{"first": true}' }, { event: '{}' }] });
}

type Shown = { kind: string | undefined; mode: string | undefined; contentType: string | undefined; body: string; errorType: string | undefined; error: unknown };

function shown(report: Report | undefined): Shown {
  const encoded = report?.trailers['lambda-runtime-function-error-body'];
  return {
    kind: report?.kind,
    mode: report?.headers['lambda-runtime-function-response-mode']?.toString(),
    contentType: report?.headers['content-type'],
    body: report?.body.toString('latin1') ?? '',
    errorType: report?.trailers['lambda-runtime-function-error-type']?.toString(),
    error: encoded === undefined ? undefined : JSON.parse(Buffer.from(String(encoded), 'base64').toString('utf8')),
  };
}

const STREAMED = { kind: 'response', mode: 'streaming', contentType: 'application/octet-stream', errorType: undefined, error: undefined };
const PRELUDE = '{"statusCode": 201, "headers": {"X-A": "b"}, "cookies": ["c=1"]}\0\0\0\0\0\0\0\0';
const HTTP = { ...STREAMED, contentType: 'application/vnd.awslambda.http-integration-response' };

const CASES: { title: string; source: string; expected: Partial<Shown> }[] = [
  { title: 'what a generator yields is streamed, text as UTF-8', source: 'def handler(event, context):\n    yield "a"\n    yield b"b"\n    yield ""\n    yield "c"', expected: { ...STREAMED, body: 'abc' } },
  { title: 'an iterator as result is streamed', source: 'def handler(event, context): return iter(["x", "y"])', expected: { ...STREAMED, body: 'xy' } },
  { title: 'a file as result is streamed and closed', source: 'opened = []\ndef handler(event, context):\n    assert all(file.closed for file in opened)\n    opened.append(open("page.txt", "rb"))\n    return opened[-1]', expected: { ...STREAMED, body: 'from a file' } },
  { title: 'an empty generator is an empty response', source: 'def handler(event, context):\n    yield from ()', expected: { ...STREAMED, body: '' } },
  {
    title: 'a streaming handler writes',
    source: '@awslambda.streamify_response\ndef handler(event, stream, context):\n    stream.set_content_type("text/plain")\n    stream.write("a")\n    stream.write(bytearray(b"b"))\n    assert stream.write(memoryview(b"cd")) == 2\n    stream.close()',
    expected: { ...STREAMED, contentType: 'text/plain', body: 'abcd' },
  },
  { title: 'a streaming handler that returns without closing has closed', source: '@awslambda.streamify_response\ndef handler(event, stream, context): stream.write("a")', expected: { ...STREAMED, body: 'a' } },
  { title: 'the stream can be wrapped as any binary file', source: '@awslambda.streamify_response\ndef handler(event, stream, context):\n    text = io.TextIOWrapper(io.BufferedWriter(stream), encoding="utf-8")\n    print("line", file=text)\n    text.close()', expected: { ...STREAMED, body: 'line\n' } },
  { title: 'an HTTP head goes before the body of a stream', source: '@awslambda.streamify_response\ndef handler(event, stream, context):\n    out = awslambda.HttpResponseStream.from_(stream, {"statusCode": 201, "headers": {"X-A": "b"}, "cookies": ["c=1"]})\n    out.write("body")', expected: { ...HTTP, body: `${PRELUDE}body` } },
  { title: 'an HTTP head goes before the body of a generator', source: 'def handler(event, context): return awslambda.HttpResponse((part for part in ("bo", "dy")), 201, {"X-A": "b"}, ["c=1"])', expected: { ...HTTP, body: `${PRELUDE}body` } },
  { title: 'an HTTP head is sent although nothing else is', source: 'def handler(event, context): return awslambda.HttpResponse(status_code=204)', expected: { ...HTTP, body: '{"statusCode": 204}\0\0\0\0\0\0\0\0' } },
  { title: 'a content type of many lines is one header', source: '@awslambda.streamify_response\ndef handler(event, stream, context):\n    stream.set_content_type("text/plain\\r\\nX-Evil: 1")\n    stream.write("a")', expected: { ...STREAMED, contentType: 'text/plain\\r\\nX-Evil: 1', body: 'a' } },
];
for (const { title, source, expected } of CASES) {
  test(title, async () => {
    const { reports, stderr, stdout } = await run(source);
    assert.equal(reports.map(shown), [expected, expected], stderr + stdout);
  });
}

test('a failure before the first byte is an ordinary error', async () => {
  const { reports } = await run('def handler(event, context):\n    if event: raise ValueError("early")\n    yield "ok"');
  assert.equal(reports.map((report) => report.kind), ['error', 'response']);
  assert.equal([Object(bodyOf(reports[0])).errorType, reports[1]?.body.toString('utf8')], ['ValueError', 'ok']);
});

test('a failure on the way ends the response with trailers and is logged', async () => {
  const { reports, stdout } = await run('def handler(event, context):\n    yield "part"\n    if event: raise ValueError("late")');
  const { kind, body, errorType, error } = shown(reports[0]);
  assert.equal([kind, body, errorType, Object(error).errorMessage, Object(error).requestId], ['response', 'part', 'ValueError', 'late', 'r1']);
  assert.match(stdout, /^\[ERROR\] ValueError: late\r/m);
  assert.equal([shown(reports[1]).body, shown(reports[1]).errorType], ['part', undefined]);
});

test('the content type cannot be set after the first write', async () => {
  const { reports } = await run('@awslambda.streamify_response\ndef handler(event, stream, context):\n    stream.write("a")\n    if event: stream.set_content_type("text/plain")');
  assert.is(shown(reports[0]).errorType, 'Runtime.InvalidStreamingOperation');
});

test('a value that is neither bytes nor text is an error', async () => {
  const { reports } = await run('def handler(event, context):\n    yield {"a": 1} if event else "ok"');
  assert.equal(reports.map((report) => report.kind), ['error', 'response']);
});

test('a function that ends its process does not end its response in order', async () => {
  const { reports, exitCode } = await runner.run({
    handler: 'app.handler',
    files: { 'app.py': 'import sys\ndef handler(event, context):\n    yield "part"\n    sys.exit(3)\n' },
    invocations: [{ event: '{}' }],
    until: 'exit',
  });
  assert.equal([exitCode, reports.length], [3, 0]);
});

test('strictly compatible, a generator is an error as on the vendor\'s runtime', async () => {
  const { reports } = await run('def handler(event, context):\n    yield "a"', { RIK_STRICT_COMPAT: '1' });
  assert.is(Object(bodyOf(reports[0])).errorMessage, 'Unable to marshal response: Object of type generator is not JSON serializable');
});

test.run();
