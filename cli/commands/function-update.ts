/** `rik function update`: configuration first, then code, as the order of the documented tools is. */

import { ARCHITECTURES, CODE_OPTION, HANDLER_OPTION, readFunctionChanges, RUNTIME_OPTION, SETTING_OPTIONS } from '../function-options.ts';
import { cliError } from '../errors.ts';
import type { ExitName } from '../exit-codes.ts';
import { renderBytes } from '../output.ts';
import { renderFunction } from '../render-function.ts';
import { ENDPOINT_OPTION, JSON_OPTION } from '../shared-options.ts';
import type { Verb } from '../verb.ts';
import { withApiClient } from '../with-api-client.ts';

export const functionUpdate: Verb = {
  name: 'function update',
  summary: "Change a function's code, configuration or both",
  description:
    'What is not given stays as it is, except that --env replaces all variables. The configuration is sent before the code, and rik waits in between: code for a new runtime never runs on the old one.',
  arguments: [{ name: 'NAME', summary: 'Name or ARN of the function', arity: 'one' }],
  options: [
    CODE_OPTION,
    RUNTIME_OPTION,
    HANDLER_OPTION,
    ...SETTING_OPTIONS,
    { flags: '--clear-env', kind: 'switch', summary: 'Remove all environment variables' },
    { flags: '--architecture NAME', kind: 'text', summary: 'Processor architecture of the new code', choices: ARCHITECTURES },
    { flags: '--no-wait', kind: 'switch', summary: 'Return while the last update is still in progress' },
    ENDPOINT_OPTION,
    JSON_OPTION,
  ],
  examples: [
    { says: 'New code', command: 'rik function update hello --code examples/hello-node' },
    { says: 'More time and memory', command: 'rik function update hello --timeout 30 --memory 512' },
  ],
  run: async (context) => {
    const { input, output } = context;
    const functionName = input.argument('NAME');
    const codePath = input.text('code');
    const architecture = input.text('architecture');
    const changes = readFunctionChanges(input);
    if (input.isSet('clear-env')) {
      if (changes.Environment !== undefined) throw cliError('cli/usage', '--env and --clear-env exclude each other', { hint: 'one of them; --env replaces all variables anyway' });
      changes.Environment = { Variables: {} };
    }
    const hasChanges = Object.keys(changes).length > 0;
    if (!hasChanges && codePath === undefined) throw cliError('cli/usage', 'nothing is to be changed', { hint: '`rik help function update`' });
    if (architecture !== undefined && codePath === undefined) throw cliError('cli/usage', '--architecture goes with new code only', { hint: 'the same with --code' });
    const { readCode } = await import('../code-archive/read-code.ts');
    const { waitUntilSettled } = await import('../wait-until-settled.ts');
    return withApiClient<ExitName>(context, async (client) => {
      // Packed before anything is changed: code that cannot be packed must not leave half an update.
      const code = codePath === undefined ? undefined : await readCode(codePath);
      let configuration = hasChanges ? await client.updateFunctionConfiguration(functionName, changes) : undefined;
      if (code !== undefined) {
        if (configuration !== undefined) await waitUntilSettled(client, functionName);
        output.progress(`sending ${renderBytes(code.length)} of code`);
        const target = architecture === undefined ? {} : { Architectures: [architecture] };
        configuration = await client.updateFunctionCode(functionName, { ZipFile: code.toString('base64'), ...target });
      }
      const settled = configuration !== undefined && input.isSet('no-wait') ? configuration : await waitUntilSettled(client, functionName);
      output.report({ json: () => settled, people: () => renderFunction(settled) });
      return 'OK';
    });
  },
};
