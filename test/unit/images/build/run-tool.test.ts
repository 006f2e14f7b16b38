import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isCodedError, type CodedError } from '../../../../foundation/coded-error.ts';
import { reasonLine, redactHosts, runTool, streamTool, toolEnvironment, type ToolRun } from '../../../../images/build/run-tool.ts';

const test = suite('images/build/run-tool');
const script = (text: string): ToolRun => ({ tool: 'sh', args: ['-c', text], purpose: 'the test' });

async function failure(action: () => Promise<unknown>): Promise<CodedError> {
  try {
    await action();
  } catch (error) {
    if (isCodedError(error)) return error;
  }
  throw new Error('no coded error');
}

test('standard output comes back whole', async () => {
  assert.is(await runTool(script('printf "a\\nb\\n"')), 'a\nb\n');
});

test('a program that is not there is named with its Debian package', async () => {
  const missing = await failure(() => runTool({ tool: 'rik-no-such-program', args: [], purpose: 'the test' }));
  assert.equal([missing.code, missing.fault], ['images/tool-missing', 'environment']);
  const behind = await failure(() => runTool({ tool: 'sh', args: ['-c', 'exit 127', 'bwrap'], purpose: 'the test' }));
  assert.match(behind.hint ?? '', 'bubblewrap');
});

test('a failure says why, keeps the output in its detail and no address in its message', async () => {
  const error = await failure(() => runTool(script('echo "E: Failed to fetch http://mirror.example:8080/x Could not resolve mirror.example" >&2; exit 3')));
  assert.is(error.code, 'images/tool-failed');
  assert.match(error.message, 'Failed to fetch');
  assert.not.match(error.message, 'mirror.example');
  assert.match(error.hint ?? '', 'network');
});

test('a program that takes too long is ended', async () => {
  const error = await failure(() => runTool({ ...script('exec sleep 600'), timeoutMs: 100 }));
  assert.match(error.message, 'took too long');
});

test('a stream gives its failure at the end, and ends its program when the reader leaves', async () => {
  const chunks: Buffer[] = [];
  const error = await failure(async () => { for await (const chunk of streamTool(script('echo out; echo "error: bad" >&2; exit 1'))) chunks.push(chunk); });
  assert.is(Buffer.concat(chunks).toString(), 'out\n');
  assert.match(error.message, 'error: bad');
  for await (const chunk of streamTool(script('yes'))) if (chunk.length > 0) break;
});

test('only named variables are handed on', () => {
  const environment = toolEnvironment({ PATH: '/x', HOME: '/h', SECRET_TOKEN: 's', npm_config_registry: 'http://r', LD_PRELOAD: '/evil', LC_ALL: 'de_DE' });
  assert.equal(Object.keys(environment).sort(), ['HOME', 'LC_ALL', 'PATH', 'TZ', 'npm_config_registry']);
  assert.is(environment['LC_ALL'], 'C.UTF-8');
  assert.ok(environment['PATH']?.startsWith('/x:'));
});

test('addresses are taken out of any text', () => {
  assert.is(redactHosts('get https://user:pw@host.example:1/a/b and mirror+file:///etc/x'), 'get https://…/a/b and mirror+file:///etc/x');
  assert.not.match(redactHosts("Could not resolve 'deb.mirror.example'"), 'mirror');
});

test('the line that says why is preferred to the last one', () => {
  assert.is(reasonLine(['I: start', 'E: Unable to locate package x', 'I: removing tempdir']), 'E: Unable to locate package x');
  assert.is(reasonLine(['W: a', 'bye']), 'bye');
  assert.is(reasonLine([]), undefined);
});

test.run();
