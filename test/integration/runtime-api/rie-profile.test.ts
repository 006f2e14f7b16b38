/** The forms of the classic emulator, for scripts that were written against it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { invokeRequest, withEmulator } from '../../support/emulated.ts';

const test = suite('integration/runtime-api/rie-profile');
const profile = 'rie' as const;

// ref: FD-001, FD-002
test('any method on the one path is an invocation', async () => {
  await withEmulator({ profile }, async (emulated) => {
    for (const method of ['POST', 'GET', 'PUT']) {
      const reply = await emulated.send(`${method} /2015-03-31/functions/function/invocations HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}`);
      assert.is(reply?.status, 200);
      assert.is(reply?.body.toString(), '{}');
      assert.is(reply?.headers.get('content-type'), 'text/plain; charset=utf-8');
    }
  });
});

// ref: FD-003
test('another name is not found', async () => {
  await withEmulator({ profile }, async (emulated) => {
    assert.is((await emulated.send(invokeRequest('{}', {}, '/2015-03-31/functions/other/invocations')))?.status, 404);
    assert.is(emulated.starts(), 0);
  });
});

// ref: FD-006
test('a function error is a 200 without the header', async () => {
  await withEmulator({ profile, scenario: ['obedient'] }, async (emulated) => {
    const reply = await emulated.invoke('{"error":"{\\"errorMessage\\":\\"m\\"}"}');
    assert.is(reply.status, 200);
    assert.is(reply.body.toString(), '{"errorMessage":"m"}');
    assert.is(reply.headers.has('x-amz-function-error'), false);
  });
});

// ref: FD-007
test('a time-out is a plain text', async () => {
  await withEmulator({ profile, scenario: ['silent'], timeoutMs: 1_000 }, async (emulated) => {
    const reply = await emulated.invoke('{}');
    assert.is(reply.status, 200);
    assert.is(reply.body.toString(), 'Task timed out after 1.00 seconds');
    assert.match(await emulated.logged(/^REPORT/m), /\nEND .*\nREPORT .*Max Memory Used: 128 MB\t\n$/);
  });
});

test('a crash is a 502 with the object, and prints no end', async () => {
  await withEmulator({ profile, scenario: ['exitAfterNext', '1'] }, async (emulated) => {
    const reply = await emulated.invoke('{}');
    assert.is(reply.status, 502);
    assert.match(reply.body.toString(), /^\{"errorType":"Runtime\.ExitError","errorMessage":"RequestId: .* Error: Runtime exited with error: exit status 1"\}$/);
    await emulated.invoke('{}');
    assert.match(await emulated.logged(/(START[^]*\n){2}/), /^START .*\nSTART .*\n$/);
  });
});

test('a failed initialisation is a 502 with the reported body, each time that of its own', async () => {
  await withEmulator({ profile, scenario: ['initError', '1'] }, async (emulated) => {
    for (const _ of [1, 2]) {
      const reply = await emulated.invoke('{}');
      assert.is(reply.status, 502);
      assert.is(reply.body.toString(), '{"errorMessage":"no","errorType":"Init.No"}');
    }
    assert.not.match(emulated.log(), 'INIT_REPORT');
  });
});

// ref: LOG-005, LOG-019
test('its lines have another id at the start and the initialisation before the duration', async () => {
  await withEmulator({ profile }, async (emulated) => {
    await emulated.invoke('{}');
    const log = await emulated.logged(/^REPORT.*\n/m);
    const [, start, end, report] = /^START RequestId: (\S+) Version: \$LATEST\nEND RequestId: (\S+)\nREPORT RequestId: (\S+)\tInit Duration: \d+\.\d\d ms\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB\tMax Memory Used: 128 MB\t\n$/.exec(log) ?? [];
    assert.ok(start !== undefined && start !== end, log);
    assert.is(end, report);
  });
});

// ref: RT-010
test('the runtime gets the fixed ARN and never a trace', async () => {
  await withEmulator({ profile, scenario: ['headers'] }, async (emulated) => {
    const reply = await emulated.invoke('{}', { 'X-Amzn-Trace-Id': 'Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700', 'X-Amz-Tenant-Id': 'b;lue' });
    const headers: Record<string, string> = JSON.parse(reply.body.toString());
    assert.is(headers['lambda-runtime-invoked-function-arn'], 'arn:aws:lambda:us-east-1:012345678912:function:test_function');
    assert.is('lambda-runtime-trace-id' in headers, false);
    assert.is(headers['lambda-runtime-aws-tenant-id'], 'b;lue');
  });
});

// ref: FD-005
test('a client context that is no base64 is an empty 500', async () => {
  await withEmulator({ profile }, async (emulated) => {
    const reply = await emulated.invoke('{}', { 'X-Amz-Client-Context': '%%%' });
    assert.is(reply.status, 500);
    assert.is(reply.body.length, 0);
  });
});

test('invocation type and log type are ignored, and an event need not be JSON', async () => {
  await withEmulator({ profile }, async (emulated) => {
    const reply = await emulated.invoke('not json', { 'X-Amz-Invocation-Type': 'Whatever', 'X-Amz-Log-Type': 'Tail' });
    assert.is(reply.status, 200);
    assert.is(reply.body.toString(), 'not json');
    assert.is(reply.headers.has('x-amz-log-result'), false);
  });
});

// ref: RT-051
test('the text of a response that is too large has its size', async () => {
  await withEmulator({ profile, scenario: ['answerTooLarge', '6291557'] }, async (emulated) => {
    assert.equal(JSON.parse((await emulated.invoke('{}')).body.toString()), {
      errorMessage: 'Response payload size (6291557 bytes) exceeded maximum allowed payload size (6291556 bytes).',
      errorType: 'Function.ResponseSizeTooLarge',
    });
  });
});

test('the initialisation type is not set', async () => {
  const command = [process.execPath, `${process.cwd()}/test/fixtures/bootstraps/scenarios.mjs`, 'environment'];
  await withEmulator({ profile, command }, async (emulated) => {
    const { variables } = JSON.parse((await emulated.invoke('{}')).body.toString());
    assert.is('AWS_LAMBDA_INITIALIZATION_TYPE' in variables, false);
    assert.is(variables.AWS_LAMBDA_LOG_GROUP_NAME, '/aws/lambda/Functions');
  });
});

test.run();
