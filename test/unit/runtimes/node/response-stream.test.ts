/** Streaming handlers as real processes: what they put on the wire, and what becomes of their mistakes. Source: managed-runtimes §2.9. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Report } from '../../../support/fake-runtime-api.ts';
import { type FunctionRunner, memberOf, openFunctionRunner } from '../../../support/function-run.ts';

const test = suite('runtimes/node/response-stream');
let runner: FunctionRunner;
test.before(async () => {
  runner = await openFunctionRunner('nodejs');
});
test.after(() => runner.close());

const ERROR_TYPE = 'lambda-runtime-function-error-type';
const ERROR_BODY = 'lambda-runtime-function-error-body';
const OCTETS = 'application/octet-stream';
const HTTP = 'application/vnd.awslambda.http-integration-response';

/** `{"then":1}` is answered plainly, so that each case shows that the loop goes on. */
async function runStreaming(body: string, options: { isSync?: boolean; options?: string } = {}): Promise<{ report: Report; stdout: string }> {
  const handler = `${options.isSync === true ? '' : 'async '}(event, stream, context) => { if (event.then) { stream.end('next'); return Promise.resolve(); } ${body} }`;
  const source = `import { pipeline } from 'node:stream/promises'; import { Readable } from 'node:stream'; export const handler = awslambda.streamifyResponse(${handler}${options.options ?? ''});`;
  const { reports, stdout, stderr } = await runner.run({ handler: 'index.handler', files: { 'index.mjs': source }, invocations: [{ event: '{}' }, { event: '{"then":1}' }] });
  const [report, next] = reports;
  assert.ok(report !== undefined, stderr);
  assert.is(next?.body.toString(), 'next', stderr);
  return { report, stdout };
}

function trailingError(report: Report): { type: unknown; body: Record<string, unknown> } {
  return { type: report.trailers[ERROR_TYPE], body: Object(JSON.parse(Buffer.from(String(report.trailers[ERROR_BODY]), 'base64').toString())) };
}

/** Body of the handler, and what is on the wire. */
const STREAMS: { title: string; body: string; text: string; contentType?: string }[] = [
  { title: 'text, JSON for other values, and the content type', body: 'stream.setContentType("text/plain"); stream.write("a"); stream.write({j: 1}); stream.write(12); stream.end("z");', text: 'a{"j":1}12z', contentType: 'text/plain' },
  { title: 'bytes as they are', body: 'stream.write(Buffer.from([0, 255])); stream.write(new Uint8Array([65])); stream.end();', text: '\0\xffA' },
  { title: 'a stream without data', body: 'stream.end();', text: '' },
  { title: 'a pipeline', body: 'await pipeline(Readable.from(["p", "q"]), stream);', text: 'pq' },
  { title: 'a pipe that nobody waits for', body: 'Readable.from(["p", "q"]).pipe(stream);', text: 'pq' },
  { title: 'writes after the handler has returned', body: 'setTimeout(() => { stream.write("late"); setTimeout(() => stream.end("r"), 20); }, 20);', text: 'later' },
  { title: 'an end before the handler has returned', body: 'stream.end("early"); await new Promise((resolve) => setTimeout(resolve, 20));', text: 'early' },
  { title: 'a handler that never settles but has ended its stream', body: 'stream.end("over"); await new Promise(() => {});', text: 'over' },
  { title: 'the HTTP prelude', body: 'const http = awslambda.HttpResponseStream.from(stream, {statusCode: 201, headers: {a: "b"}, cookies: ["c=d"]}); http.write("body"); http.end();', text: '{"statusCode":201,"headers":{"a":"b"},"cookies":["c=d"]}\0\0\0\0\0\0\0\0body', contentType: HTTP },
  { title: 'the HTTP prelude without a body', body: 'awslambda.HttpResponseStream.from(stream, {statusCode: 204}).end();', text: '{"statusCode":204}\0\0\0\0\0\0\0\0', contentType: HTTP },
  { title: 'a content type cannot add a header', body: 'stream.setContentType("a\\r\\nX-Evil: 1"); stream.end();', text: '', contentType: 'a\\u000d\\u000aX-Evil: 1' },
];
for (const { title, body, text, contentType } of STREAMS) {
  test(`${title}`, async () => {
    const { report } = await runStreaming(body);
    assert.equal([report.kind, report.body.toString('latin1'), report.headers['content-type']], ['response', text, contentType ?? OCTETS]);
    assert.equal(
      [report.headers['lambda-runtime-function-response-mode'], report.headers['transfer-encoding'], report.headers['trailer'], report.headers['x-evil']],
      ['streaming', 'chunked', 'Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body', undefined],
    );
    assert.equal(Object.keys(report.trailers), []);
  });
}

/** What goes wrong after something was written. */
const FAILURES: { title: string; body: string; text: string; errorType: string; message?: string }[] = [
  { title: 'an exception', body: 'stream.write("a"); throw new TypeError("m");', text: 'a', errorType: 'TypeError', message: 'm' },
  { title: 'a content type that comes too late', body: 'stream.write("a"); stream.setContentType("b");', text: 'a', errorType: 'Runtime.InvalidStreamingOperation', message: 'Cannot set content-type, too late.' },
  { title: 'a handler that forgets to end', body: 'stream.write("a");', text: 'a', errorType: 'Runtime.StreamError', message: 'Response stream is not finished.' },
  { title: 'a handler that never settles nor ends', body: 'stream.write("a"); await new Promise(() => {});', text: 'a', errorType: 'Runtime.StreamError', message: 'Response stream is not finished.' },
  { title: 'a destroyed stream', body: 'stream.write("a"); stream.destroy(new RangeError("gone"));', text: 'a', errorType: 'RangeError', message: 'gone' },
  { title: 'a pipeline whose source fails', body: 'await pipeline(Readable.from((async function* () { yield "p"; throw new RangeError("source"); })()), stream);', text: 'p', errorType: 'RangeError', message: 'source' },
  { title: 'null', body: 'stream.write("a"); stream.write(null);', text: 'a', errorType: 'TypeError' },
  { title: 'what has no JSON form', body: 'stream.write("a"); stream.write(undefined);', text: 'a', errorType: 'TypeError' },
];
for (const { title, body, text, errorType, message } of FAILURES) {
  test(`${title} on the way is told in trailers`, async () => {
    const { report, stdout } = await runStreaming(body);
    assert.equal([report.kind, report.body.toString()], ['response', text]);
    const error = trailingError(report);
    assert.equal([error.type, error.body['errorType']], [errorType, errorType]);
    if (message !== undefined) assert.is(error.body['errorMessage'], message);
    assert.match(stdout, /ERROR\tInvoke Error/);
  });
}

// ref: STR-006
test('an error before the first byte is reported as by any other handler', async () => {
  for (const body of ['throw new RangeError("m");', 'stream.setContentType("text/plain"); throw new RangeError("m");', 'stream.destroy(new RangeError("m"));']) {
    const { report } = await runStreaming(body);
    assert.equal([report.kind, memberOf(report, 'errorType'), memberOf(report, 'errorMessage')], ['error', 'RangeError', 'm']);
  }
  const { report } = await runStreaming('');
  assert.equal([report.kind, memberOf(report, 'errorType')], ['error', 'Runtime.StreamError']);
});

test('an error after the end is logged and changes nothing', async () => {
  const { report, stdout } = await runStreaming('stream.end("done"); throw new RangeError("m");');
  assert.equal([report.kind, report.body.toString(), Object.keys(report.trailers).length], ['response', 'done', 0]);
  assert.match(stdout, /ERROR\tInvoke Error .*RangeError/);
});

test('a handler that is not async is told so, after its response', async () => {
  const { report, stdout } = await runStreaming('stream.end("x");', { isSync: true });
  assert.is(report.body.toString(), 'x');
  assert.match(stdout, /Streaming does not support non-async handlers\./);
});

test('a returned value is warned about', async () => {
  const { report, stdout } = await runStreaming('stream.end("x"); return 5;');
  assert.is(report.body.toString(), 'x');
  assert.match(stdout, /WARN\tStreaming handlers ignore return values\./);
});

test('10 MB written without a pause arrive whole', async () => {
  const { report } = await runStreaming('for (let index = 0; index < 160; index += 1) stream.write(Buffer.alloc(65_536, index)); stream.end();');
  assert.is(report.body.length, 10_485_760);
  assert.is(report.body[10_485_759], 159);
});

test('the high-water mark is the stream\'s, and a writer that waits for drain gets on', async () => {
  const wait = 'for (let index = 0; index < 100; index += 1) if (!stream.write(Buffer.alloc(10_000))) await new Promise((resolve) => stream.once("drain", resolve));';
  const { report } = await runStreaming(`${wait} stream.end(String(stream.writableHighWaterMark));`, { options: ', { highWaterMark: 1234 }' });
  assert.is(report.body.subarray(-4).toString(), '1234');
  assert.is(report.body.length, 1_000_004);
});

test('what streamifyResponse marks is the function itself', async () => {
  const source = 'const inner = async (event, stream) => stream.end("x"); const outer = awslambda.streamifyResponse(inner, { highWaterMark: "7" }); export const handler = async () => [outer === inner, outer[Symbol.for("aws.lambda.runtime.handler.streaming")], outer[Symbol.for("aws.lambda.runtime.handler.streaming.highWaterMark")]];';
  const { reports } = await runner.run({ handler: 'index.handler', files: { 'index.mjs': source }, invocations: [{ event: '{}' }] });
  assert.is(reports[0]?.body.toString(), '[true,"response",7]');
});

test('a response that is refused is printed, and the loop goes on', async () => {
  const source = 'export const handler = awslambda.streamifyResponse(async (event, stream) => { stream.end("x"); });';
  const { reports, stderr } = await runner.run({ handler: 'index.handler', files: { 'index.mjs': source }, invocations: [{ event: '{}' }, { event: '{}' }], prepare: (api) => (api.reportStatus = 413) });
  assert.is(reports.length, 2);
  assert.match(stderr, /Http response code: 413\./);
});

test.run();
