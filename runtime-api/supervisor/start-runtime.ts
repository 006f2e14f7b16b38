/** From a configuration to a running runtime process, or to the failure that the invoker is told. */
import { statSync } from 'node:fs';
import type { EnvironmentConfiguration } from '../environment-contract.ts';
import { noBootstrapFailure, spawnFailure } from '../failures.ts';
import type { Failure } from '../failures.ts';
import { findBootstrap } from './bootstrap-lookup.ts';
import type { Launcher, RunningProcess } from './launcher.ts';

export type RuntimeStart = { ok: true; process: RunningProcess } | { ok: false; failure: Failure };

/** Operating-system codes in the words of the Go runtime, which users know from AWS. */
const REASONS: Record<string, string> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  ENOEXEC: 'exec format error',
  E2BIG: 'argument list too long',
  EAGAIN: 'resource temporarily unavailable',
};

export async function startRuntime(
  launcher: Launcher,
  configuration: EnvironmentConfiguration,
  runtimeApiAddress: string,
): Promise<RuntimeStart> {
  const command = bootstrapCommand(configuration.bootstrap);
  if (!command.ok) return command;
  try {
    const process = await launcher.launch({
      argv: command.argv,
      variables: { ...configuration.variables, AWS_LAMBDA_RUNTIME_API: runtimeApiAddress },
      workingDirectory: workingDirectory(configuration.workingDirectory),
    });
    return { ok: true, process };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    return { ok: false, failure: spawnFailure(command.argv[0] ?? '', REASONS[code] ?? 'could not be started') };
  }
}

function bootstrapCommand(
  bootstrap: EnvironmentConfiguration['bootstrap'],
): { ok: true; argv: readonly string[] } | { ok: false; failure: Failure } {
  if (bootstrap.kind === 'command') return { ok: true, argv: bootstrap.argv };
  const lookup = findBootstrap(bootstrap.paths);
  if (lookup.found) return { ok: true, argv: [lookup.path] };
  const failure = lookup.kind === 'absent' ? noBootstrapFailure(bootstrap.paths) : spawnFailure(lookup.path, lookup.reason);
  return { ok: false, failure };
}

/** A missing working directory would make every start fail with "no such file" of the wrong thing. */
function workingDirectory(wanted: string): string {
  return statSync(wanted, { throwIfNoEntry: false })?.isDirectory() === true ? wanted : '/';
}
