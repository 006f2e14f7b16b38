/** From a configuration to a running runtime process, or to the failure that the invoker is told. Never rejects. */
import { statSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import type { EnvironmentConfiguration } from '../environment-contract.ts';
import { noBootstrapFailure, spawnFailure, workingDirectoryFailure } from '../failures.ts';
import type { Failure } from '../failures.ts';
import { LOG_FRAMES_VARIABLE } from '../protocol/environment-variables.ts';
import { serverVariables } from '../server-variables.ts';
import { findBootstrap, programProblem } from './bootstrap-lookup.ts';
import { errorReason } from './error-reason.ts';
import { LOG_FRAMES_DESCRIPTOR } from './launcher.ts';
import type { Launcher, RunningProcess } from './launcher.ts';

export type RuntimeStart = { ok: true; process: RunningProcess } | { ok: false; failure: Failure };

export async function startRuntime(
  launcher: Launcher,
  configuration: EnvironmentConfiguration,
  runtimeApiAddress: string,
): Promise<RuntimeStart> {
  const command = bootstrapCommand(configuration);
  if (!command.ok) return command;
  const { workingDirectory, hasLogFrames = false } = configuration;
  // Else the start would fail with "no such file" of the wrong thing.
  if (!isUsableDirectory(workingDirectory)) return { ok: false, failure: workingDirectoryFailure(workingDirectory) };
  try {
    const process = await launcher.launch({
      argv: command.argv,
      variables: {
        ...configuration.variables,
        ...serverVariables(configuration, runtimeApiAddress),
        ...(hasLogFrames ? { [LOG_FRAMES_VARIABLE]: String(LOG_FRAMES_DESCRIPTOR) } : {}),
      },
      workingDirectory,
      ...(hasLogFrames ? { hasLogFrames } : {}),
    });
    return { ok: true, process };
  } catch (error) {
    return { ok: false, failure: spawnFailure(command.argv[0] ?? '', errorReason(error)) };
  }
}

type Command = { ok: true; argv: readonly string[] } | { ok: false; failure: Failure };

function bootstrapCommand({ bootstrap, workingDirectory }: EnvironmentConfiguration): Command {
  if (bootstrap.kind === 'command') return givenCommand(bootstrap.argv, workingDirectory);
  const lookup = findBootstrap(bootstrap.paths);
  if (lookup.found) return { ok: true, argv: [lookup.path] };
  const failure = lookup.kind === 'absent' ? noBootstrapFailure(bootstrap.paths) : spawnFailure(lookup.path, lookup.reason);
  return { ok: false, failure };
}

/** Looked at first, because starting by name hands a file of unknown format to a shell, which is not what the kernel would do. */
function givenCommand(argv: readonly string[], workingDirectory: string): Command {
  const [program = ''] = argv;
  const problem = program.includes('/') ? programProblem(resolve(workingDirectory, program)) : undefined;
  return problem === undefined ? { ok: true, argv } : { ok: false, failure: spawnFailure(program, problem) };
}

function isUsableDirectory(path: string): boolean {
  try {
    return isAbsolute(path) && statSync(path).isDirectory();
  } catch {
    return false;
  }
}
