/** Node.js: streamed responses. */
import { absent } from '../../accept.ts';
import { N3, N4, NODEJS } from './nodejs-results.ts';
import { managedCases } from './managed-row.ts';
import type { ManagedRow } from './managed-row.ts';

const HTTP = 'application/vnd.awslambda.http-integration-response';
const MODE = { kind: 'response', mode: 'streaming' };

function streaming(body: string, before = ''): Record<string, string> {
  return { 'index.js': `${before}\nexports.handler = awslambda.streamifyResponse(${body});\n` };
}

const ROWS: readonly ManagedRow[] = [
  { ref: 'NODE-084', id: 'nodejs-n4-stream-marker-odd', title: 'A marker that is not "response" is refused', needs: N4, files: { 'index.js': 'const handler = async () => 1;\nhandler[Symbol.for("aws.lambda.runtime.handler.streaming")] = "weird";\nexports.handler = handler;\n' }, accepts: [{ kind: 'init', errorType: 'Runtime.MalformedStreamingHandler', errorMessage: 'Only response streaming is supported.' }] },
  {
    ref: 'NODE-085',
    id: 'nodejs-stream-values',
    title: 'Texts are written as they are, other values as JSON, with the type that was set',
    files: streaming('async (e, stream) => { stream.setContentType("text/plain"); stream.write("a"); stream.write({ j: 1 }); stream.end("z"); }'),
    goesOn: true,
    accepts: [{ ...MODE, body: 'a{"j":1}z', contentType: 'text/plain', trailer: absent, after: 'next' }],
  },
  { ref: 'NODE-086', id: 'nodejs-stream-empty', title: 'A stream that ends without data is an empty response', files: streaming('async (e, stream) => stream.end()'), accepts: [{ ...MODE, body: '', contentType: 'application/octet-stream' }] },
  { ref: 'NODE-087', id: 'nodejs-stream-not-ended', title: 'A handler that returns without ending its stream gives no answer', level: 'optional', files: streaming('async (e, stream) => { stream.write("a"); }'), silentMs: 1_500, accepts: [{ isSilent: true }] },
  { ref: 'NODE-088', id: 'nodejs-stream-throws-early', title: 'A failure before the first byte is an empty stream with trailers', files: streaming('async () => { throw new Error("early"); }'), accepts: [{ ...MODE, body: '', trailerType: 'Error', trailer: { errorType: 'Error', errorMessage: 'early' } }] },
  { ref: 'NODE-089', id: 'nodejs-stream-throws-late', title: 'A failure after the first byte ends the stream with trailers', files: streaming('async (e, stream) => { stream.write("a"); throw new TypeError("late"); }'), goesOn: true, accepts: [{ ...MODE, body: 'a', trailerType: 'TypeError', trailer: { errorType: 'TypeError', errorMessage: 'late' }, after: 'next' }] },
  { ref: 'NODE-090', id: 'nodejs-stream-http', title: 'HttpResponseStream sends prelude, eight NUL bytes and body', files: streaming('async (e, stream) => { const http = awslambda.HttpResponseStream.from(stream, { statusCode: 201 }); http.write("body"); http.end(); }'), accepts: [{ ...MODE, contentType: HTTP, bytes: /^7b(?:..)*?7d0000000000000000626f6479$/ }] },
  { ref: 'NODE-091', id: 'nodejs-stream-http-empty', title: 'HttpResponseStream without a write sends nothing', level: 'optional', files: streaming('async (e, stream) => { awslambda.HttpResponseStream.from(stream, { statusCode: 204 }).end(); }'), accepts: [{ ...MODE, body: '' }] },
  { ref: 'NODE-092', id: 'nodejs-stream-type-too-late', title: 'A content type after the first write is refused', files: streaming('async (e, stream) => { stream.write("a"); stream.setContentType("text/plain"); }'), accepts: [{ ...MODE, trailerType: 'Runtime.InvalidStreamingOperation', trailer: { errorMessage: 'Cannot set content-type, too late.' } }] },
  { ref: 'NODE-093', id: 'nodejs-stream-not-async', title: 'A streaming handler that is not async is logged, and its stream sent', files: streaming('(e, stream) => { stream.write("x"); stream.end(); }'), goesOn: true, logs: /Streaming does not support non-async handlers\./, accepts: [{ ...MODE, body: 'x', isLogged: true, after: 'next' }] },
  { ref: 'NODE-094', id: 'nodejs-stream-return-value', title: 'A return value is warned about', files: streaming('async (e, stream) => { stream.write("x"); stream.end(); return 5; }'), logs: /WARN[^\n]*Streaming handlers ignore return values\./, accepts: [{ ...MODE, body: 'x', isLogged: true }] },
  {
    ref: 'NODE-095',
    id: 'nodejs-stream-pipeline',
    title: 'A pipeline into the stream is sent whole',
    files: streaming('async (e, stream) => { await pipeline(Readable.from(["p", "q"]), stream); }', 'const { Readable } = require("node:stream");\nconst { pipeline } = require("node:stream/promises");'),
    accepts: [{ ...MODE, body: 'pq', trailer: absent }],
  },
  { ref: 'NODE-096', id: 'nodejs-n4-stream-destroyed', title: 'A destroyed stream ends the process with 1', level: 'optional', needs: N4, files: streaming('async (e, stream) => { stream.write("a"); stream.destroy(new Error("d")); await new Promise((done) => setTimeout(done, 1000)); }'), accepts: [{ kind: 'exit', status: 1 }] },
  { ref: 'NODE-096', id: 'nodejs-n3-stream-destroyed', title: 'A destroyed stream ends the process with 128', level: 'optional', needs: N3, files: streaming('async (e, stream) => { stream.write("a"); stream.destroy(new Error("d")); await new Promise((done) => setTimeout(done, 1000)); }'), accepts: [{ kind: 'exit', status: 128 }, { kind: 'error', errorType: 'Runtime.UnhandledPromiseRejection' }] },
  { ref: 'NODE-097', id: 'nodejs-n4-stream-promise-pending', title: 'A stream that ended while the promise never settles ends the process with 0', level: 'optional', needs: N4, files: streaming('async (e, stream) => { stream.write("a"); stream.end(); await new Promise(() => {}); }'), goesOn: true, accepts: [{ ...MODE, body: 'a', after: 0 }] },
  { ref: 'NODE-097', id: 'nodejs-n3-stream-promise-pending', title: 'A stream that ended while the promise never settles does not stop the loop', level: 'optional', needs: N3, files: streaming('async (e, stream) => { stream.write("a"); stream.end(); await new Promise(() => {}); }'), goesOn: true, accepts: [{ ...MODE, body: 'a', after: 'next' }] },
  { ref: 'NODE-098', id: 'nodejs-no-global', title: 'AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA leaves the global out', files: { 'index.js': 'exports.handler = async () => typeof awslambda;\n' }, variables: { AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA: '1' }, accepts: [{ body: '"undefined"' }] },
];

export const NODEJS_STREAM_CASES = managedCases(NODEJS, ROWS);
