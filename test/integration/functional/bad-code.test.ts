// time-limit-seconds: 180
/** Code that cannot be loaded or has no handler: the caller is told what the runtime found, at once and each time. */
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildExamples } from '../../../examples/index.ts';
import { leftOnHost, openFunctionHost } from '../../support/function-host.ts';
import type { HostedFunction } from '../../support/function-host.ts';

const NODE = { runtime: 'nodejs24.x' };
const PYTHON = { runtime: 'python3.11' };
const JAVA = { runtime: 'java17' };

type Row = { title: string; hosted: HostedFunction; errorType: string; message: RegExp };

const ROWS: readonly Row[] = [
  { title: 'Node: a missing module file', hosted: { ...NODE, handler: 'absent.handler', fixture: 'node-cases' }, errorType: 'Runtime.ImportModuleError', message: /Cannot find module 'absent'/ },
  { title: 'Node: a missing handler', hosted: { ...NODE, handler: 'index.absent', fixture: 'node-cases' }, errorType: 'Runtime.HandlerNotFound', message: /index\.absent is undefined or not exported/ },
  { title: 'Node: a module that requires what is not there', hosted: { ...NODE, handler: 'index.handler', fixture: 'node-missing-module' }, errorType: 'Runtime.ImportModuleError', message: /a-module-that-is-not-there/ },
  // Recorded: what Node says of an import is passed on as it is.
  { title: 'Node: an import of what is not there', hosted: { ...NODE, handler: 'index.handler', fixture: 'node-missing-module-esm' }, errorType: 'Error', message: /a-module-that-is-not-there/ },
  { title: 'Node: a syntax error', hosted: { ...NODE, handler: 'index.handler', fixture: 'node-syntax-error' }, errorType: 'Runtime.UserCodeSyntaxError', message: /SyntaxError/ },
  { title: 'Node: a handler name that is none', hosted: { ...NODE, handler: 'index', fixture: 'node-cases' }, errorType: 'Runtime.MalformedHandlerName', message: /./ },
  { title: 'Python: a missing module file', hosted: { ...PYTHON, handler: 'absent.handler', fixture: 'python-cases' }, errorType: 'Runtime.ImportModuleError', message: /Unable to import module 'absent': No module named 'absent'/ },
  { title: 'Python: a missing handler', hosted: { ...PYTHON, handler: 'cases.absent', fixture: 'python-cases' }, errorType: 'Runtime.HandlerNotFound', message: /Handler 'absent' missing on module 'cases'/ },
  { title: 'Python: a module that imports what is not there', hosted: { ...PYTHON, handler: 'app.handler', fixture: 'python-missing-module' }, errorType: 'Runtime.ImportModuleError', message: /No module named 'a_module_that_is_not_there'/ },
  { title: 'Python: a syntax error', hosted: { ...PYTHON, handler: 'app.handler', fixture: 'python-syntax-error' }, errorType: 'Runtime.UserCodeSyntaxError', message: /Syntax error in module 'app'/ },
  { title: 'Python: an exception while it is loaded', hosted: { ...PYTHON, handler: 'app.handler', fixture: 'python-init-fails' }, errorType: 'RuntimeError', message: /not today/ },
];

const opened = await openFunctionHost({ images: ['nodejs24.x', 'python3.11', 'java17'] });
const test = suite('integration/functional/bad-code');

if (opened.host === undefined) {
  test.skip(`code that cannot be loaded (${opened.reason})`, () => undefined);
  console.log(`skip: ${opened.reason}`);
} else {
  const { host } = opened;
  for (const [index, { title, hosted, errorType, message }] of ROWS.entries()) {
    test(`${title} is ${errorType}, the second time too`, async () => {
      const name = `bad-${index}`;
      host.define(name, { ...hosted, timeoutMs: 15_000 });
      for (let attempt = 1; attempt <= 2; attempt += 1) {
        const called = await host.call(name, {});
        assert.is(called.status, 200);
        assert.is(called.functionError, 'Unhandled');
        assert.is(called.member('errorType'), errorType);
        assert.match(String(called.member('errorMessage')), message);
        assert.is(called.report.status, 'error');
        assert.is(called.report.errorType, errorType.startsWith('Runtime.') ? errorType : 'Runtime.Unknown');
        assert.is(called.report.initMs, undefined, 'no initialisation has succeeded');
        assert.is.not(called.report.status, 'timeout', 'it is not waited for');
      }
      assert.equal(host.runner.worker.counts.busy, 0);
    });
  }

  test('what is printed before a failed initialisation is in the log, with a report for each attempt', () => {
    const log = host.log();
    assert.match(log, /about to fail\n/);
    assert.match(log, /INIT_REPORT Init Duration: [\d.]+ ms\tPhase: init\tStatus: error\tError Type: Runtime\.UserCodeSyntaxError\n/);
    assert.match(log, /INIT_REPORT Init Duration: [\d.]+ ms\tPhase: invoke\tStatus: error\tError Type: Runtime\.UserCodeSyntaxError\nSTART /);
  });

  test('Java: a class that is not there, and beside it one that is', async () => {
    let path: string;
    try {
      const [built] = await buildExamples({ outDir: join(host.folder, 'examples'), names: ['hello-java'] });
      path = built?.dir ?? '';
    } catch (error) {
      console.log(`skip: ${error instanceof Error ? error.message : String(error)}`);
      return;
    }
    host.define('java-absent', { ...JAVA, handler: 'example.Absent::handle', path, timeoutMs: 30_000 });
    const called = await host.call('java-absent', {});
    assert.equal([called.status, called.functionError], [200, 'Unhandled']);
    assert.match(String(called.member('errorMessage')), /example\.Absent/);
    assert.is(called.report.status, 'error');
    host.define('java-hello', { ...JAVA, handler: 'example.Hello::handle', path, timeoutMs: 30_000 });
    const hello = await host.call('java-hello', { name: 'Java' });
    assert.is(hello.functionError, undefined, hello.text);
    assert.match(hello.text, /Hello, Java!/);
    assert.ok((hello.report.initMs ?? 0) > 0);
  });

  test.after(async () => {
    await host.close();
    assert.equal(leftOnHost(host.folder), []);
    assert.equal(host.problems, []);
  });
}

test.run();
