/** The processes of the external extensions: started together, watched until somebody ends them. What an end means is decided elsewhere. */
import type { ServerProfile } from '../environment-contract.ts';
import type { ExitReport } from '../protocol/invocation.ts';
import { programProblem } from '../supervisor/bootstrap-lookup.ts';
import { errorReason } from '../supervisor/error-reason.ts';
import type { Launcher, RunningProcess } from '../supervisor/launcher.ts';
import { extensionVariables } from './extension-variables.ts';

/** Unknown on AWS; the emulator's own folder in RIE, which is no place to be relied on. */
const WORKING_DIRECTORY = '/';

export type ExtensionProcessesOptions = {
  launcher: Launcher;
  files: readonly { name: string; path: string }[];
  /** The runtime's, with the address of the Runtime API. */
  runtimeVariables: Readonly<Record<string, string>>;
  profile: ServerProfile;
  listener: {
    launchFailed(name: string, path: string, reason: string): void;
    exited(name: string, exit: ExitReport): void;
  };
};

export class ExtensionProcesses {
  readonly #options: ExtensionProcessesOptions;
  readonly #running = new Map<string, RunningProcess>();
  #isEnding = false;

  constructor(options: ExtensionProcessesOptions) {
    this.#options = options;
  }

  start(): void {
    for (const file of this.#options.files) void this.#launch(file);
  }

  /** Those that still run. */
  get running(): ReadonlyMap<string, RunningProcess> {
    return this.#running;
  }

  /** From here on nobody is told of an end, and what is still on its way up is killed when it arrives. */
  beginEnding(): void {
    this.#isEnding = true;
  }

  async #launch({ name, path }: { name: string; path: string }): Promise<void> {
    const { launcher, runtimeVariables, profile, listener } = this.#options;
    const problem = programProblem(path);
    if (problem !== undefined) return listener.launchFailed(name, path, problem);
    let process: RunningProcess;
    try {
      process = await launcher.launch({ argv: [path], variables: extensionVariables(runtimeVariables, profile), workingDirectory: WORKING_DIRECTORY, output: 'extension' });
    } catch (error) {
      if (!this.#isEnding) listener.launchFailed(name, path, errorReason(error));
      return;
    }
    if (this.#isEnding) return process.kill();
    this.#running.set(name, process);
    const exit = await process.exited;
    this.#running.delete(name);
    // What the process sent before it ended may be in a socket still: it is read before the end counts.
    setImmediate(() => {
      if (!this.#isEnding) listener.exited(name, exit);
    });
  }
}
