import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bodyOf, type FunctionRunner, openFunctionRunner } from '../../../support/function-run.ts';
import { compileTestFunctions, javaSkipReason } from '../../../support/java-functions.ts';

const test = suite('runtimes/java/bootstrap');
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

const check = skipReason === undefined ? test : test.skip;
if (skipReason !== undefined) for (let skipped = 0; skipped < 5; skipped += 1) console.log(`skip: ${skipReason}`);

async function show(environment: Record<string, string>): Promise<Record<string, unknown>> {
  const { reports, stderr } = await runner.run({ handler: 'H::properties', taskRoot, environment, invocations: [{ event: '{}' }] });
  assert.is(reports[0]?.kind, 'response', stderr);
  return Object(bodyOf(reports[0]));
}

check('the heap is 85 % of the memory, the collector is the serial one, the encoding UTF-8', async () => {
  const shown = await show({ AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512', LANG: 'C' });
  // The serial collector keeps one survivor space out of the figure.
  assert.ok(Number(shown['maxHeapMiB']) <= 436 && Number(shown['maxHeapMiB']) > 400, String(shown['maxHeapMiB']));
  assert.equal([shown['encoding'], shown['collector'], shown['loader']], ['UTF-8', 'Copy', true]);
});

check('options of the author in JAVA_TOOL_OPTIONS win', async () => {
  const shown = await show({ AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512', JAVA_TOOL_OPTIONS: '-Xmx64m -XX:+UseParallelGC' });
  assert.ok(Number(shown['maxHeapMiB']) <= 64);
  assert.match(String(shown['collector']), /^PS /);
});

check('an exec wrapper gets the command, and is refused when missing or not executable', async () => {
  const wrapper = join(runner.runtimeDir, '..', 'wrapper');
  writeFileSync(wrapper, '#!/bin/sh\nexport MARK=wrapped\nexec "$@"\n');
  chmodSync(wrapper, 0o755);
  assert.is((await show({ AWS_LAMBDA_EXEC_WRAPPER: wrapper }))['mark'], 'wrapped');
  chmodSync(wrapper, 0o644);
  const plain = await runner.run({ handler: 'H', taskRoot, environment: { AWS_LAMBDA_EXEC_WRAPPER: wrapper }, until: 'exit' });
  assert.equal([plain.exitCode, plain.stdout], [126, `${wrapper}: is not an executable\n`]);
  const missing = await runner.run({ handler: 'H', taskRoot, environment: { AWS_LAMBDA_EXEC_WRAPPER: '/no/such' }, until: 'exit' });
  assert.equal([missing.exitCode, missing.stdout], [127, '/no/such: does not exist\n']);
});

check('a log format or level that does not exist ends the start with 1', async () => {
  const format = await runner.run({ handler: 'H', taskRoot, environment: { AWS_LAMBDA_LOG_FORMAT: 'xml' }, until: 'exit' });
  assert.is(format.exitCode, 1);
  assert.match(format.stderr, /IllegalArgumentException: Invalid log format: 'xml' expected one of \[JSON, TEXT\]/);
  const level = await runner.run({ handler: 'H', taskRoot, environment: { AWS_LAMBDA_LOG_LEVEL: 'nope' }, until: 'exit' });
  assert.match(level.stderr, /Invalid log level: 'nope' expected one of \[TRACE, DEBUG, INFO, WARN, ERROR, FATAL\]/);
});

check('the platform learns name and version of the client', async () => {
  const { api } = await runner.run({ handler: 'H::fixed', taskRoot, invocations: [{ event: '{}' }] });
  assert.match(api.userAgent ?? '', /^rik-java\/[0-9]/);
});

test.run();
