/** The one folder below which rik keeps everything: records, images, sockets. */

import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

/** `RIK_HOME` wins; root's state is the machine's, anybody else's is their own (XDG base directory specification 0.8). */
export function stateFolder(environment: Readonly<Record<string, string | undefined>>, userId: number | undefined = process.getuid?.()): string {
  const chosen = environment.RIK_HOME;
  if (chosen !== undefined && chosen !== '') return resolve(chosen);
  if (userId === 0) return '/var/lib/rik';
  const dataHome = environment.XDG_DATA_HOME;
  // The specification has relative values ignored.
  if (dataHome !== undefined && isAbsolute(dataHome)) return join(dataHome, 'rik');
  return join(environment.HOME ?? homedir(), '.local', 'share', 'rik');
}
