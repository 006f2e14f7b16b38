// time-limit-seconds: 300
/** The vendor's Java client, unmodified, in the emulator's environment. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { JAVA, openClient, withClient } from './client.ts';
import { claimsOf } from './client-claims.ts';

const test = suite('third-party/java');
const opened = await openClient(JAVA);

if (opened.folder === undefined) {
  test.skip('the Java client', () => undefined);
  console.log(`skip: ${opened.reason}`);
} else {
  const { folder } = opened;
  claimsOf(test, JAVA, folder);

  test('java: a handler that cannot be found is an error of each invocation, by this client\'s choice', async () => {
    await withClient(JAVA, folder, { handler: 'Missing::handleRequest' }, async ({ fail, logged }) => {
      const error = { errorMessage: 'Class not found: Missing', errorType: 'java.lang.ClassNotFoundException' };
      assert.equal(await fail({ do: 'return' }), error);
      assert.equal(await fail({ do: 'return' }), error);
      await logged(/^REPORT .*\tStatus: error\tError Type: Runtime\.BadFunctionCode/m);
    });
  });
}

test.run();
