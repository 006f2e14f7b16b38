/** How the supervisor gets a process going: directly, or through a gate that the worker opens (gate.ts). */
import type { ExitReport } from '../protocol/invocation.ts';
import type { OutputKind } from './output-router.ts';

export type LaunchRequest = {
  argv: readonly string[];
  /** The complete start environment; nothing of the server's own is added. */
  variables: Readonly<Record<string, string>>;
  workingDirectory: string;
  /** Whose its standard output and error are; absent: the function's. */
  output?: OutputKind;
  /** It is given the pipe for framed messages too, as `LOG_FRAMES_DESCRIPTOR`. */
  hasLogFrames?: boolean;
};

/** What the process is told in `_LAMBDA_TELEMETRY_LOG_FD`: the first after the standard ones. */
export const LOG_FRAMES_DESCRIPTOR = 3;

export type RunningProcess = {
  /** Undefined where the process cannot be looked at from here. */
  readonly processId: number | undefined;
  /** Settles when the process itself has ended; its children may live on until `endAll`. */
  readonly exited: Promise<ExitReport>;
  /** SIGTERM to the process and its group: it may end in its own way. */
  terminate(): void;
  /** SIGKILL to the process and to everything that it started, as far as this launcher can reach it. */
  kill(): void;
};

export type Launcher = {
  /** Rejects with an operating-system error when the program could not be started. */
  launch(request: LaunchRequest): Promise<RunningProcess>;
  /** Ends whatever processes are left of the environment; resolves when none is. */
  endAll(): Promise<void>;
};
