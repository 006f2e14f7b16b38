import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bodyOf, type FunctionRunner, memberOf, openFunctionRunner } from '../../../support/function-run.ts';

const test = suite('runtimes/python/handler-loader');
let runner: FunctionRunner;
test.before(async () => {
  runner = await openFunctionRunner('python');
});
test.after(() => runner.close());

const OK = 'def handler(event, context):\n    return "ok"\n';

const FOUND: { title: string; handler: string; files: Record<string, string> }[] = [
  { title: 'a module', handler: 'app.handler', files: { 'app.py': OK } },
  { title: 'a module in a folder, with a slash', handler: 'a/b.handler', files: { 'a/b.py': OK } },
  { title: 'a module in a folder, with a dot', handler: 'a.b.handler', files: { 'a/b.py': OK } },
  { title: 'a module that has the name of one of ours', handler: 'errors.handler', files: { 'errors.py': OK } },
  { title: 'a module called bootstrap', handler: 'bootstrap.handler', files: { 'bootstrap.py': OK } },
];
for (const { title, handler, files } of FOUND) {
  test(`${title} is served`, async () => {
    const { reports, stderr } = await runner.run({ handler, files, invocations: [{ event: '{}' }] });
    assert.equal([reports[0]?.kind, bodyOf(reports[0])], ['response', 'ok'], stderr);
  });
}

test('a module of the standard library is allowed', async () => {
  const { reports } = await runner.run({ handler: 'operator.getitem', invocations: [{ event: '{}' }] });
  assert.equal([reports[0]?.kind, memberOf(reports[0], 'errorType')], ['error', 'KeyError']);
});

const REFUSED: { title: string; handler: string; files?: Record<string, string>; errorType: string; message: string | RegExp; stack?: RegExp }[] = [
  { title: 'a handler without a dot', handler: 'app', errorType: 'Runtime.MalformedHandlerName', message: "Bad handler 'app': not enough values to unpack (expected 2, got 1)" },
  { title: 'a built-in module', handler: 'sys.x', errorType: 'Runtime.BuiltInModuleConflict', message: 'Cannot use built-in module sys as a handler module' },
  { title: 'a built-in module in a folder', handler: 'a/sys.x', errorType: 'Runtime.ImportModuleError', message: "Unable to import module 'a/sys': No module named 'a'" },
  { title: 'a missing module', handler: 'app.handler', errorType: 'Runtime.ImportModuleError', message: "Unable to import module 'app': No module named 'app'" },
  { title: 'a nested module that is missing', handler: 'app.handler', files: { 'app.py': 'import nope' }, errorType: 'Runtime.ImportModuleError', message: "Unable to import module 'app': No module named 'nope'" },
  { title: 'a missing name in an import', handler: 'app.handler', files: { 'app.py': 'from json import nothere' }, errorType: 'Runtime.ImportModuleError', message: /^Unable to import module 'app': cannot import name 'nothere' from 'json' \(.*\)$/ },
  { title: 'a method of a class', handler: 'app.K.h', files: { 'app.py': 'class K:\n    def h(self, c): pass' }, errorType: 'Runtime.ImportModuleError', message: /'app' is not a package$/ },
  { title: 'a missing attribute', handler: 'app.handler', files: { 'app.py': 'x = 1' }, errorType: 'Runtime.HandlerNotFound', message: "Handler 'handler' missing on module 'app'" },
  { title: 'a syntax error', handler: 'app.handler', files: { 'app.py': 'def x(:' }, errorType: 'Runtime.UserCodeSyntaxError', message: "Syntax error in module 'app': invalid syntax (app.py, line 1)", stack: /^ {2}File ".*app\.py" Line 1\n {4}def x\(:/ },
  { title: 'a module that raises', handler: 'app.handler', files: { 'app.py': 'raise ValueError("boom")' }, errorType: 'ValueError', message: 'boom', stack: /importlib/ },
];
for (const { title, handler, files = {}, errorType, message, stack } of REFUSED) {
  test(`${title} is an init error, and the process ends with 1`, async () => {
    const { reports, exitCode, stdout, api } = await runner.run({ handler, files, until: 'exit', invocations: [{ event: '{}' }] });
    assert.equal([exitCode, reports.length, api.nextCount], [1, 1, 0]);
    assert.is(reports[0]?.kind, 'init-error');
    assert.is(reports[0]?.headers['lambda-runtime-function-error-type'], errorType);
    assert.equal(Object.keys(Object(bodyOf(reports[0]))), ['errorMessage', 'errorType', 'requestId', 'stackTrace']);
    assert.equal([memberOf(reports[0], 'errorType'), memberOf(reports[0], 'requestId')], [errorType, '']);
    const text = String(memberOf(reports[0], 'errorMessage'));
    if (typeof message === 'string') assert.is(text, message);
    else assert.match(text, message);
    const trace = Object(memberOf(reports[0], 'stackTrace'));
    if (stack === undefined) assert.equal(trace, []);
    else assert.match(trace[0], stack);
    assert.not.match(JSON.stringify(trace), /rik_runtime/);
    assert.match(stdout, /^\[WARNING\]\t[0-9TZ:.-]+\t\tLAMBDA_WARNING: Unhandled exception\. .*runtimes-update\.html\r\n\[ERROR\] /);
  });
}

for (const status of [0, 3]) {
  test(`sys.exit(${status}) while the module loads ends the process with it and posts nothing`, async () => {
    const result = await runner.run({ handler: 'app.handler', files: { 'app.py': `import sys; sys.exit(${status})` }, until: 'exit' });
    assert.equal([result.exitCode, result.reports.length, result.stdout], [status, 0, '']);
  });
}

test.run();
