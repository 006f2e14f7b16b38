/**
 * The part of the cgroup trees that one worker owns: `rik/<worker id>/<sandbox>-server` and `-function`. Root makes it at
 * the top of each hierarchy, as Docker's cgroupfs driver does; an ordinary user inside the group that was delegated.
 * What dead workers left is killed and removed at start; the same is done by the mount helper when its worker dies.
 */
import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isNameOfDeadWorker } from '../worker-id.ts';
import { ControlGroup, type GroupFolder } from './control-group.ts';
import type { CgroupLayout, Controller, Hierarchy } from './cgroup-layout.ts';

const PARENT_FOLDER = 'rik';
/** Where our own processes go so that their old group may hand controllers on (v2: no processes in inner groups). */
const LEAF_FOLDER = 'rik-worker';

export type WorkerGroups = {
  controllers: Controller[];
  /** The worker's folders, one per hierarchy. */
  folders: GroupFolder[];
  /** Why a controller (or, as 'groups', everything) could not be used. */
  refusals: Map<Controller | 'groups', string>;
  group(name: string): ControlGroup;
  /**
   * Moving a process takes a lock whose first taker after a pause waits 5–30 ms for a grace period of the kernel, and
   * whose next takers do not. Called where a move will follow soon, it makes that wait happen beside other work. (The
   * mount option `favordynmods` would remove it, but changes the whole machine.)
   */
  warmUp(): void;
  /** Paths that could not be removed. */
  close(): string[];
};

export async function openWorkerGroups(options: { layout: CgroupLayout; workerId: string; isPrivileged: boolean }): Promise<WorkerGroups> {
  const folders: GroupFolder[] = [];
  const refusals: WorkerGroups['refusals'] = new Map();
  const baseOf = (hierarchy: Hierarchy): string => (options.isPrivileged ? hierarchy.mountPoint : join(hierarchy.mountPoint, hierarchy.ownPath));
  await removeDeadWorkers(options.layout.hierarchies.map((hierarchy) => ({ ...hierarchy, parent: join(baseOf(hierarchy), PARENT_FOLDER) }))).catch((error: unknown) => refusals.set('groups', String(error)));
  for (const hierarchy of options.layout.hierarchies) {
    const base = baseOf(hierarchy);
    try {
      const path = join(base, PARENT_FOLDER, options.workerId);
      makeWorkerFolder(path);
      const controllers = hierarchy.version === 2 ? handDown(hierarchy, base, options.workerId) : hierarchy.controllers;
      folders.push({ version: hierarchy.version, path, controllers });
    } catch (error) {
      const reason = `no groups can be made at ${base} (${error instanceof Error && 'code' in error ? String(error.code) : String(error)})`;
      for (const name of hierarchy.controllers.length === 0 ? (['groups'] as const) : hierarchy.controllers) refusals.set(name, reason);
    }
  }
  // Our own process into the group where it is already: nothing changes, but the lock is taken. All hierarchies share it.
  const [first] = options.layout.hierarchies;
  const ownProcessFile = first === undefined ? '/dev/null' : join(first.mountPoint, first.ownPath, 'cgroup.procs');
  return {
    controllers: folders.flatMap((folder) => [...folder.controllers]),
    folders,
    refusals,
    group: (name) => new ControlGroup(folders.map((folder) => ({ ...folder, path: join(folder.path, name) }))),
    warmUp: () => void writeFile(ownProcessFile, String(process.pid)).catch(() => undefined),
    close: () => folders.flatMap((folder) => removeWorkerFolder(folder.path)),
  };
}

/** Another worker that closes may remove the shared parent between our two steps. */
function makeWorkerFolder(path: string): void {
  for (let attempt = 0; ; attempt += 1) {
    try {
      mkdirSync(path, { recursive: true });
      return;
    } catch (error) {
      if (attempt === 3) throw error;
    }
  }
}

/** Lets the groups of sandboxes have the controllers; returns those that really arrived. */
function handDown(hierarchy: Hierarchy, base: string, workerId: string): Controller[] {
  const wanted = hierarchy.controllers.filter((name) => name !== 'freezer' && name !== 'cpuacct');
  if (wanted.length === 0) return [];
  const order = wanted.map((name) => `+${name}`).join(' ');
  try {
    writeFileSync(join(base, 'cgroup.subtree_control'), order);
  } catch (error) {
    if (!isBusy(error)) throw error;
    moveProcessesToLeaf(base);
    writeFileSync(join(base, 'cgroup.subtree_control'), order);
  }
  writeFileSync(join(base, PARENT_FOLDER, 'cgroup.subtree_control'), order);
  writeFileSync(join(base, PARENT_FOLDER, workerId, 'cgroup.subtree_control'), order);
  return wanted;
}

/** Lawful because the group was delegated to us (or is the root of our own container) with everything in it. */
function moveProcessesToLeaf(base: string): void {
  const leaf = join(base, LEAF_FOLDER);
  mkdirSync(leaf, { recursive: true });
  for (const pid of readFileSync(join(base, 'cgroup.procs'), 'utf8').split('\n')) {
    if (pid !== '') writeFileSync(join(leaf, 'cgroup.procs'), pid);
  }
}

/** A group is killed in all its hierarchies at once: the quota of one can hold up the end that another has ordered. */
async function removeDeadWorkers(hierarchies: readonly (Hierarchy & { parent: string })[]): Promise<void> {
  const dead = new Set(hierarchies.flatMap(({ parent }) => subfolders(parent)).filter(isNameOfDeadWorker));
  for (const worker of dead) {
    const folders = hierarchies.map(({ parent, version, controllers }) => ({ version, controllers, path: join(parent, worker) }));
    const sandboxes = new Set(folders.flatMap(({ path }) => subfolders(path)));
    for (const sandbox of sandboxes) await new ControlGroup(folders.map((folder) => ({ ...folder, path: join(folder.path, sandbox) }))).kill();
    for (const { path } of folders) removeWorkerFolder(path);
  }
}

function removeWorkerFolder(path: string): string[] {
  const left: string[] = [];
  for (const name of subfolders(path)) if (!removeFolder(join(path, name))) left.push(join(path, name));
  if (!removeFolder(path)) left.push(path);
  // Fails, as it should, while another worker has its folder there.
  removeFolder(join(path, '..'));
  return left;
}

function subfolders(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch {
    return [];
  }
}

function removeFolder(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT';
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EBUSY';
}
