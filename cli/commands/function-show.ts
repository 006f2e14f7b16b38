/** `rik function show`: one function's configuration and state. */

import { renderFunction } from '../render-function.ts';
import { ENDPOINT_OPTION, JSON_OPTION } from '../shared-options.ts';
import type { Verb } from '../verb.ts';
import { withApiClient } from '../with-api-client.ts';

export const functionShow: Verb = {
  name: 'function show',
  summary: "Show a function's configuration and state",
  arguments: [{ name: 'NAME', summary: 'Name or ARN of the function', arity: 'one' }],
  options: [ENDPOINT_OPTION, JSON_OPTION],
  examples: [{ says: 'The digest of the code', command: 'rik function show hello --json | jq -r .codeSha256' }],
  run: async (context) => {
    const configuration = await withApiClient(context, (client) => client.getFunctionConfiguration(context.input.argument('NAME')));
    context.output.report({ json: () => configuration, people: () => renderFunction(configuration) });
    return 'OK';
  },
};
