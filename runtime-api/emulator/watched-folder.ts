/** Tells of changes below a folder: once for many that come together, and not of what tools leave there by the way. */
import { opendirSync, watch } from 'node:fs';
import type { Clock } from '../../foundation/clock.ts';

/** Longer than an editor or a compiler takes between two files of one change. */
const SETTLE_MS = 100;
/** Version control, caches that interpreters write when they run, what editors keep beside a file. */
const NOT_CODE = /(?:^|[\\/])(?:\.git|__pycache__|\.cache)(?:[\\/]|$)|~$|\.sw[a-z]$|\.tmp$/;

export type WatchedFolder = { close(): void };

/** Throws when the folder cannot be watched. `name` is that of the last file that changed. */
export function watchFolder(folder: string, clock: Clock, changed: (name: string) => void): WatchedFolder {
  // Watching recursively begins later, where that it cannot be done would be nobody's to hear.
  opendirSync(folder).closeSync();
  let cancel: () => void = () => {};
  const watcher = watch(folder, { recursive: true }, (_, name) => {
    if (name === null || NOT_CODE.test(name)) return;
    cancel();
    cancel = clock.schedule(SETTLE_MS, () => changed(name));
  });
  watcher.on('error', () => {
    // The folder itself has gone: there is nothing more to tell.
  });
  return {
    close() {
      cancel();
      watcher.close();
    },
  };
}
