/**
 * A runtime that somebody starts elsewhere: under a debugger, in a container, from an editor. Nothing is started for it and nothing of it is
 * ended; that it is there shows when it asks for its first invocation. Extensions are started as ever.
 */
import type { Launcher, RunningProcess } from '../supervisor/launcher.ts';

/** Stands where the runtime's command line would. */
export const ATTACHED_COMMAND: readonly string[] = ['attached'];

const NOBODY_KNOWS: Promise<never> = new Promise(() => {
  // Whether a program that is not our child has ended cannot be seen from here.
});

export function attachedLauncher(forExtensions: Launcher): Launcher {
  return {
    async launch(request): Promise<RunningProcess> {
      if (request.argv !== ATTACHED_COMMAND) return forExtensions.launch(request);
      return { processId: undefined, exited: NOBODY_KNOWS, terminate() {}, kill() {} };
    },
    endAll: () => forExtensions.endAll(),
  };
}
