// time-limit-seconds: 300
/** The vendor's Rust crate, unmodified, in the emulator's environment. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { RUST, openClient, withClient } from './client.ts';
import { claimsOf } from './client-claims.ts';
import { stream } from './stream.ts';

const test = suite('third-party/rust');
const opened = await openClient(RUST);

if (opened.folder === undefined) {
  test.skip('the Rust crate', () => undefined);
  console.log(`skip: ${opened.reason}`);
} else {
  const { folder } = opened;
  claimsOf(test, RUST, folder);

  const PRELUDE = `{"statusCode":200,"headers":{"content-type":"application/octet-stream"},"cookies":[]}${'\0'.repeat(8)}`;

  test('rust: an exit before the first event is told to each invoker', async () => {
    await withClient(RUST, folder, { variables: { FUNCTION_INIT: 'fails' } }, async ({ fail }) => {
      const error = { errorType: 'Runtime.ExitError', errorMessage: 'RequestId: ID Error: Runtime exited with error: exit status 1' };
      assert.equal(await fail({ do: 'return' }), error);
      assert.equal(await fail({ do: 'return' }), error);
    });
  });

  test('rust: a panic is an error like any other, and the process is kept', async () => {
    await withClient(RUST, folder, {}, async ({ call, fail }) => {
      const { errorType, errorMessage } = await fail({ do: 'panic', message: 'ouch' });
      assert.match(String(errorType), /\bAny\b/);
      assert.is(errorMessage, 'Lambda panicked: ouch');
      assert.is(Object(await call({ do: 'context' })).calls, 2);
    });
  });

  test('rust: a stream arrives whole, behind the prelude of its own', async () => {
    await withClient(RUST, folder, {}, async (calling) => {
      for (let count = 0; count < 2; count += 1) {
        assert.equal(await stream(calling, { do: 'stream', chunks: ['a', 'ä'] }), { text: `${PRELUDE}aä`, errorCode: undefined, errorDetails: undefined });
      }
    });
  });

  test('rust: an error in the middle of a stream stands in its body, where the client writes it, and is no error', async () => {
    await withClient(RUST, folder, {}, async (calling) => {
      const trailers = 'Lambda-Runtime-Function-Error-Type: Runtime.StreamError\r\nLambda-Runtime-Function-Error-Body: bm8gbW9yZQ==\r\n';
      const streamed = await stream(calling, { do: 'stream', chunks: ['a'], fail: 'no more' });
      assert.equal(streamed, { text: `${PRELUDE}a${trailers}`, errorCode: undefined, errorDetails: undefined });
    });
  });

  test('rust: with its internal extension it gets SIGTERM at the end', async () => {
    await withClient(RUST, folder, { variables: { FUNCTION_SIGTERM: 'yes' } }, async ({ call, emulator, log }) => {
      await call({ do: 'return', value: 1 });
      await emulator.close();
      assert.match(log(), /^EXTENSION\tName: _lambda-rust-runtime-no-op-graceful-shutdown-helper\tState: Ready\tEvents: \[\]$/m);
      assert.match(log(), /^SIGTERM after \{"calls":1\}$/m);
      assert.match(log(), /^\[runtime\] Graceful shutdown completed$/m);
    });
  });

  test('rust: a client context with other than ASCII ends the process, by the client\'s own choice', async () => {
    await withClient(RUST, folder, {}, async ({ call, invoke }) => {
      const clientContext = Buffer.from('{"custom":{"key":"ä"}}').toString('base64');
      const reply = await invoke('{"do":"context"}', { 'X-Amz-Client-Context': clientContext });
      assert.is(JSON.parse(reply.body.toString()).errorType, 'Runtime.ExitError');
      assert.is(await call({ do: 'return', value: 'next' }), 'next');
    });
  });
}

test.run();
