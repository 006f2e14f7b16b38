import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildExamples, listExampleNames, type BuiltExample } from '../../../examples/build.ts';
import { RUNTIME_FAMILY_OF_PREFIX } from '../../support/example-families.ts';
import { memberOf, openFunctionRunner, type FunctionRunner } from '../../support/function-run.ts';
import type { Report } from '../../support/fake-runtime-api.ts';
import { javaSkipReason } from '../../support/java-functions.ts';
import { withTemporaryFolder } from '../../support/temporary-folder.ts';

const test = suite('examples/build');

/** What the function reports for the event of its description; time-outs and memory hogs need the platform's limits. */
const ANSWERS: { name: string; kind: 'response' | 'error'; check: (example: { body: unknown; text: string; bytes: number }) => void }[] = [
  { name: 'hello-node', kind: 'response', check: ({ body }) => assert.is(Object(body).greeting, 'Hello, Node!') },
  { name: 'hello-node-cjs', kind: 'response', check: ({ body }) => assert.is(Object(body).greeting, 'Hello, CommonJS!') },
  { name: 'hello-python', kind: 'response', check: ({ body }) => assert.is(Object(body).greeting, 'Hello, Python!') },
  { name: 'hello-java', kind: 'response', check: ({ body }) => assert.is(Object(body).greeting, 'Hello, Java!') },
  { name: 'hello-shell', kind: 'response', check: ({ body }) => assert.equal(Object(body).event, { name: 'shell' }) },
  { name: 'stream-node', kind: 'response', check: ({ text }) => assert.match(text, /^\{"statusCode":200,.*\}\0{8}one\nword\nafter\nthe\nother\n$/) },
  { name: 'sdk-typed', kind: 'response', check: ({ body }) => assert.is(Object(body).accepted, 'tea') },
  { name: 'sdk-http', kind: 'response', check: ({ body }) => assert.equal([Object(body).statusCode, Object(body).body, Object(body).cookies], [200, '{"greeting":"Hello, SDK!"}', ['name=SDK']]) },
  { name: 'sdk-stream', kind: 'response', check: ({ text }) => assert.match(text, /^\{"statusCode":200,.*\}\0{8}one\nword\nafter\nthe\nother\n$/) },
  { name: 'error-node', kind: 'error', check: ({ body }) => assert.is(Object(body).errorType, 'TypeError') },
  { name: 'error-python', kind: 'error', check: ({ body }) => assert.is(Object(body).errorType, 'ExampleError') },
  { name: 'error-java', kind: 'error', check: ({ body }) => assert.is(Object(body).errorType, 'java.lang.IllegalStateException') },
  { name: 'error-shell', kind: 'error', check: ({ body }) => assert.is(Object(body).errorMessage, 'the handler ended with status 7') },
  { name: 'large-response-node', kind: 'response', check: ({ bytes }) => assert.is(bytes, 6_291_456) },
  { name: 'large-response-python', kind: 'response', check: ({ bytes }) => assert.is(bytes, 6_291_456) },
];

function skipReasonOf(name: string): string | undefined {
  if (name.endsWith('-java')) return javaSkipReason();
  if (!name.endsWith('-shell')) return undefined;
  return spawnSync('curl', ['--version'], { stdio: 'ignore' }).status === 0 ? undefined : 'no curl on the PATH (Debian package curl)';
}

for (const { name, kind, check } of ANSWERS) {
  const skipReason = skipReasonOf(name);
  if (skipReason !== undefined) {
    test.skip(`${name} answers twice`, () => undefined);
    console.log(`skip: ${skipReason}`);
    continue;
  }
  test(`${name} answers twice`, () =>
    withTemporaryFolder(async (outDir) => {
      const [example] = await buildExamples({ outDir, names: [name] });
      assert.ok(example !== undefined && example.built);
      const runner = await openRunnerOf(example);
      try {
        const event = JSON.stringify(example.event);
        const command = example.runtime.startsWith('provided') ? { command: [join(example.dir, 'bootstrap')] } : {};
        const { reports, stderr } = await runner.run({ handler: example.handler, taskRoot: example.dir, invocations: [{ event }, { event }], ...command });
        assert.equal(reports.map((report) => report.kind), [kind, kind], stderr);
        for (const report of reports) check({ body: jsonOf(report), text: report.body.toString('utf8'), bytes: report.body.length });
      } finally {
        runner.close();
      }
    }));
}

test('the shell runtime reports a missing script and a missing function as init errors', () =>
  withTemporaryFolder(async (outDir) => {
    const skipReason = skipReasonOf('hello-shell');
    if (skipReason !== undefined) {
      console.log(`skip: ${skipReason}`);
      return;
    }
    const [example] = await buildExamples({ outDir, names: ['hello-shell'] });
    assert.ok(example !== undefined);
    const runner = await openRunnerOf(example);
    try {
      for (const [handler, errorType] of [['nope.handler', 'Runtime.ImportModuleError'], ['hello.nope', 'Runtime.HandlerNotFound']] as const) {
        const result = await runner.run({ handler, taskRoot: example.dir, until: 'exit', command: [join(example.dir, 'bootstrap')] });
        assert.equal([result.exitCode, result.reports[0]?.kind, memberOf(result.reports[0], 'errorType')], [1, 'init-error', errorType]);
      }
    } finally {
      runner.close();
    }
  }));

test('every example that needs no compiler is described and built, and a second build makes nothing', () =>
  withTemporaryFolder(async (outDir) => {
    const quick = (await listExampleNames()).filter((name) => !name.endsWith('-java'));
    assert.ok(quick.length >= 10);
    const built = await buildExamples({ outDir, names: quick });
    assert.ok(built.every((example) => example.built && statSync(join(example.dir, 'function.json')).isFile()));
    assert.ok((await buildExamples({ outDir, names: quick })).every((example) => !example.built));
  }));

function jsonOf(report: Report): unknown {
  try {
    return JSON.parse(report.body.toString('utf8'));
  } catch {
    return undefined;
  }
}

function openRunnerOf(example: BuiltExample): Promise<FunctionRunner> {
  const family = RUNTIME_FAMILY_OF_PREFIX.find(({ prefix }) => example.runtime.startsWith(prefix))?.family;
  if (family === undefined) throw new Error(`no family for ${example.runtime}`);
  return openFunctionRunner(family);
}

test.run();
