/**
 * Closes what the worker's own starter left open. Node.js marks inherited descriptors up to 15, and further ones only up to the
 * first gap, to be closed in its children (libuv: uv_disable_stdio_inheritance); the others it passes on, and a sandbox
 * would hold a pipe or file of whoever started the worker.
 */
import { closeSync, readdirSync, readFileSync } from 'node:fs';

/** O_CLOEXEC as /proc/self/fdinfo shows it, octal (proc_pid_fdinfo(5)). */
const CLOSE_ON_EXEC = 0o2000000;
const LAST_STANDARD_DESCRIPTOR = 2;

/** To be called once when the worker starts, before anything is opened. `keep` names descriptors handed over on purpose. */
export function closeInheritedDescriptors(options: { keep?: readonly number[] } = {}): number[] {
  if (process.platform !== 'linux') return [];
  const closed: number[] = [];
  for (const name of readdirSync('/proc/self/fd')) {
    const descriptor = Number(name);
    if (descriptor <= LAST_STANDARD_DESCRIPTOR || options.keep?.includes(descriptor) === true || !isInheritable(descriptor)) continue;
    try {
      closeSync(descriptor);
      closed.push(descriptor);
    } catch {
      // The folder's own descriptor, gone since the listing.
    }
  }
  return closed;
}

function isInheritable(descriptor: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
  } catch {
    return false;
  }
}
