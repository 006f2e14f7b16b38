import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bodyOf, type FunctionRunner, memberOf, openFunctionRunner } from '../../../support/function-run.ts';

const test = suite('runtimes/node/handler-loader');
let runner: FunctionRunner;
test.before(async () => {
  runner = await openFunctionRunner('nodejs');
});
test.after(() => runner.close());

const ESM = 'export const handler = async () => "ok";';
const CJS = 'exports.handler = async () => "ok";';

/** Files, handler and what the handler returns. */
const FOUND: { title: string; handler: string; files: Record<string, string>; result?: unknown; environment?: Record<string, string> }[] = [
  { title: 'index.mjs with a named export', handler: 'index.handler', files: { 'index.mjs': ESM } },
  { title: 'index.mjs with only a default export', handler: 'index.handler', files: { 'index.mjs': 'export default { handler: async () => "ok" };' } },
  { title: 'index.cjs', handler: 'index.handler', files: { 'index.cjs': CJS } },
  { title: 'index.js as CommonJS', handler: 'index.handler', files: { 'index.js': CJS } },
  { title: 'index.js as ES module by package.json', handler: 'index.handler', files: { 'index.js': ESM, 'package.json': '{"type":"module"}' } },
  { title: 'index.js before index.mjs', handler: 'index.handler', files: { 'index.js': CJS, 'index.mjs': 'export const handler = () => "mjs";' } },
  { title: 'a CommonJS folder inside of an ES module package', handler: 'lib/index.handler', files: { 'package.json': '{"type":"module"}', 'lib/package.json': '{}', 'lib/index.js': CJS } },
  { title: 'top-level await', handler: 'index.handler', files: { 'index.mjs': 'const text = await Promise.resolve("ok"); export const handler = async () => text;' } },
  { title: 'a file named exactly like the module', handler: 'index.handler', files: { index: CJS } },
  { title: 'nested folders and nested exports', handler: 'a/b.m.deep.h', files: { 'a/b.js': 'exports.m = { deep: { h: async () => "ok" } };' } },
  { title: 'a dot in a folder name', handler: 'v1.2/index.handler', files: { 'v1.2/index.mjs': ESM } },
  { title: 'a package in node_modules', handler: 'pkg.handler', files: { 'node_modules/pkg/index.js': CJS } },
  { title: 'a folder with an index.js', handler: 'src.handler', files: { 'src/index.js': CJS } },
  { title: 'a file next to a folder of the same name', handler: 'src.handler', files: { 'src.js': CJS, 'src/other.js': '' } },
  { title: 'a rest parameter', handler: 'index.handler', files: { 'index.mjs': 'export const handler = (...a) => a.length;' }, result: 2 },
  { title: 'a defaulted third parameter', handler: 'index.handler', files: { 'index.mjs': 'export const handler = async (e, c, x = 1) => x;' }, result: 1 },
  { title: 'a function without its object as this', handler: 'index.o.h', files: { 'index.js': 'exports.o = { v: 1, async h() { return this === undefined || this.v === undefined ? null : this.v; } };' }, result: null },
];
for (const { title, handler, files, result = 'ok', environment = {} } of FOUND) {
  test(`${title} is served`, async () => {
    const { reports, stderr } = await runner.run({ handler, files, environment, invocations: [{ event: '{}' }] });
    assert.is(reports[0]?.kind, 'response', stderr);
    assert.equal(bodyOf(reports[0]), result);
  });
}

test('a CommonJS handler finds a layer package through NODE_PATH', async () => {
  const { reports } = await runner.run({
    handler: 'index.handler',
    files: { 'index.js': 'const text = require("layered"); exports.handler = async () => text;', 'opt/layered/index.js': 'module.exports = "ok";' },
    environment: { NODE_PATH: 'opt' },
    invocations: [{ event: '{}' }],
  });
  assert.is(bodyOf(reports[0]), 'ok');
});

test('an absolute path in the handler is honoured', async () => {
  const prepared = await runner.run({ handler: 'index.handler', files: { 'x/dist.mjs': ESM, 'index.mjs': ESM }, invocations: [{ event: '{}' }] });
  const { reports } = await runner.run({ handler: `${prepared.taskRoot}/x/dist.handler`, invocations: [{ event: '{}' }] });
  assert.is(bodyOf(reports[0]), 'ok');
});

/** Files, handler and the init error: type and message. */
const REFUSED: { title: string; handler: string; files?: Record<string, string>; errorType: string; message: RegExp; stack?: RegExp }[] = [
  { title: 'a handler with two dots in a row', handler: '../x.handler', errorType: 'Runtime.MalformedHandlerName', message: /^'\.\.\/x\.handler' is not a valid handler name\. Use absolute paths when specifying root directories in handler names\.$/ },
  { title: 'a handler without a dot', handler: 'index', errorType: 'Runtime.MalformedHandlerName', message: /^Bad handler$/ },
  { title: 'a missing module', handler: 'index.handler', errorType: 'Runtime.ImportModuleError', message: /^Error: Cannot find module 'index'\nRequire stack:\n/ },
  { title: 'a TypeScript file alone', handler: 'index.handler', files: { 'index.ts': ESM }, errorType: 'Runtime.ImportModuleError', message: /^Error: Cannot find module 'index'/ },
  { title: 'a scoped package', handler: '@s/p.handler', files: { 'node_modules/@s/p/index.js': CJS }, errorType: 'Runtime.ImportModuleError', message: /^Error: Cannot find module 'p'/ },
  { title: 'a required module that is missing', handler: 'index.handler', files: { 'index.js': 'require("nope")' }, errorType: 'Runtime.ImportModuleError', message: /^Error: Cannot find module 'nope'\nRequire stack:\n.*index\.js/s },
  { title: 'a missing export', handler: 'index.handler', files: { 'index.mjs': 'export const other = 1;' }, errorType: 'Runtime.HandlerNotFound', message: /^index\.handler is undefined or not exported$/ },
  { title: 'an export that is no function', handler: 'index.handler', files: { 'index.mjs': 'export const handler = 1;' }, errorType: 'Runtime.HandlerNotFound', message: /^index\.handler is not a function$/ },
  { title: 'a missing nested export', handler: 'a/b.m.deep.h', files: { 'a/b.js': 'exports.m = {};' }, errorType: 'Runtime.HandlerNotFound', message: /^a\/b\.m\.deep\.h is undefined or not exported$/ },
  { title: 'a file suffix in the handler', handler: 'index.js.handler', files: { 'index.js': CJS }, errorType: 'Runtime.HandlerNotFound', message: /^index\.js\.handler is undefined or not exported$/ },
  { title: 'a static method of a class', handler: 'index.K.h', files: { 'index.js': 'exports.K = class { static h() {} };' }, errorType: 'Runtime.HandlerNotFound', message: /^index\.K\.h is undefined or not exported$/ },
  { title: 'a syntax error', handler: 'index.handler', files: { 'index.js': 'function (' }, errorType: 'Runtime.UserCodeSyntaxError', message: /^SyntaxError: Function statements require a function name$/, stack: /index\.js:1$/ },
  { title: 'a module that throws', handler: 'index.handler', files: { 'index.mjs': 'throw new TypeError("boom");' }, errorType: 'TypeError', message: /^boom$/ },
  { title: 'a module that throws a string', handler: 'index.handler', files: { 'index.mjs': 'throw "boom";' }, errorType: 'string', message: /^boom$/ },
  { title: 'a package that an ES module imports and that is missing', handler: 'index.handler', files: { 'index.mjs': 'import "layered";' }, errorType: 'Error', message: /^Cannot find package 'layered' imported from / },
  { title: 'a package.json that is not JSON', handler: 'index.handler', files: { 'index.js': CJS, 'package.json': '{' }, errorType: 'Error', message: /Invalid package config/ },
  { title: 'a callback parameter', handler: 'index.handler', files: { 'index.mjs': 'export const handler = async (event, context, callback) => callback;' }, errorType: 'Runtime.CallbackHandlerDeprecated', message: /^ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node\.js 24\./ },
  { title: 'an unknown streaming mark', handler: 'index.handler', files: { 'index.mjs': 'export const handler = Object.assign(() => 1, { [Symbol.for("aws.lambda.runtime.handler.streaming")]: "weird" });' }, errorType: 'Runtime.MalformedStreamingHandler', message: /^Only response streaming is supported\.$/ },
];
for (const { title, handler, files = {}, errorType, message, stack } of REFUSED) {
  test(`${title} is an init error, and the process ends with 1`, async () => {
    const { reports, exitCode, stdout, stderr, api } = await runner.run({ handler, files, until: 'exit', invocations: [{ event: '{}' }] });
    assert.equal([exitCode, reports.length, api.nextCount], [1, 1, 0]);
    assert.is(reports[0]?.kind, 'init-error');
    assert.is(reports[0]?.headers['lambda-runtime-function-error-type'], errorType);
    assert.is(memberOf(reports[0], 'errorType'), errorType);
    assert.match(String(memberOf(reports[0], 'errorMessage')), message);
    assert.match(stdout, /\t-\tERROR\tInit Error \t\{"errorType":/);
    assert.ok(stderr.length > 0, 'the error is on stderr as well');
    if (stack !== undefined) assert.match(String(Object(memberOf(reports[0], 'trace'))[0]), stack);
  });
}

test('process.exit while the module loads ends the process with its status and posts nothing', async () => {
  const { reports, exitCode } = await runner.run({ handler: 'index.handler', files: { 'index.mjs': 'process.exit(5);' }, until: 'exit' });
  assert.equal([exitCode, reports.length], [5, 0]);
});

test('a stray rejection while the module loads ends the process with 1 and posts nothing', async () => {
  const files = { 'index.mjs': 'Promise.reject(new Error("ri")); await new Promise((r) => setTimeout(r, 5_000));' };
  const { reports, exitCode } = await runner.run({ handler: 'index.handler', files, until: 'exit' });
  assert.equal([exitCode, reports.length], [1, 0]);
});

test.run();
