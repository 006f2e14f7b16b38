/**
 * Signals that ask a long-running verb to end. The first one lets it clean up; another one ends the process at once.
 *
 * Started through the launcher on an older Node, a Ctrl-C arrives twice: from the terminal and passed on by the
 * launcher. Two that come almost together are therefore one. When the launcher itself is killed its channel closes,
 * which counts as a signal too: nobody would be left to pass one on.
 */

import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Shorter than a person presses twice, longer than passing a signal on takes on a busy machine. */
const SAME_INTERRUPT_MS = 300;

export type InterruptWatch = {
  /** Ends the process with this code, 128 + the signal's number. */
  end(code: number): void;
  /** The process to listen to; tests give a stand-in. */
  source?: { on(event: string, listener: () => void): unknown; channel?: { unref?(): void } | null | undefined };
  monotonicMs?: () => number;
};

export function watchInterrupts(watch: InterruptWatch): AbortSignal {
  const source = watch.source ?? process;
  const monotonicMs = watch.monotonicMs ?? (() => performance.now());
  const controller = new AbortController();
  let firstAtMs = 0;
  for (const name of SIGNALS) {
    source.on(name, () => {
      if (!controller.signal.aborted) {
        firstAtMs = monotonicMs();
        controller.abort(name);
      } else if (monotonicMs() - firstAtMs > SAME_INTERRUPT_MS) {
        watch.end(128 + constants.signals[name]);
      }
    });
  }
  if (source.channel !== undefined && source.channel !== null) {
    source.on('disconnect', () => controller.abort('SIGHUP'));
    source.channel.unref?.();
  }
  return controller.signal;
}
