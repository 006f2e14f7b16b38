/** What a gate is told: the limits, the place, the environment, the program. The only text of ours that a shell reads. */
import { LOG_FRAMES_DESCRIPTOR } from './launcher.ts';
import type { LaunchRequest } from './launcher.ts';

/** Of a gate; see its `stdio`. */
const EXTENSION_OUTPUT_DESCRIPTOR = 4;

/**
 * Soft and hard limits of the function's processes as recorded on AWS: descriptors, processes, locked KiB, core blocks. A limit that
 * is lower already cannot be raised and stays; the shell's word on that is nobody's log.
 */
const LIMITS = ['ulimit -n 1024', 'ulimit -u 742', 'ulimit -l 64', 'ulimit -c 0'].map((command) => `${command} 2>/dev/null`);

/**
 * First goes what the shell itself puts into the environment. Values stand in single quotes, in which a shell sees nothing special but
 * the quote itself. Names have been checked by the platform; one that is no shell name would be a syntax error and is left out.
 */
export function launchScript(request: LaunchRequest): string {
  const lines = [...LIMITS, `cd ${quote(request.workingDirectory)} || exit 126`, 'unset PATH PWD OLDPWD SHLVL'];
  for (const [name, value] of Object.entries(request.variables)) {
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) lines.push(`export ${name}=${quote(value)}`);
  }
  lines.push(`exec ${request.argv.map(quote).join(' ')} ${redirections(request)}`, '');
  return lines.join('\n');
}

/** The gate has every pipe: 1 and 2 the function's output, 3 the frames, 4 the extensions' output. */
function redirections({ output, hasLogFrames }: LaunchRequest): string {
  const frames = hasLogFrames === true ? '' : ` ${LOG_FRAMES_DESCRIPTOR}>&-`;
  const extension = output === 'extension' ? ` >&${EXTENSION_OUTPUT_DESCRIPTOR} 2>&${EXTENSION_OUTPUT_DESCRIPTOR}` : '';
  return `</dev/null${extension}${frames} ${EXTENSION_OUTPUT_DESCRIPTOR}>&-`;
}

/** No argument and no variable can hold a NUL. */
function quote(value: string): string {
  return `'${value.replaceAll('\0', '').replaceAll("'", `'\\''`)}'`;
}
