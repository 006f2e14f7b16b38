import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bodyOf, type FunctionRunner, openFunctionRunner } from '../../../support/function-run.ts';
import { compileTestFunctions, javaSkipReason } from '../../../support/java-functions.ts';

const test = suite('runtimes/java/handler-loader');
const skipReason = javaSkipReason();
let runner: FunctionRunner;
let taskRoot: string;

test.before(async () => {
  if (skipReason !== undefined) return;
  runner = await openFunctionRunner('java');
  taskRoot = join(runner.runtimeDir, '..', 'task');
  await compileTestFunctions(taskRoot);
});
test.after(() => runner?.close());

const SERVED: { title: string; handler: string; event: string; text: string; stderr?: RegExp }[] = [
  { title: 'a RequestHandler, without null members', handler: 'H', event: '{"a":1,"n":null}', text: '{"a":1}' },
  { title: 'a RequestStreamHandler before a RequestHandler, with bytes that are not JSON', handler: 'H$Stream', event: 'not json', text: 'not json' },
  { title: 'a list element type from an ancestor', handler: 'H$People', event: '{"name":"n"}', text: '"n"' },
  { title: 'a method', handler: 'H::go', event: '"hi"', text: '"hi!"' },
  { title: 'a static method', handler: 'H::fixed', event: '1', text: '"static"' },
  { title: 'a void method', handler: 'H::nothing', event: '"x"', text: 'null' },
  { title: 'a method with nothing but a context', handler: 'H::withContext', event: '{}', text: '"r1"' },
  { title: 'the overload with most parameters', handler: 'H::over', event: '"x"', text: '3', stderr: /^Will ignore return type class java\.lang\.String on byte stream handler$/m },
  { title: 'a nested static class', handler: 'H$Nested::go', event: '"x"', text: '"nested"' },
  { title: 'a null event', handler: 'H', event: 'null', text: 'null' },
];
const FAULTS: { title: string; handler: string; body: Record<string, string>; stderr?: RegExp }[] = [
  { title: 'a missing class', handler: 'a.b.Nope', body: { errorMessage: 'Class not found: a.b.Nope', errorType: 'java.lang.ClassNotFoundException' } },
  { title: 'a missing method', handler: 'H::nope', body: { errorMessage: 'No public method named nope with appropriate method signature found on class H' } },
  { title: 'a method that is not public', handler: 'H::hidden', body: { errorMessage: 'No public method named hidden with appropriate method signature found on class H' } },
  {
    title: 'a method with four parameters',
    handler: 'H::four',
    body: { errorMessage: 'No public method named four with appropriate method signature found on class H' },
    stderr: /^Ignoring an overload of method four because it has too many parameters: Expected at most 3, got 4$/m,
  },
  { title: 'a handler without a method name', handler: 'H::', body: { errorMessage: "Invalid handler: `H::'" } },
  { title: 'an empty handler', handler: '', body: { errorMessage: "Invalid handler: `'" } },
  { title: 'a class without an interface', handler: 'H$Nested', body: { errorMessage: 'Class does not implement an appropriate handler interface: H$Nested' } },
  { title: 'a class without a usable constructor', handler: 'H$NoConstructor::go', body: { errorMessage: 'Class H$NoConstructor has no public zero-argument constructor', errorType: 'java.lang.Exception' } },
  { title: 'an inner class', handler: 'H$Inner::go', body: { errorMessage: 'Class H$Inner cannot be instantiated because it is a non-static inner class', errorType: 'java.lang.Exception' } },
  { title: 'an abstract class', handler: 'H$Abstract::go', body: { errorMessage: 'java.lang.InstantiationException', errorType: 'java.lang.InstantiationException' } },
  { title: 'a raw RequestHandler', handler: 'H$Raw', body: { errorMessage: 'Class H$Raw does not implement RequestHandler with concrete type parameters' } },
  {
    title: 'a RequestHandler with a free parameter',
    handler: 'H$Free',
    body: { errorMessage: 'Class H$Free does not implement RequestHandler with concrete type parameters: parameter T has no upper bound.' },
  },
];
const INIT_ERRORS: { title: string; handler: string; body: Record<string, string> }[] = [
  { title: 'a constructor that throws', handler: 'H$ThrowingConstructor::go', body: { errorMessage: 'ctor', errorType: 'java.lang.IllegalStateException' } },
  { title: 'a static initialiser that throws', handler: 'H$ThrowingInitialiser::go', body: { errorMessage: 'Error loading class H$ThrowingInitialiser', errorType: 'java.lang.ExceptionInInitializerError' } },
  { title: 'a constructor that needs a missing class', handler: 'H$DependentConstructor::go', body: { errorMessage: 'H$Dependency', errorType: 'java.lang.NoClassDefFoundError' } },
];

for (const { title, handler, event, text, stderr } of skipReason === undefined ? SERVED : []) {
  test(`${title} is served`, async () => {
    const result = await runner.run({ handler, taskRoot, invocations: [{ event }] });
    assert.is(result.reports[0]?.kind, 'response', result.stderr);
    assert.is(result.reports[0]?.body.toString('utf8'), text);
    assert.is(result.reports[0]?.headers['content-type'], 'application/json');
    if (stderr !== undefined) assert.match(result.stderr, stderr);
  });
}

for (const { title, handler, body, stderr } of skipReason === undefined ? FAULTS : []) {
  test(`${title} is the error of each invocation and no init error`, async () => {
    const result = await runner.run({ handler, taskRoot, invocations: [{ event: '{}' }, { event: '{}' }] });
    assert.equal(result.reports.map((report) => report.kind), ['error', 'error'], result.stderr);
    for (const report of result.reports) {
      assert.equal(bodyOf(report), body);
      assert.is(report.headers['lambda-runtime-function-error-type'], 'Runtime.BadFunctionCode');
    }
    if (stderr !== undefined) assert.match(result.stderr, stderr);
  });
}

for (const { title, handler, body } of skipReason === undefined ? INIT_ERRORS : []) {
  test(`${title} is an init error, and the process ends with 1`, async () => {
    const { reports, exitCode, api } = await runner.run({ handler, taskRoot, until: 'exit', invocations: [{ event: '{}' }] });
    assert.equal([exitCode, api.nextCount, reports.length, reports[0]?.kind], [1, 0, 1, 'init-error']);
    assert.equal(bodyOf(reports[0]), body);
    assert.is(reports[0]?.headers['lambda-runtime-function-error-type'], 'Runtime.BadFunctionCode');
  });
}

if (skipReason === undefined) {
  test('a class whose ancestor is missing fails the first invocation and ends the process with 1', async () => {
    const { reports, exitCode } = await runner.run({ handler: 'H$Dependent::go', taskRoot, until: 'exit', invocations: [{ event: '"x"' }] });
    assert.equal([exitCode, reports.length], [1, 1]);
    assert.equal(bodyOf(reports[0]), { errorMessage: 'Error loading class H$Dependent: H$Dependency', errorType: 'java.lang.NoClassDefFoundError' });
  });
} else {
  test.skip('Java functions are found and loaded', () => undefined);
  console.log(`skip: ${skipReason}`);
}

test.run();
