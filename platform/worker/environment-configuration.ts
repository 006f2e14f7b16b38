/** What a blank environment is told when it becomes a function's: where its bootstrap is looked for, its variables, its times. */
import type { EnvironmentConfiguration, StreamPacing } from '../../runtime-api/index.ts';
import { BOOTSTRAP_PATHS, RUNTIME_DIR, TASK_ROOT } from '../../runtime-api/protocol/environment-variables.ts';
import { INIT_TIMEOUT_MS } from '../../runtime-api/protocol/limits.ts';
import type { Sandbox } from '../isolation/index.ts';
import type { FunctionVersion } from './function-version.ts';
import { runtimeVariables } from './runtime-variables.ts';

export function environmentConfiguration(
  version: FunctionVersion,
  { logStream, paths, streamPacing }: { logStream: string; paths: Sandbox['paths']; streamPacing?: StreamPacing | undefined },
): EnvironmentConfiguration {
  // With a backend that has no mount namespace the well-known places are folders of the host.
  const runtime = paths.task === TASK_ROOT ? RUNTIME_DIR : version.root.clientPath;
  return {
    bootstrap: { kind: 'lookup', paths: BOOTSTRAP_PATHS.map((path) => placed(path, { ...paths, runtime })) },
    variables: runtimeVariables(version, { logStream, places: { task: paths.task, layers: paths.layers, runtime } }),
    workingDirectory: paths.task,
    layersRoot: paths.layers,
    accountId: version.functionArnUnqualified.split(':')[4] ?? '',
    functionTimeoutMs: version.timeoutMs,
    initTimeoutMs: INIT_TIMEOUT_MS,
    logging: version.logging,
    // What consists of the operating system only has no client that would know of it.
    hasLogFrames: version.root.family !== 'provided',
    runtimeVersion: { name: version.root.versionName, arn: version.root.runtimeVersionArn },
    ...(streamPacing === undefined ? {} : { streamPacing }),
  };
}

/** A replacement given as text would have its `$` read as a pattern; host paths may hold one. */
function placed(path: string, places: { task: string; layers: string; runtime: string }): string {
  return path
    .replace(/^\/var\/task/, () => places.task)
    .replace(/^\/opt/, () => places.layers)
    .replace(/^\/var\/runtime/, () => places.runtime);
}
