/**
 * A root file system in a work folder, in which the image's own programs make files that belong into the image (byte
 * code, jlink). They run under bubblewrap without a network and see nothing of the machine but that root.
 */
import { createReadStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
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
  /** Class data depends on addresses unless the kernel's address randomisation is off (`images-and-layers.md` §14.3). */
  isAddressFixed?: boolean;
};

export async function runInWorkRoot(run: WorkRun): Promise<string> {
  const bwrap = [
    '--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-net', '--unshare-cgroup-try',
    '--uid', '0', '--gid', '0', '--die-with-parent', '--new-session', '--cap-drop', 'ALL',
    '--bind', run.rootPath, '/', '--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp', '--chdir', '/',
    '--clearenv', '--setenv', 'PATH', '/usr/bin:/bin', '--setenv', 'LC_ALL', 'C.UTF-8', '--setenv', 'TZ', 'UTC', '--setenv', 'PYTHONHASHSEED', '0',
    '--', ...run.command,
  ];
  // The personality that setarch sets is inherited through bubblewrap.
  if (run.isAddressFixed === true) return runTool({ tool: 'setarch', args: ['--addr-no-randomize', 'bwrap', ...bwrap], purpose: run.purpose });
  return runTool({ tool: 'bwrap', args: bwrap, purpose: run.purpose });
}
