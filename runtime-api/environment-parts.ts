/** What an environment works with; its two entry points fill this in. */
import type { Clock } from '../foundation/clock.ts';
import type { EnvironmentListener } from './environment-contract.ts';
import type { RuntimeApiServer } from './runtime-api-server.ts';
import type { Launcher } from './supervisor/launcher.ts';
import type { OutputControl } from './supervisor/output-router.ts';

export type EnvironmentParts = {
  clock: Clock;
  server: RuntimeApiServer;
  /** `host:port` as the runtime is told. */
  runtimeApiAddress: string;
  launcher: Launcher;
  /** Reports everything that has been printed so far. */
  drainLogs(): void;
  /** A line of the server's own, behind what has been printed so far. */
  print(line: string): void;
  listener: EnvironmentListener;
  /** Absent where nobody has a use for lines. */
  output?: OutputControl;
};

/** Behind what has been printed so far; an empty line is none. */
export function printLine(parts: EnvironmentParts, line: string): void {
  if (line === '') return;
  parts.drainLogs();
  parts.print(line);
}
