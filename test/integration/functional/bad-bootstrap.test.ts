// time-limit-seconds: 180
/** Custom runtimes that misbehave, before their first event or with it: each ends in the documented answer, and the next event is served. */
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { leftOnHost, openFunctionHost } from '../../support/function-host.ts';
import type { Called, HostedFunction } from '../../support/function-host.ts';

const BAD: HostedFunction = { runtime: 'provided.al2023', handler: 'by-event', fixture: 'bad-bootstrap', timeoutMs: 10_000, memoryMiB: 1_769 };

/** Before an event is asked for; the second call meets the same again. */
const AT_START: readonly { title: string; hosted: HostedFunction; errorType: string; message: string; report?: string }[] = [
  { title: 'no bootstrap', hosted: { runtime: 'provided.al2023', handler: 'x' }, errorType: 'Runtime.InvalidEntrypoint', message: "Couldn't find valid bootstrap(s): [/var/runtime/bootstrap /var/task/bootstrap /opt/bootstrap]" },
  {
    title: 'a bootstrap that is not executable',
    hosted: { ...BAD, prepare: (folder) => chmodSync(join(folder, 'bootstrap'), 0o644) },
    errorType: 'Runtime.InvalidEntrypoint',
    message: 'fork/exec /var/task/bootstrap: permission denied',
  },
  { title: 'a bootstrap that is no program', hosted: { ...BAD, fixture: 'bootstrap-wrong-format' }, errorType: 'Runtime.InvalidEntrypoint', message: 'fork/exec /var/task/bootstrap: exec format error' },
  { title: 'a bootstrap that ends at once', hosted: { ...BAD, handler: 'exits-at-once' }, errorType: 'Runtime.ExitError', message: 'Runtime exited without providing a reason' },
  { title: 'a bootstrap that ends with a status', hosted: { ...BAD, handler: 'exits-with-3' }, errorType: 'Runtime.ExitError', message: 'Runtime exited with error: exit status 3' },
  { title: 'a bootstrap that crashes', hosted: { ...BAD, handler: 'crashes' }, errorType: 'Runtime.ExitError', message: 'Runtime exited with error: signal: segmentation fault' },
];

/** With an event; the event after it is served. */
const WITH_EVENT: readonly { title: string; event: string; body: string | RegExp; error?: string }[] = [
  { title: 'ends after having asked', event: 'exits-after-next', body: /"Runtime\.ExitError".*Runtime exited without providing a reason/, error: 'Runtime.ExitError' },
  { title: 'ends in the middle of its response', event: 'exits-mid-response', body: /"Runtime\.(?:ExitError|TruncatedResponse)"/, error: 'Runtime.(?:ExitError|TruncatedResponse)' },
  { title: 'ends after its response', event: 'exits-after-answer', body: '"answered before the end"', error: 'Runtime.ExitError' },
  { title: 'answers for another request', event: 'answers-another', body: '"refused with 400"' },
  { title: 'sends what is not JSON', event: 'invalid-json', body: '{"this is": not JSON' },
  { title: 'sends nothing', event: 'nothing', body: '' },
  {
    title: 'sends 7 MB',
    event: 'seven-megabytes',
    body: '{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).","errorType":"Function.ResponseSizeTooLarge"}',
    error: 'Function.ResponseSizeTooLarge',
  },
  { title: 'reports an error of an odd type', event: 'error-with-odd-type', body: '{"errorMessage":"odd"}', error: 'Runtime.Unknown' },
];

const opened = await openFunctionHost({ images: ['provided.al2023'] });
const test = suite('integration/functional/bad-bootstrap');

if (opened.host === undefined) {
  test.skip(`custom runtimes that misbehave (${opened.reason})`, () => undefined);
  console.log(`skip: ${opened.reason}`);
} else {
  const { host } = opened;
  const isFunctionError = (called: Called): boolean => called.status === 200 && called.functionError === 'Unhandled';

  for (const [index, { title, hosted, errorType, message }] of AT_START.entries()) {
    test(`${title} is ${errorType}, each time`, async () => {
      host.define(`start-${index}`, hosted);
      for (let attempt = 1; attempt <= 2; attempt += 1) {
        const called = await host.call(`start-${index}`, {});
        assert.ok(isFunctionError(called), called.text);
        assert.equal(called.json(), { errorType, errorMessage: `RequestId: ${called.requestId} Error: ${message}` });
        assert.equal([called.report.status, called.report.errorType], ['error', errorType]);
      }
    });
  }

  test('a bootstrap that says why it cannot start is believed', async () => {
    host.define('init-error', { ...BAD, handler: 'init-error' });
    const called = await host.call('init-error', {});
    assert.ok(isFunctionError(called));
    assert.equal(called.json(), { errorType: 'Runtime.MadeUp', errorMessage: 'told before the end' });
    assert.is(called.report.errorType, 'Runtime.MadeUp');
  });

  test('a bootstrap that never asks is given up: ten seconds for itself, then the time of the function', async () => {
    host.define('never-asks', { ...BAD, handler: 'never-asks', timeoutMs: 1_000 });
    const called = await host.call('never-asks', {});
    assert.ok(isFunctionError(called));
    assert.is(called.member('errorMessage'), `RequestId: ${called.requestId} Error: Task timed out after 1.00 seconds`);
    assert.is(called.report.status, 'timeout');
    assert.ok(called.report.durationMs >= 1_000, called.report.line);
    assert.match(host.log(), /INIT_REPORT Init Duration: (?:9999|10\d\d\d)\.\d\d ms\tPhase: init\tStatus: timeout\n/);
  });

  host.define('by-event', BAD);
  for (const { title, event, body, error } of WITH_EVENT) {
    test(`a bootstrap that ${title}: the caller is told, and the next event is served`, async () => {
      const called = await host.call('by-event', JSON.stringify(event));
      assert.is(called.status, 200);
      if (typeof body === 'string') assert.is(called.text, body);
      else assert.match(called.text, body);
      const isAnswered = error === undefined || event === 'exits-after-answer';
      assert.is(called.functionError, isAnswered ? undefined : 'Unhandled');
      assert.is(called.report.status, error === undefined ? undefined : 'error');
      if (error !== undefined) assert.match(called.report.errorType ?? '', new RegExp(`^${error}$`));
      const next = await host.call('by-event', '"and on"');
      assert.equal([next.text, next.report.status], ['"and on"', undefined]);
    });
  }

  test('of two answers the first counts, and the second is refused', async () => {
    const called = await host.call('by-event', '"answers-twice"');
    assert.is(called.text, '"first"');
    assert.is((await host.call('by-event', '"what-came-of-it"')).text, '"202 403"');
  });

  test('a runtime whose response is too large is told so', async () => {
    await host.call('by-event', '"seven-megabytes"');
    assert.is((await host.call('by-event', '"unread-large"')).text, '"413"');
  });

  for (const event of ['never-answers', 'never-asks-again', 'asks-again-without-answer']) {
    test(`a bootstrap that ${event.replaceAll('-', ' ')} is ended at its deadline, and the next event is served`, async () => {
      host.define(event, { ...BAD, timeoutMs: 2_000 });
      await host.call(event, '"warm"');
      const called = await host.call(event, JSON.stringify(event));
      if (event === 'never-asks-again') assert.equal([called.functionError, called.text], [undefined, '"answered in time"']);
      else assert.is(called.text, `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ${called.requestId} Error: Task timed out after 2.00 seconds"}`);
      assert.is(called.report.status, 'timeout');
      assert.ok(called.report.durationMs >= 2_000, called.report.line);
      assert.is((await host.call(event, '"and on"')).text, '"and on"');
    });
  }

  test('the start environment is exactly the recorded one, and nothing of ours', async () => {
    host.define('environment', { ...BAD, variables: { MINE: 'yes', QUOTED: `it's "$HOME" \`x\` \\` } });
    const called = await host.call('environment', '"environment"');
    const variables = new Map(called.text.split('\n').filter((line) => line !== '').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
    assert.equal([...variables.keys()].sort(), [
      'AWS_ACCESS_KEY_ID', 'AWS_DEFAULT_REGION', 'AWS_LAMBDA_FUNCTION_MEMORY_SIZE', 'AWS_LAMBDA_FUNCTION_NAME', 'AWS_LAMBDA_FUNCTION_VERSION',
      'AWS_LAMBDA_INITIALIZATION_TYPE', 'AWS_LAMBDA_LOG_GROUP_NAME', 'AWS_LAMBDA_LOG_STREAM_NAME', 'AWS_LAMBDA_RUNTIME_API', 'AWS_REGION',
      'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_XRAY_CONTEXT_MISSING', 'AWS_XRAY_DAEMON_ADDRESS', 'LAMBDA_RUNTIME_DIR',
      'LAMBDA_TASK_ROOT', 'LANG', 'LD_LIBRARY_PATH', 'MINE', 'PATH', 'QUOTED', 'TZ', '_AWS_XRAY_DAEMON_ADDRESS', '_AWS_XRAY_DAEMON_PORT', '_HANDLER',
    ]);
    assert.is(variables.get('MINE'), 'yes');
    assert.is(variables.get('QUOTED'), `it's "$HOME" \`x\` \\`);
    assert.is(variables.get('LAMBDA_TASK_ROOT'), '/var/task');
    assert.is(variables.get('TZ'), ':UTC');
    assert.match(called.text, /^AWS_LAMBDA_LOG_STREAM_NAME=\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/m);
  });

  test.after(async () => {
    await host.close();
    assert.equal(leftOnHost(host.folder), []);
    assert.equal(host.problems, []);
  });
}

test.run();
