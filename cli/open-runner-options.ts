/** What the platform needs of this machine, gathered for the verbs that run functions. */

import { join } from 'node:path';
import type { LogSink, RunnerOptions } from '../platform/index.ts';
import { cliError } from './errors.ts';
import { describeError } from './error-report.ts';
import { buildClients, openImages } from './open-images.ts';
import { distFolder } from './package-files.ts';
import type { ParsedInput } from './parsed-input.ts';
import { serverBundle } from './server-bundle.ts';
import { stateFolder } from './state-folder.ts';
import type { VerbContext, VerbOption } from './verb.ts';

export const RUN_OPTIONS = [
  { flags: '--isolation BACKEND', kind: 'text', summary: 'How functions are kept apart', choices: ['namespace', 'process'], defaultText: 'namespace' },
  { flags: '--unprivileged', kind: 'switch', summary: 'Run without root: limits are enforced where the machine lets us, and reported where not' },
  { flags: '--insecure-no-isolation', kind: 'switch', summary: 'Required with --isolation process: functions can read your files and use your network' },
  { flags: '--base NAME', kind: 'list', summary: 'Base of the runtime images, in order of preference; default: debian' },
] as const satisfies readonly VerbOption[];

export async function runnerOptions(
  context: Pick<VerbContext, 'input' | 'output' | 'environment'>,
  logSink: LogSink,
): Promise<RunnerOptions> {
  const { input, output, environment } = context;
  const bases = input.list('base');
  const images = await openImages({ environment, onProgress: output.progress });
  return {
    stateDir: stateFolder(environment),
    backend: backendChoice(input),
    images: {
      ...images,
      // Only building needs the clients, and looking whether they are up to date takes time.
      async ensure(reference) {
        await buildClients(output.progress);
        return images.ensure(reference);
      },
    },
    clientsDir: join(distFolder(), 'runtimes'),
    serverBundlePath: await serverBundle(),
    nodePath: process.execPath,
    bases: bases.length === 0 ? ['debian'] : bases,
    logSink,
    onWarning: output.progress,
    onProblem: (error) => output.progress(describeError(error, { debug: false }).join('; ')),
  };
}

function backendChoice(input: ParsedInput): RunnerOptions['backend'] {
  if (input.text('isolation') !== 'process') return { kind: 'namespace', unprivileged: input.isSet('unprivileged') };
  if (!input.isSet('insecure-no-isolation')) {
    throw cliError('cli/usage', '--isolation process needs --insecure-no-isolation: functions can read your files and use your network', { hint: 'leave --isolation out for real isolation (Linux)' });
  }
  return { kind: 'process' };
}
