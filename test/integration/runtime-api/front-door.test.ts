/** The emulator's front door: what invokers may send, what runtimes get of it, and what invokers get back. */
import { createServer } from 'node:net';
import { PassThrough } from 'node:stream';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { systemClock } from '../../../foundation/clock.ts';
import { startEmulator } from '../../../runtime-api/index.ts';
import type { FunctionOptions } from '../../../runtime-api/index.ts';
import { EVENT_ASYNC_BYTES_MAX, EVENT_BYTES_MAX } from '../../../runtime-api/protocol/limits.ts';
import { invokeRequest, withEmulator } from '../../support/emulated.ts';
import { listenOnFreePort } from '../../support/listening-server.ts';
import { RawPeer } from '../../support/raw-peer.ts';

const test = suite('integration/runtime-api/front-door');

const jsonOf = (bytes: number): Buffer => Buffer.concat([Buffer.from('"'), Buffer.alloc(bytes - 2, 'x'), Buffer.from('"')]);

// ref: RT-001
test('an event arrives byte for byte', async () => {
  await withEmulator({}, async (emulated) => {
    for (const event of [' {"a" :\t1,\r\n"ä€😀":"\\u0000"}\n', '0', 'null', '""', '[[[]]]']) assert.is((await emulated.invoke(event)).body.toString(), event);
  });
});

test('no event at all is an empty object', async () => {
  await withEmulator({}, async (emulated) => assert.is((await emulated.invoke('')).body.toString(), '{}'));
});

// ref: RT-066, RT-067
test('an event of exactly the limit is served, one byte more is refused before anything runs', async () => {
  await withEmulator({}, async (emulated) => {
    const event = jsonOf(EVENT_BYTES_MAX);
    const refused = await emulated.invoke(jsonOf(EVENT_BYTES_MAX + 1));
    assert.is(refused.status, 413);
    assert.is(refused.headers.get('x-amzn-errortype'), 'RequestEntityTooLargeException');
    assert.match(refused.body.toString(), '6291457 byte payload is too large for the RequestResponse invocation type (limit 6291456 bytes)');
    assert.is(emulated.starts(), 0);
    assert.ok((await emulated.invoke(event)).body.equals(event));
  });
});

for (const [title, event] of [
  ['no JSON', 'hello'],
  ['cut JSON', '{"a":'],
  ['two values', '{} {}'],
  ['a comment', '{}//'],
  ['a trailing comma', '[1,]'],
  ['a lone quote', "'a'"],
  ['a byte order mark', '\ufeff{}'],
  ['blanks alone', ' \n'],
] as const) {
  test(`${title} is refused before anything runs`, async () => {
    await withEmulator({}, async (emulated) => {
      const reply = await emulated.invoke(event);
      assert.is(reply.status, 400);
      assert.is(reply.headers.get('x-amzn-errortype'), 'InvalidRequestContentException');
      assert.is(emulated.starts(), 0);
    });
  });
}

test('bytes that are no UTF-8 are refused', async () => {
  await withEmulator({}, async (emulated) => assert.is((await emulated.invoke(Buffer.from([0x22, 0xff, 0x22]))).status, 400));
});

// ref: RT-003, RT-005, RT-006, RT-007, RT-009, RT-012, RT-015
test('a plain invocation carries id, deadline, ARN and a fresh trace, and nothing that was not given', async () => {
  await withEmulator({ scenario: ['headers'] }, async (emulated) => {
    const ids = new Set<string>();
    for (let index = 0; index < 10; index += 1) {
      const reply = await emulated.invoke('{}');
      const headers: Record<string, string> = JSON.parse(reply.body.toString());
      const id = headers['lambda-runtime-aws-request-id'] ?? '';
      ids.add(id);
      assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      assert.is(reply.headers.get('x-amzn-requestid'), id);
      assert.is(reply.headers.get('x-amz-executed-version'), '$LATEST');
      assert.is(reply.headers.get('content-type'), 'application/json');
      assert.is(headers['content-type'], 'application/json');
      assert.match(headers['lambda-runtime-deadline-ms'] ?? '', /^\d{13}$/);
      assert.is(headers['lambda-runtime-invoked-function-arn'], 'arn:aws:lambda:us-east-1:000000000000:function:test_function');
      assert.match(headers['lambda-runtime-trace-id'] ?? '', /^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/);
      for (const absent of ['lambda-runtime-client-context', 'lambda-runtime-cognito-identity', 'lambda-runtime-aws-tenant-id']) assert.is(absent in headers, false);
    }
    assert.is(ids.size, 10);
  });
});

// ref: RT-006, FD-004
test('any name is served, and the ARN says what was asked for', async () => {
  await withEmulator({ scenario: ['headers'] }, async (emulated) => {
    const arn = 'arn:aws:lambda:us-east-1:000000000000:function';
    for (const [path, wanted] of [
      ['other/invocations', `${arn}:other`],
      ['function:$LATEST/invocations', `${arn}:test_function:$LATEST`],
      ['function/invocations?Qualifier=live', `${arn}:test_function:live`],
      [`${encodeURIComponent('arn:aws:lambda:eu-west-1:123456789012:function:mine:7')}/invocations`, `${arn}:mine:7`],
    ] as const) {
      const reply = await emulated.send(invokeRequest('{}', {}, `/2015-03-31/functions/${path}`));
      assert.is(JSON.parse(reply?.body.toString() ?? '')['lambda-runtime-invoked-function-arn'], wanted, path);
    }
  });
});

// ref: RT-008, RT-011, RT-014
test('trace, tenant and client context reach the runtime, also with line breaks and other scripts', async () => {
  await withEmulator({ scenario: ['headers'] }, async (emulated) => {
    const context = '{\n  "custom": {"k": "ä€😀"},\r\n"d":"\x7f"}';
    const trace = 'Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1';
    const reply = await emulated.invoke('{}', { 'X-Amz-Client-Context': Buffer.from(context).toString('base64'), 'X-Amzn-Trace-Id': trace, 'X-Amz-Tenant-Id': 'blue' });
    // The fixture reads header bytes as Latin-1.
    const headers: Record<string, string> = JSON.parse(reply.body.toString());
    assert.equal(JSON.parse(Buffer.from(headers['lambda-runtime-client-context'] ?? '', 'latin1').toString('utf8')), JSON.parse(context.replace('\x7f', '\\u007f')));
    assert.is(headers['lambda-runtime-trace-id'], trace);
    assert.is(headers['lambda-runtime-aws-tenant-id'], 'blue');
  });
});

test('a trace header that cannot be one is replaced', async () => {
  await withEmulator({ scenario: ['headers'] }, async (emulated) => {
    for (const trace of ['x'.repeat(100_000), 'Root=\xe4']) {
      const reply = await emulated.invoke('{}', { 'X-Amzn-Trace-Id': trace });
      assert.match(JSON.parse(reply.body.toString())['lambda-runtime-trace-id'], /^Root=1-/);
    }
  });
});

// ref: FD-005
for (const [title, headers, name] of [
  ['a client context that is no base64', { 'X-Amz-Client-Context': '%%%' }, 'InvalidRequestContentException'],
  ['a client context that is no JSON', { 'X-Amz-Client-Context': Buffer.from('x').toString('base64') }, 'InvalidRequestContentException'],
  ['a client context that is no UTF-8', { 'X-Amz-Client-Context': Buffer.from([0x22, 0xff, 0x22]).toString('base64') }, 'InvalidRequestContentException'],
  ['a client context over its limit', { 'X-Amz-Client-Context': Buffer.from(JSON.stringify('x'.repeat(2_686))).toString('base64') }, 'InvalidRequestContentException'],
  ['an unknown invocation type', { 'X-Amz-Invocation-Type': 'Sync' }, 'ValidationException'],
  ['a tenant of forbidden characters', { 'X-Amz-Tenant-Id': 'a;b' }, 'ValidationException'],
  ['a tenant of 257 characters', { 'X-Amz-Tenant-Id': 'a'.repeat(257) }, 'ValidationException'],
] as const) {
  test(`${title} is refused with 400 before anything runs`, async () => {
    await withEmulator({}, async (emulated) => {
      const reply = await emulated.invoke('{}', { ...headers });
      assert.is(reply.status, 400);
      assert.is(reply.headers.get('x-amzn-errortype'), name);
      assert.is(emulated.starts(), 0);
    });
  });
}

test('an asynchronous invocation is accepted at once and runs', async () => {
  await withEmulator({ scenario: ['obedient'] }, async (emulated) => {
    const reply = await emulated.invoke(JSON.stringify({ print: 'ran\n', response: '"unseen"' }), { 'X-Amz-Invocation-Type': 'Event' });
    assert.is(reply.status, 202);
    assert.is(reply.body.length, 0);
    const log = await emulated.logged(/^REPORT/m);
    assert.match(log, `START RequestId: ${reply.headers.get('x-amzn-requestid')} `);
    assert.match(log, /^ran$/m);
  });
});

test('an asynchronous event has its own limit', async () => {
  await withEmulator({}, async (emulated) => {
    assert.is((await emulated.invoke(jsonOf(EVENT_ASYNC_BYTES_MAX), { 'X-Amz-Invocation-Type': 'Event' })).status, 202);
    const refused = await emulated.invoke(jsonOf(EVENT_ASYNC_BYTES_MAX + 1), { 'X-Amz-Invocation-Type': 'Event' });
    assert.is(refused.status, 413);
    assert.match(refused.body.toString(), 'for the Event invocation type (limit 1048576 bytes)');
  });
});

test('a dry run runs nothing', async () => {
  await withEmulator({}, async (emulated) => {
    assert.is((await emulated.invoke('{}', { 'X-Amz-Invocation-Type': 'DryRun' })).status, 204);
    assert.is(emulated.starts(), 0);
  });
});

// ref: FD-012
test('the health path answers without starting anything, other paths and methods do not', async () => {
  await withEmulator({}, async (emulated) => {
    for (const [request, status] of [
      ['GET /_health', 200],
      ['GET /', 404],
      ['POST /2015-03-31/functions/', 404],
      ['POST /2015-03-31/functions/a%2Fb/invocations', 404],
      ['POST /2015-03-31/functions/a%zz/invocations', 404],
      ['POST /2015-03-31/functions/a/invocations?Qualifier=%24', 404],
      ['GET /2015-03-31/functions/function/invocations', 405],
    ] as const) {
      assert.is((await emulated.send(`${request} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`))?.status, status, request);
    }
    assert.is(emulated.starts(), 0);
  });
});

test('the last 4 KiB of the log come with the answer when asked for, the report included', async () => {
  await withEmulator({ scenario: ['obedient'] }, async (emulated) => {
    const print = Array.from({ length: 2_000 }, (_, index) => `line ${index}\n`).join('');
    const reply = await emulated.invoke(JSON.stringify({ print, response: '1' }), { 'X-Amz-Log-Type': 'Tail' });
    const tail = Buffer.from(reply.headers.get('x-amz-log-result') ?? '', 'base64');
    assert.is(tail.length, 4_096);
    assert.match(tail.toString(), /line 1998\nline 1999\nEND RequestId: .*\nREPORT RequestId: .*\n$/);
    const short = await emulated.invoke('{}', { 'X-Amz-Log-Type': 'Tail' });
    assert.match(Buffer.from(short.headers.get('x-amz-log-result') ?? '', 'base64').toString(), /^START RequestId: .* Version: \$LATEST\nEND RequestId: .*\nREPORT .*\n$/);
    assert.is((await emulated.invoke('{}')).headers.has('x-amz-log-result'), false);
  });
});

test('two invokers at once are served one after the other, in their order', async () => {
  await withEmulator({}, async (emulated) => {
    const peers = await Promise.all(Array.from({ length: 8 }, () => RawPeer.connect(emulated.port)));
    const answered: number[] = [];
    await Promise.all(
      peers.map(async (peer, index) => {
        peer.send(invokeRequest(String(index)));
        assert.is((await peer.answer())?.body.toString(), String(index));
        answered.push(index);
        peer.destroy();
      }),
    );
    assert.is(answered.length, 8);
    const log = await emulated.logged(/(^REPORT[^]*){8}/m);
    const ids = [...log.matchAll(/^(START|END|REPORT) RequestId: (\S+)/gm)].map(([, word, id]) => `${word} ${id}`);
    for (let index = 0; index < ids.length; index += 3) {
      const id = ids[index]?.split(' ')[1];
      assert.equal(ids.slice(index, index + 3), [`START ${id}`, `END ${id}`, `REPORT ${id}`]);
    }
    assert.is(emulated.starts(), 1);
  });
});

test('two hundred invocations on fifty connections are all answered, each with its own event', async () => {
  await withEmulator({}, async (emulated) => {
    await Promise.all(
      Array.from({ length: 50 }, async (_, connection) => {
        const peer = await RawPeer.connect(emulated.port);
        for (let index = 0; index < 4; index += 1) {
          peer.send(invokeRequest(`"${connection}.${index}"`));
          assert.is((await peer.answer())?.body.toString(), `"${connection}.${index}"`);
        }
        peer.destroy();
      }),
    );
  });
});

test('an invoker that leaves while its invocation runs costs nobody else theirs', async () => {
  await withEmulator({ scenario: ['obedient'] }, async (emulated) => {
    for (const leave of ['reset', 'end'] as const) {
      const peer = await RawPeer.connect(emulated.port);
      peer.send(invokeRequest(JSON.stringify({ print: 'was here\n', response: '1' })));
      if (leave === 'reset') {
        await emulated.logged(/START/);
        peer.socket.resetAndDestroy();
      } else {
        peer.end();
        assert.is((await peer.answer())?.body.toString(), '1');
        peer.destroy();
      }
    }
    assert.is((await emulated.invoke('{"response":"2"}')).body.toString(), '2');
    assert.match(await emulated.logged(/(^REPORT[^]*){3}/m), /(was here[^]*){2}/);
  });
});

test('an invoker that leaves in the middle of its event starts nothing', async () => {
  await withEmulator({}, async (emulated) => {
    const peer = await RawPeer.connect(emulated.port);
    peer.send('POST /2015-03-31/functions/function/invocations HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{');
    peer.end();
    await peer.closed;
    assert.is(emulated.starts(), 0);
    peer.destroy();
  });
});

test('pipelined invocations on one connection are served in order', async () => {
  await withEmulator({}, async (emulated) => {
    const peer = await RawPeer.connect(emulated.port);
    peer.send(Buffer.concat([1, 2, 3, 4, 5].map((each) => invokeRequest(String(each)))));
    for (const each of [1, 2, 3, 4, 5]) assert.is((await peer.answer())?.body.toString(), String(each));
    peer.destroy();
  });
});

// ref: FD-014
test('the runtime starts in its folder with the documented variables; the last word of a command is the handler', async () => {
  const command = [process.execPath, `${process.cwd()}/test/fixtures/bootstraps/scenarios.mjs`, 'environment', 'app.handler'];
  await withEmulator({ command }, async (emulated) => {
    const { variables, cwd } = JSON.parse((await emulated.invoke('{}')).body.toString());
    assert.is(cwd, emulated.folder);
    const wanted = {
      _HANDLER: 'app.handler',
      AWS_ACCESS_KEY_ID: '',
      AWS_SECRET_ACCESS_KEY: '',
      AWS_SESSION_TOKEN: '',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_REGION: 'us-east-1',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
      AWS_LAMBDA_FUNCTION_NAME: 'test_function',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/test_function',
      LAMBDA_RUNTIME_DIR: '/var/runtime',
      LAMBDA_TASK_ROOT: emulated.folder,
      TZ: ':UTC',
    };
    for (const [name, value] of Object.entries(wanted)) assert.is(variables[name], value, name);
    assert.match(variables.AWS_LAMBDA_LOG_STREAM_NAME, '$LATEST');
    // Not set for custom runtimes, or the runtime's own to set.
    for (const name of ['_X_AMZN_TRACE_ID', 'AWS_EXECUTION_ENV', 'PWD', 'OLDPWD', 'SHLVL']) assert.is(name in variables, false, name);
  });
});

// ref: FD-010
test('an invoker that does not finish its request is told so, and runs nothing', async () => {
  await withEmulator({ readLimits: { headMs: 100, bodyMs: 100 } }, async (emulated) => {
    const peer = await RawPeer.connect(emulated.port);
    peer.send('POST /2015-03-31/functions/function/invocations HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{');
    assert.match((await peer.all()).toString('latin1'), /^HTTP\/1\.1 408 /);
    peer.destroy();
    assert.is(emulated.starts(), 0);
  });
});

test('an address that is taken is an error, and nothing is left open', async () => {
  const taken = createServer();
  const port = await listenOnFreePort(taken);
  const only: FunctionOptions = {
    profile: 'aws',
    runtimeApi: { host: '127.0.0.1', port: 0 },
    command: ['/bin/true'],
    workingDirectory: '/',
    functionName: 'f',
    functionVersion: '$LATEST',
    memoryMiB: 128,
    timeoutMs: 1_000,
    initTimeoutMs: 1_000,
    region: 'us-east-1',
    accountId: '000000000000',
    inherited: {},
  };
  const free = { host: '127.0.0.1', port: 0 };
  const used = { host: '127.0.0.1', port };
  for (const [listen, functions] of [
    [used, [only]],
    [free, [{ ...only, runtimeApi: used }]],
    [free, [only, { ...only, runtimeApi: used }]],
  ] as const) {
    const outcome = await startEmulator({ profile: 'aws', listen, functions }, systemClock, new PassThrough()).then(() => 'started', (error: unknown) => (error instanceof Error && 'code' in error ? error.code : 'failed'));
    assert.is(outcome, 'EADDRINUSE');
  }
  await new Promise<void>((resolve) => taken.close(() => resolve()));
  // Anything left open would keep this process from ending, which its runner takes for a failure.
});

test.run();
