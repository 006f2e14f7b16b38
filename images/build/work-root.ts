/**
 * A root file system in a work folder, in which the image's own programs make files that belong into the image (byte
 * code, jlink). They run under bubblewrap without a network and see nothing of the machine but that root.
 */
import { createReadStream } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { LayerUnpacker } from '../archive/unpack-layers.ts';
import { runTool } from './run-tool.ts';

/** Unpacks layer archives, lowest first, into a new folder. */
export async function makeWorkRoot(rootPath: string, layerTarPaths: string[]): Promise<void> {
  await mkdir(rootPath, { mode: 0o755 });
  const unpacker = new LayerUnpacker(rootPath);
  for (const tarPath of layerTarPaths) await unpacker.apply(createReadStream(tarPath, { highWaterMark: 1024 * 1024 }));
  unpacker.finish();
}

export type WorkRun = {
  rootPath: string;
  command: string[];
  purpose: string;
  /** Without address randomisation, and on one processor with few switches between threads; see `java-runtime.ts`. */
  isSteady?: boolean;
};

export async function runInWorkRoot(run: WorkRun): Promise<string> {
  const bwrap = [
    '--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-net', '--unshare-cgroup-try',
    '--uid', '0', '--gid', '0', '--die-with-parent', '--new-session', '--cap-drop', 'ALL',
    '--bind', run.rootPath, '/', '--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp', '--chdir', '/',
    '--clearenv', '--setenv', 'PATH', '/usr/bin:/bin', '--setenv', 'LC_ALL', 'C.UTF-8', '--setenv', 'TZ', 'UTC', '--setenv', 'PYTHONHASHSEED', '0',
    '--', ...run.command,
  ];
  if (run.isSteady !== true) return runTool({ tool: 'bwrap', args: bwrap, purpose: run.purpose });
  // What these three set is inherited through bubblewrap. An ordinary user may use them too.
  const steady = ['--addr-no-randomize', 'taskset', '--cpu-list', await firstProcessor(), 'chrt', '--batch', '0'];
  return runTool({ tool: 'setarch', args: [...steady, 'bwrap', ...bwrap], purpose: run.purpose });
}

/** A processor that this process may run on; a container may not have number 0. */
async function firstProcessor(): Promise<string> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  return /^Cpus_allowed_list:\s*(\d+)/m.exec(status)?.[1] ?? '0';
}
