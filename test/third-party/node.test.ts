// time-limit-seconds: 300
/** The vendor's Node client, unmodified, in the emulator's environment. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NODE, openClient, withClient } from './client.ts';
import { claimsOf } from './client-claims.ts';
import { stream } from './stream.ts';

const test = suite('third-party/node');
const opened = await openClient(NODE);

if (opened.folder === undefined) {
  test.skip('the Node client', () => undefined);
  console.log(`skip: ${opened.reason}`);
} else {
  const { folder } = opened;
  claimsOf(test, NODE, folder);

  const STREAMING = { handler: 'function.streaming' };

  test('node: a handler that cannot be found is an initialisation error, told to each invoker', async () => {
    await withClient(NODE, folder, { handler: 'missing.handler' }, async ({ fail, logged }) => {
      for (let count = 0; count < 2; count += 1) {
        const { errorType, errorMessage, trace } = await fail({ do: 'return' });
        assert.is(errorType, 'Runtime.ImportModuleError');
        assert.match(String(errorMessage), /^Error: Cannot find module 'missing'/);
        assert.ok(Array.isArray(trace));
      }
      await logged(/^INIT_REPORT .*\tPhase: init\tStatus: error\tError Type: Runtime\.ImportModuleError/m);
    });
  });

  test('node: a stream arrives whole, again and again', async () => {
    await withClient(NODE, folder, STREAMING, async (calling) => {
      for (let count = 0; count < 3; count += 1) {
        const streamed = await stream(calling, { chunks: ['first ', 'second ä'], contentType: 'text/plain' });
        assert.equal(streamed, { text: 'first second ä', errorCode: undefined, errorDetails: undefined });
      }
    });
  });

  test('node: an HTTP stream begins with its prelude and eight zero bytes', async () => {
    await withClient(NODE, folder, STREAMING, async (calling) => {
      const streamed = await stream(calling, { chunks: ['body'], metadata: { statusCode: 201, headers: { a: 'b' } } });
      assert.is(streamed.text, `{"statusCode":201,"headers":{"a":"b"}}${'\0'.repeat(8)}body`);
    });
  });

  test('node: an error before and in the middle of a stream comes in its trailers, and the process is kept', async () => {
    await withClient(NODE, folder, STREAMING, async (calling) => {
      for (const chunks of [[], ['begun']]) {
        const { text, errorCode, errorDetails } = await stream(calling, { chunks, fail: 'no more' });
        assert.equal([text, errorCode], [chunks.join(''), 'RangeError']);
        const { errorType, errorMessage, trace } = JSON.parse(errorDetails ?? '');
        assert.equal([errorType, errorMessage, Array.isArray(trace)], ['RangeError', 'no more', true]);
      }
      assert.is((await stream(calling, { chunks: ['after'] })).text, 'after');
      const log = await calling.logged(/(?:REPORT [^]*){3}/);
      assert.is(log.match(/Init Duration/g)?.length, 1);
    });
  });

  test('node: a stream that nobody asked for is collected, and its error is the answer', async () => {
    await withClient(NODE, folder, STREAMING, async ({ invoke, fail }) => {
      assert.is((await invoke('{"chunks":["a","b"]}')).body.toString(), 'ab');
      assert.is((await fail({ chunks: ['a'], fail: 'no more' }))['errorMessage'], 'no more');
    });
  });

  test('node: 20 MB go to an invoker that asked for a stream, and are too much for another', async () => {
    await withClient(NODE, folder, STREAMING, async (calling) => {
      const event = { chunks: ['x'.repeat(1024 * 1024)], repeat: 20 };
      assert.is((await stream(calling, event)).text.length, 20 * 1024 * 1024);
      assert.is((await calling.fail(event))['errorType'], 'Function.ResponseSizeTooLarge');
      assert.is((await stream(calling, { chunks: ['after'] })).text, 'after');
    });
  });
}

test.run();
