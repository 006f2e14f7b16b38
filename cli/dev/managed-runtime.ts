/** A managed runtime for `rik dev`: our own client, on the interpreter that this machine has. Which version that is, is the machine's choice. */

import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import type { RuntimeFamily } from '../../runtimes/index.ts';
import { cliError } from '../errors.ts';
import { distFolder, packageRoot } from '../package-files.ts';

export type ManagedRuntime = { command: readonly string[]; variables: Readonly<Record<string, string>> };

const FAMILIES: readonly RuntimeFamily[] = ['nodejs', 'python', 'java'];
export const RUNTIME_PATTERN = /^(?:nodejs|python|java)[\d.]+(?:\.x)?$/;

export async function managedRuntime(identifier: string, environment: Readonly<Record<string, string | undefined>>): Promise<ManagedRuntime> {
  const family = RUNTIME_PATTERN.test(identifier) ? FAMILIES.find((candidate) => identifier.startsWith(candidate)) : undefined;
  if (family === undefined) {
    throw cliError('cli/usage', `there is no managed runtime ${identifier}`, { hint: 'nodejs24.x, python3.11 or java17; a custom runtime is a bootstrap in --code, or a command' });
  }
  if (process.platform === 'win32') throw cliError('cli/usage', 'the clients of the managed runtimes start from a shell, which Windows has not', { hint: 'give a command' });
  const runtimeDir = join(distFolder(), 'runtimes', family);
  await build(family);
  const bootstrap = join(runtimeDir, 'bootstrap');
  if (!existsSync(bootstrap)) throw cliError('cli/installation-incomplete', `the client of ${identifier} is not built`, { hint: 'npm run build (in a clone), or install rik again' });
  return {
    command: [bootstrap],
    variables: {
      AWS_EXECUTION_ENV: `AWS_Lambda_${identifier}`,
      LAMBDA_RUNTIME_DIR: runtimeDir,
      // The Node that rik runs on comes first; the machine's own may be older.
      PATH: [dirname(process.execPath), environment['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'].join(delimiter),
    },
  };
}

/** In a clone, from the sources that there are now; an installed package brings it built. */
async function build(family: RuntimeFamily): Promise<void> {
  if (!existsSync(join(packageRoot(), 'runtimes', 'build.ts'))) return;
  const { buildRuntimeClients } = await import('../../runtimes/index.ts');
  await buildRuntimeClients({ outDir: join(distFolder(), 'runtimes'), families: [family] });
}
