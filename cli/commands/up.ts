/** `rik up`: the platform on loopback, until it is interrupted. */

import type { ExitName } from '../exit-codes.ts';
import { RUN_OPTIONS, runnerOptions } from '../open-runner-options.ts';
import { ACCOUNT_DEFAULT, PORT_DEFAULT, REGION_DEFAULT } from '../platform-defaults.ts';
import type { Verb } from '../verb.ts';

const HOST_DEFAULT = '127.0.0.1';

export const up: Verb = {
  name: 'up',
  summary: 'Run the platform: the Lambda API on loopback, functions in isolated environments',
  description:
    'Serves the Lambda API for the AWS tools and SDKs (set AWS_ENDPOINT_URL_LAMBDA to the address it prints). Requests are not authenticated, so it listens on loopback only. Functions and images are kept in the state folder (RIK_HOME). Logs of functions go to stderr. Ctrl-C lets running invocations finish and ends every environment; a second one ends at once.',
  arguments: [],
  options: [
    { flags: '--port NUMBER', kind: 'integer', summary: 'Port to listen on; 0 takes a free one', minimum: 0, maximum: 65_535, defaultText: String(PORT_DEFAULT) },
    { flags: '--host ADDRESS', kind: 'text', summary: 'Loopback address to listen on', defaultText: HOST_DEFAULT },
    { flags: '--region NAME', kind: 'text', summary: 'Region in ARNs', defaultText: REGION_DEFAULT },
    { flags: '--environments NUMBER', kind: 'integer', summary: 'Environments at the same time', minimum: 1, maximum: 1000, defaultText: 'by the memory of the machine, at most 64' },
    { flags: '--stream-pacing', kind: 'switch', summary: 'Stream responses as slowly as Lambda does: 6 MB at once, then 2 MB per second' },
    ...RUN_OPTIONS,
  ],
  examples: [
    { says: 'The platform, then a function and an invocation from another terminal', command: 'rik up' },
    { says: 'As an ordinary user', command: 'rik up --unprivileged' },
  ],
  interrupt: 'verb',
  run: async (context) => {
    const { input, output, interrupted } = context;
    const { openPlatform, streamLogSink } = await import('../../platform/index.ts');
    const platform = await openPlatform({
      // Bytes as they are: a terminal that minds should not watch hostile functions.
      ...(await runnerOptions(context, streamLogSink(process.stderr))),
      host: input.text('host') ?? HOST_DEFAULT,
      port: input.integer('port') ?? PORT_DEFAULT,
      region: input.text('region') ?? REGION_DEFAULT,
      accountId: ACCOUNT_DEFAULT,
      pacesStreams: input.isSet('stream-pacing'),
      environmentsMax: input.integer('environments'),
    });
    output.progress('requests are not authenticated: development mode, loopback only');
    output.report({ json: () => ({ url: platform.url }), people: () => [`listening on ${platform.url}`] });
    await new Promise<void>((resolve) => (interrupted.aborted ? resolve() : interrupted.addEventListener('abort', () => resolve())));
    output.progress('ending: running invocations may finish');
    await platform.close();
    return 'OK' satisfies ExitName;
  },
};
