// time-limit-seconds: 300
/** The vendor's Python client, unmodified, in the emulator's environment. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PYTHON, openClient, withClient } from './client.ts';
import { claimsOf } from './client-claims.ts';

const test = suite('third-party/python');
const opened = await openClient(PYTHON);

if (opened.folder === undefined) {
  test.skip('the Python client', () => undefined);
  console.log(`skip: ${opened.reason}`);
} else {
  const { folder } = opened;
  claimsOf(test, PYTHON, folder);

  test('python: a handler that cannot be found is an initialisation error, told to each invoker', async () => {
    await withClient(PYTHON, folder, { handler: 'missing.handler' }, async ({ fail, logged }) => {
      const error = { errorMessage: "Unable to import module 'missing': No module named 'missing'", errorType: 'Runtime.ImportModuleError', requestId: '', stackTrace: [] };
      assert.equal(await fail({ do: 'return' }), error);
      assert.equal(await fail({ do: 'return' }), error);
      await logged(/^INIT_REPORT .*\tPhase: init\tStatus: error\tError Type: Runtime\.ImportModuleError/m);
    });
  });
}

test.run();
