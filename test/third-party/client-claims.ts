/** What is true of every client: it answers, fails, is too large, ends and hangs as the platform says, and serves on. */
import type { Test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Calling, Client, ClientOptions } from './client.ts';
import { withClient } from './client.ts';

/** The payload limit of an invocation, both ways: 6 MiB. */
const PAYLOAD_BYTES = 6 * 1024 * 1024;
/** The server lets a response have so much more (protocol notes, 5.2). */
const RESPONSE_BYTES_MAX = PAYLOAD_BYTES + 100;
const QUOTES_BYTES = 2;
/** Long enough for a process that starts again on a busy machine. */
const TIMEOUT_MS = 8_000;
const ANSWERS = 10;

export function claimsOf(test: Test, client: Client, folder: string): void {
  const withIt = (options: ClientOptions, use: (calling: Calling) => Promise<void>): Promise<void> => withClient(client, folder, options, use);

  test(`${client.name}: ten events are answered by one process, with the very values`, async () => {
    const values = [null, true, 0, -1.5, '', 'ä€😀 "quoted"\n', [], [1, [2]], {}, { key: { ключ: 'значение' } }];
    await withIt({}, async ({ call }) => {
      for (const value of values) assert.equal(await call({ do: 'return', value }), value);
      assert.is(Object(await call({ do: 'context' })).calls, ANSWERS + 1);
    });
  });

  test(`${client.name}: the handler's context is what the server was told`, async () => {
    await withIt({}, async ({ invoke }) => {
      const traceId = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1';
      const clientContext = Buffer.from(JSON.stringify({ custom: { key: 'value' }, env: {} })).toString('base64');
      const reply = await invoke('{"do":"context"}', { 'X-Amzn-Trace-Id': traceId, 'X-Amz-Client-Context': clientContext });
      const { remainingMs, ...context } = JSON.parse(reply.body.toString());
      assert.equal(context, {
        requestId: reply.headers.get('x-amzn-requestid'),
        arn: 'arn:aws:lambda:us-east-1:000000000000:function:test_function',
        functionName: 'test_function',
        functionVersion: '$LATEST',
        memoryMiB: 128,
        traceId,
        custom: 'value',
        calls: 1,
      });
      assert.ok(remainingMs > 0 && remainingMs <= 20_000, String(remainingMs));
    });
  });

  test(`${client.name}: a handler's error has its type, message and the client's members, and the process is kept`, async () => {
    await withIt({}, async ({ call, fail, logged }) => {
      await call({ do: 'return', value: 1 });
      const { errorType, errorMessage, ...members } = await fail({ do: 'fail', message: 'out of reach: ä' });
      assert.equal([errorType, errorMessage], [client.errorType, 'out of reach: ä']);
      assert.equal(Object.keys(members).sort(), client.errorMembers);
      assert.is(Object(await call({ do: 'context' })).calls, 3);
      await logged(/^REPORT [^]*Status: error/m);
    });
  });

  test(`${client.name}: events and responses of the full size pass`, async () => {
    await withIt({}, async ({ call, invoke }) => {
      const head = '{"do":"length","value":"';
      const event = `${head}${'x'.repeat(PAYLOAD_BYTES - head.length - 2)}"}`;
      const reply = await invoke(event);
      assert.is(reply.body.toString(), String(PAYLOAD_BYTES - head.length - 2));
      assert.is(String(await call({ do: 'big', bytes: PAYLOAD_BYTES })).length, PAYLOAD_BYTES);
    });
  });

  test(`${client.name}: a response that is too large is refused, and the process goes on or is replaced`, async () => {
    await withIt({}, async ({ call, fail }) => {
      const { errorType, errorMessage } = await fail({ do: 'big', bytes: RESPONSE_BYTES_MAX - QUOTES_BYTES + 1 });
      assert.equal([errorType, errorMessage], ['Function.ResponseSizeTooLarge', 'Response payload size exceeded maximum allowed payload size (6291556 bytes).']);
      assert.is(await call({ do: 'return', value: 'next' }), 'next');
    });
  });

  test(`${client.name}: an exit is told with its code, and a new process serves the next event`, async () => {
    await withIt({}, async ({ call, fail }) => {
      await call({ do: 'return', value: 1 });
      assert.equal(await fail({ do: 'exit', code: 3 }), { errorType: 'Runtime.ExitError', errorMessage: 'RequestId: ID Error: Runtime exited with error: exit status 3' });
      assert.is(Object(await call({ do: 'context' })).calls, 1);
    });
  });

  test(`${client.name}: a handler that hangs is ended at its timeout, and a new process serves the next event`, async () => {
    await withIt({ timeoutMs: TIMEOUT_MS }, async ({ call, fail }) => {
      await call({ do: 'return', value: 1 });
      assert.equal(await fail({ do: 'hang' }), { errorType: 'Sandbox.Timedout', errorMessage: 'RequestId: ID Error: Task timed out after 8.00 seconds' });
      assert.is(Object(await call({ do: 'context' })).calls, 1);
    });
  });

  test(`${client.name}: what the handler prints and logs stands between START and END of its invocation`, async () => {
    await withIt({}, async ({ call, logged }) => {
      await call({ do: 'print', text: 'printed\n' });
      await call({ do: 'log', text: 'logged' });
      const log = await logged(/REPORT [^]*REPORT /);
      assert.match(log, /^START RequestId: [^\n]*\n(?:[^\n]*\n)*?printed\nEND [^]*^START RequestId: [^\n]*\n[^\n]*logged\nEND /m);
    });
  });
}
