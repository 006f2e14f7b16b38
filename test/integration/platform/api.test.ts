// time-limit-seconds: 120
/** `rik up` from the outside: plain HTTP and the AWS SDK, real functions behind both. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DeleteFunctionCommand, InvokeCommand, UpdateFunctionCodeCommand, waitUntilFunctionUpdatedV2 } from '@aws-sdk/client-lambda';
import { RawPeer } from '../../support/raw-peer.ts';
import { environmentsOf, startRikUp, stopRikUp, temporaryHome, untilNoTraces } from '../../support/rik-up.ts';
import type { RikUp } from '../../support/rik-up.ts';
import { clientOf, createFunction, zipOf, zipOfFixture } from './sdk-functions.ts';

const test = suite('integration/platform/api');
const invocationsOf = (name: string): string => `/2015-03-31/functions/${name}/invocations`;

async function openUp(): Promise<{ up: RikUp; home: string; remove(): void } | { up: undefined; reason: string }> {
  const made = await temporaryHome(['nodejs24.x', 'python3.11']);
  if (made.home === undefined) return { up: undefined, reason: made.reason };
  const words = process.getuid?.() === 0 ? [] : ['--unprivileged'];
  try {
    return { up: await startRikUp({ home: made.home, words }), ...made };
  } catch (error) {
    made.remove();
    return { up: undefined, reason: error instanceof Error ? error.message.trim().replaceAll('\n', '; ') : String(error) };
  }
}

const opened = await openUp();
if (opened.up === undefined) {
  test.skip(`rik up from the outside (${opened.reason})`, () => undefined);
  console.log(`skip: ${opened.reason}`);
} else {
  const { up, home, remove } = opened;
  const client = clientOf(up.url);
  const port = Number(new URL(up.url).port);
  const post = (path: string, body: string | Buffer, headers: Record<string, string> = {}) => fetch(`${up.url}${path}`, { method: 'POST', headers, body: typeof body === 'string' ? body : Uint8Array.from(body) });

  test('it says that nobody is authenticated', () => {
    assert.match(up.stderr(), /not authenticated/);
  });

  test('the SDK creates a function, waits for it and invokes it with the log', async () => {
    await createFunction(client, { name: 'cases', code: await zipOfFixture('node-cases'), runtime: 'nodejs24.x', handler: 'index.handler' });
    const answer = await client.send(new InvokeCommand({ FunctionName: 'cases', LogType: 'Tail', Payload: Buffer.from('{"do":"echo","a":1}') }));
    assert.equal(JSON.parse(Buffer.from(answer.Payload ?? []).toString()), { do: 'echo', a: 1 });
    assert.equal([answer.StatusCode, answer.ExecutedVersion, answer.FunctionError], [200, '$LATEST', undefined]);
    const lines = Buffer.from(answer.LogResult ?? '', 'base64').toString().split('\n');
    assert.equal(lines.map((line) => line.split(' ')[0]), ['START', 'END', 'REPORT', '']);
    assert.ok(lines[0]?.includes(answer.$metadata.requestId ?? 'none'), 'the id of the answer is the id of the invocation');
  });

  test('a plain POST is answered', async () => {
    const answer = await post(invocationsOf('cases'), '{"do":"echo","b":2}');
    assert.equal([answer.status, await answer.json()], [200, { do: 'echo', b: 2 }]);
    assert.is(answer.headers.get('x-amz-executed-version'), '$LATEST');
  });

  test('by a partial and by a full ARN too', async () => {
    for (const reference of ['000000000000:function:cases', 'arn:aws:lambda:us-east-1:000000000000:function:cases', 'cases:$LATEST']) {
      const answer = await post(invocationsOf(encodeURIComponent(reference)), '{"do":"echo"}');
      assert.is(answer.status, 200, reference);
    }
  });

  test('an error of the function is a 200 with the header', async () => {
    const answer = await post(invocationsOf('cases'), '{"do":"fail"}');
    assert.equal([answer.status, answer.headers.get('x-amz-function-error')], [200, 'Unhandled']);
    assert.equal(Object(await answer.json()).errorType, 'TypeError');
  });

  test('control plane and invocations on one connection, in both orders', async () => {
    const event = '{"do":"echo"}';
    const invoke = `POST ${invocationsOf('cases')} HTTP/1.1\r\nHost: x\r\nContent-Length: ${event.length}\r\n\r\n${event}`;
    const list = 'GET /2015-03-31/functions HTTP/1.1\r\nHost: x\r\n\r\n';
    for (const order of [[invoke, list, invoke], [list, invoke, list]]) {
      const peer = await RawPeer.connect(port);
      for (const request of order) {
        peer.send(request);
        const reply = await peer.answer();
        assert.is(reply?.status, 200);
        assert.match(reply?.body.toString() ?? '', request === list ? /"FunctionName":"cases"/ : /^\{"do":"echo"\}$/);
      }
      peer.destroy();
    }
  });

  test('a dry run answers 204 and runs nothing', async () => {
    const answer = await post(invocationsOf('cases'), '{"do":"touch","name":"dry"}', { 'x-amz-invocation-type': 'DryRun' });
    assert.equal([answer.status, await answer.text()], [204, '']);
    assert.not.ok(Object(await (await post(invocationsOf('cases'), '{"do":"state"}')).json()).tmp.includes('dry'));
    assert.not.ok(up.stderr().includes(`START RequestId: ${answer.headers.get('x-amzn-requestid')}`));
  });

  const REFUSALS: readonly { title: string; path: string; body: string | Buffer; headers?: Record<string, string>; status: number; errorType: string; message: RegExp }[] = [
    { title: 'an event invocation', path: invocationsOf('cases'), body: '{}', headers: { 'x-amz-invocation-type': 'Event' }, status: 501, errorType: 'NotImplementedException', message: /Event invocation type is not implemented/ },
    { title: 'an unknown function', path: invocationsOf('nobody'), body: '{}', status: 404, errorType: 'ResourceNotFoundException', message: /Function not found: arn:aws:lambda:us-east-1:000000000000:function:nobody:\$LATEST/ },
    { title: 'a version that there is not', path: `${invocationsOf('cases')}?Qualifier=7`, body: '{}', status: 404, errorType: 'ResourceNotFoundException', message: /function:cases:7/ },
    { title: 'an event of 6 MiB and one byte', path: invocationsOf('cases'), body: Buffer.alloc(6_291_457, ' '), status: 413, errorType: 'RequestEntityTooLargeException', message: /6291457 byte payload is too large.*limit 6291456 bytes/ },
    { title: 'an event that is not JSON', path: invocationsOf('cases'), body: '{"a":', status: 400, errorType: 'InvalidRequestContentException', message: /Could not parse request body into json/ },
    { title: 'an event that is not UTF-8', path: invocationsOf('cases'), body: Buffer.from([0x22, 0xff, 0x22]), status: 400, errorType: 'InvalidRequestContentException', message: /Could not parse request body into json/ },
  ];
  for (const { title, path, body, headers, status, errorType, message } of REFUSALS) {
    test(`${title} is refused with ${status}`, async () => {
      const answer = await post(path, body, headers ?? {});
      assert.equal([answer.status, answer.headers.get('x-amzn-errortype')], [status, errorType]);
      assert.match(await answer.text(), message);
      assert.match(answer.headers.get('x-amzn-requestid') ?? '', /^[0-9a-f-]{36}$/);
    });
  }

  test('an event of exactly 6 MiB is served', async () => {
    const answer = await post(invocationsOf('cases'), `{"do":"sleep","ms":1,"pad":"${'x'.repeat(6_291_456 - 31)}"}`.padEnd(6_291_456, ' ').slice(0, 6_291_456));
    assert.equal([answer.status, await answer.text()], [200, '1']);
  });

  test('after an update the new code is served, and environments of the old are gone', async () => {
    const before = environmentsOf(up.pid);
    assert.ok(before >= 1 || process.getuid?.() !== 0);
    await client.send(new UpdateFunctionCodeCommand({ FunctionName: 'cases', ZipFile: await zipOf({ 'index.mjs': 'export const handler = () => "the new code";' }) }));
    await waitUntilFunctionUpdatedV2({ client, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, { FunctionName: 'cases' });
    for (let attempt = 0; attempt < 3; attempt += 1) assert.is(await (await post(invocationsOf('cases'), '{}')).text(), '"the new code"');
    if (process.getuid?.() !== 0) return;
    // The one that serves, and a blank one.
    for (let round = 0; environmentsOf(up.pid) > 2 && round < 100; round += 1) await new Promise((resolve) => setTimeout(resolve, 50));
    assert.ok(environmentsOf(up.pid) <= 2);
  });

  test('a second runtime is served beside the first', async () => {
    await createFunction(client, { name: 'python', code: await zipOfFixture('python-cases'), runtime: 'python3.11', handler: 'cases.handler' });
    assert.equal(await (await post(invocationsOf('python'), '{"do":"echo"}')).json(), { do: 'echo' });
  });

  test('a deleted function is not found', async () => {
    await client.send(new DeleteFunctionCommand({ FunctionName: 'cases' }));
    assert.is((await post(invocationsOf('cases'), '{}')).status, 404);
  });

  test('the log has the lines of every invocation, whole', async () => {
    const counts = (): number[] => [/^START RequestId: \S+ Version: \$LATEST$/gm, /^END RequestId: \S+$/gm, /^REPORT RequestId: .*(?:\t|Status: .*)$/gm].map((line) => up.stderr().match(line)?.length ?? 0);
    // The last ones may still be on their way.
    for (let round = 0; new Set(counts()).size > 1 && round < 100; round += 1) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.is(new Set(counts()).size, 1, counts().join(' '));
  });

  test.after(async () => {
    client.destroy();
    assert.is(await stopRikUp(up), 0);
    assert.equal(await untilNoTraces({ pid: up.pid, home }), []);
    remove();
  });
}

test.run();
