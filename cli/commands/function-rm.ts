/** `rik function rm`: removes a function and says which, by its full ARN. */

import { DRY_RUN_OPTION, ENDPOINT_OPTION, JSON_OPTION } from '../shared-options.ts';
import type { Verb } from '../verb.ts';
import { withApiClient } from '../with-api-client.ts';

export const functionRm: Verb = {
  name: 'function rm',
  summary: 'Remove a function',
  description: 'Prints the full ARN of what it removes. Invocations that are running end normally.',
  arguments: [{ name: 'NAME', summary: 'Name or ARN of the function', arity: 'one' }],
  options: [DRY_RUN_OPTION, ENDPOINT_OPTION, JSON_OPTION],
  examples: [{ says: 'What would be removed', command: 'rik function rm hello --dry-run' }],
  run: async (context) => {
    const { input, output } = context;
    const isDryRun = input.isSet('dry-run');
    const functionArn = await withApiClient(context, async (client) => {
      const found = await client.getFunctionConfiguration(input.argument('NAME'));
      output.progress(isDryRun ? `would remove ${found.functionArn}` : `removing ${found.functionArn}`);
      // By the ARN that was printed, so that exactly this one goes.
      if (!isDryRun) await client.deleteFunction(found.functionArn);
      return found.functionArn;
    });
    output.report({ json: () => ({ functionArn, removed: !isDryRun }), people: () => [functionArn] });
    return 'OK';
  },
};
