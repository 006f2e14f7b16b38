/** `rik function create`: packs the code, creates the function, waits until it is active. */

import { ARCHITECTURES, CODE_OPTION, HANDLER_OPTION, readFunctionChanges, RUNTIME_OPTION, SETTING_OPTIONS } from '../function-options.ts';
import { cliError } from '../errors.ts';
import type { ExitName } from '../exit-codes.ts';
import { renderBytes } from '../output.ts';
import { renderFunction } from '../render-function.ts';
import { ENDPOINT_OPTION, JSON_OPTION } from '../shared-options.ts';
import type { Verb } from '../verb.ts';
import { withApiClient } from '../with-api-client.ts';

/** The API insists on a role. Without an account nobody looks it up, so any well-formed one will do. */
const ROLE_DEFAULT = 'arn:aws:iam::000000000000:role/rik';

export const functionCreate: Verb = {
  name: 'function create',
  summary: 'Create a function from a folder or a zip file',
  description:
    'A folder is packed into a zip file whose bytes depend on its content alone (sorted, with fixed times and modes), so that the same code has the same CodeSha256 each time. Executable files stay executable. Symbolic links are kept when they stay inside the folder and refused otherwise.',
  arguments: [{ name: 'NAME', summary: 'Name of the new function', arity: 'one' }],
  options: [
    { ...RUNTIME_OPTION, isRequired: true },
    { ...HANDLER_OPTION, defaultText: 'bootstrap, with a provided runtime only' },
    { ...CODE_OPTION, isRequired: true },
    ...SETTING_OPTIONS,
    { flags: '--architecture NAME', kind: 'text', summary: 'Processor architecture', choices: ARCHITECTURES, defaultText: "this machine's" },
    { flags: '--no-wait', kind: 'switch', summary: 'Return while the function is still pending' },
    ENDPOINT_OPTION,
    JSON_OPTION,
  ],
  examples: [
    { says: 'A Node function from the folder it is in', command: 'rik function create hello --runtime nodejs24.x --handler index.handler --code examples/hello-node' },
    { says: 'A larger one, with variables', command: 'rik function create report --runtime python3.11 --handler app.run --code app.zip --memory 512 --timeout 30 --env STAGE=test' },
  ],
  run: async (context) => {
    const { input, output } = context;
    const functionName = input.argument('NAME');
    const runtime = input.requiredText('runtime');
    const changes = readFunctionChanges(input);
    const handler = changes.Handler ?? (runtime.startsWith('provided') ? 'bootstrap' : undefined);
    if (handler === undefined) throw cliError('cli/usage', `a function on ${runtime} needs --handler`, { hint: '--handler index.handler' });
    const { readCode } = await import('../code-archive/read-code.ts');
    const { waitUntilSettled } = await import('../wait-until-settled.ts');
    return withApiClient<ExitName>(context, async (client) => {
      const code = await readCode(input.requiredText('code'));
      output.progress(`sending ${renderBytes(code.length)} of code`);
      const created = await client.createFunction({
        Role: ROLE_DEFAULT,
        ...changes,
        FunctionName: functionName,
        Handler: handler,
        Architectures: [input.text('architecture') ?? hostArchitecture()],
        Code: { ZipFile: code.toString('base64') },
      });
      const configuration = input.isSet('no-wait') ? created : await waitUntilSettled(client, functionName);
      output.report({ json: () => configuration, people: () => renderFunction(configuration) });
      return 'OK';
    });
  },
};

/** The functions run on this machine, so its architecture is the one that works. */
function hostArchitecture(): string {
  return process.arch === 'arm64' ? 'arm64' : 'x86_64';
}
