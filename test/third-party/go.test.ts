// time-limit-seconds: 300
/** The vendor's Go library, unmodified, in the emulator's environment. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { GO, openClient, withClient } from './client.ts';
import { claimsOf } from './client-claims.ts';
import { stream } from './stream.ts';

const test = suite('third-party/go');
const opened = await openClient(GO);

if (opened.folder === undefined) {
  test.skip('the Go library', () => undefined);
  console.log(`skip: ${opened.reason}`);
} else {
  const { folder } = opened;
  claimsOf(test, GO, folder);

  test('go: an exit before the first event is told to each invoker', async () => {
    await withClient(GO, folder, { variables: { FUNCTION_INIT: 'fails' } }, async ({ fail }) => {
      const error = { errorType: 'Runtime.ExitError', errorMessage: 'RequestId: ID Error: Runtime exited with error: exit status 7' };
      assert.equal(await fail({ do: 'return' }), error);
      assert.equal(await fail({ do: 'return' }), error);
    });
  });

  test('go: a panic is answered with its stack, then the process ends and a new one serves the next event', async () => {
    await withClient(GO, folder, {}, async ({ call, fail, logged }) => {
      await call({ do: 'return', value: 1 });
      const { errorType, errorMessage, stackTrace } = await fail({ do: 'panic', message: 'ouch' });
      assert.equal([errorType, errorMessage], ['string', 'ouch']);
      assert.ok(Array.isArray(stackTrace) && stackTrace.some(({ label }) => label === 'handle'));
      assert.is(Object(await call({ do: 'context' })).calls, 1);
      await logged(/^REPORT .*\tStatus: error\tError Type: Runtime\.ExitError/m);
    });
  });

  test('go: a reader arrives whole; its error comes in the trailers and replaces what was read, since the client does not announce a stream', async () => {
    await withClient(GO, folder, {}, async (calling) => {
      assert.is((await stream(calling, { do: 'stream', chunks: ['a', 'b'] })).text, 'ab');
      const error = { errorMessage: 'no more', errorType: 'outOfReach' };
      const failed = await stream(calling, { do: 'stream', chunks: ['a'], fail: 'no more' });
      assert.equal(failed, { text: '', errorCode: 'outOfReach', errorDetails: JSON.stringify(error) });
      assert.equal(await calling.fail({ do: 'stream', chunks: ['a'], fail: 'no more' }), error);
      assert.is(Object(await calling.call({ do: 'context' })).calls, 4);
    });
  });

  test('go: with its internal extension it gets SIGTERM at the end', async () => {
    await withClient(GO, folder, { variables: { FUNCTION_SIGTERM: 'yes' } }, async ({ call, emulator, log }) => {
      await call({ do: 'return', value: 1 });
      await emulator.close();
      assert.match(log(), /^EXTENSION\tName: GoLangEnableSIGTERM\tState: Ready\tEvents: \[\]$/m);
      assert.match(log(), /^SIGTERM after \{"calls":1\}$/m);
    });
  });
}

test.run();
