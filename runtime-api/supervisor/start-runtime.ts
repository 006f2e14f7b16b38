/** From a configuration to a running runtime process, or to the failure that the invoker is told. Never rejects. */
import { statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import type { EnvironmentConfiguration } from '../environment-contract.ts';
import { noBootstrapFailure, spawnFailure, workingDirectoryFailure } from '../failures.ts';
import type { Failure } from '../failures.ts';
import { findBootstrap } from './bootstrap-lookup.ts';
import { errorReason } from './error-reason.ts';
import type { Launcher, RunningProcess } from './launcher.ts';

export type RuntimeStart = { ok: true; process: RunningProcess } | { ok: false; failure: Failure };

export async function startRuntime(
  launcher: Launcher,
  configuration: EnvironmentConfiguration,
  runtimeApiAddress: string,
): Promise<RuntimeStart> {
  const command = bootstrapCommand(configuration.bootstrap);
  if (!command.ok) return command;
  const { workingDirectory } = configuration;
  // Else the start would fail with "no such file" of the wrong thing.
  if (!isUsableDirectory(workingDirectory)) return { ok: false, failure: workingDirectoryFailure(workingDirectory) };
  try {
    const process = await launcher.launch({
      argv: command.argv,
      variables: { ...configuration.variables, AWS_LAMBDA_RUNTIME_API: runtimeApiAddress },
      workingDirectory,
    });
    return { ok: true, process };
  } catch (error) {
    return { ok: false, failure: spawnFailure(command.argv[0] ?? '', errorReason(error)) };
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

function isUsableDirectory(path: string): boolean {
  try {
    return isAbsolute(path) && statSync(path).isDirectory();
  } catch {
    return false;
  }
}
