/** What one worker's namespace backend holds for all its sandboxes, and how it is opened and given back. */
import { randomBytes, randomUUID } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Architecture } from './backend.ts';
import { detectCgroupLayout, type CgroupLayout } from './cgroup/cgroup-layout.ts';
import { openWorkerGroups, type WorkerGroups } from './cgroup/worker-groups.ts';
import { MASKED_PROC_FILES } from './launch/bubblewrap-arguments.ts';
import { OUTER_UID_BLOCK, OUTER_UID_BLOCKS, OUTER_UID_FIRST } from './limits.ts';
import { MountNamespace } from './mounts/mount-namespace.ts';
import { TmpImages } from './mounts/tmp-image.ts';
import { filterProgram } from './seccomp/filter-program.ts';
import type { ToolPaths } from './tools.ts';
import { isNameOfDeadWorker, newWorkerId } from './worker-id.ts';

export type NamespaceHost = {
  isPrivileged: boolean;
  tools: ToolPaths;
  layout: CgroupLayout;
  groups: WorkerGroups;
  mounts: MountNamespace;
  images: TmpImages;
  /** Scratch on disk, removed with the host. */
  workDir: string;
  /** Set by the probe: /tmp is a disk image, not a tmpfs. */
  hasDiskImages: boolean;
  maskedProcFiles: readonly string[];
  /** Path of the system-call filter, as this process sees it. */
  seccompPath(architecture: Architecture): string;
  nextOuterUid(): number | undefined;
  /** Shows up inside, in mountinfo and cgroup paths, so it tells nothing. */
  nextSandboxId(): string;
  makeBox(id: string): void;
  close(): Promise<string[]>;
};

const MOUNT_FOLDER_PREFIX = 'rik-';

export async function openNamespaceHost(options: { stateDir: string; tools: ToolPaths; isPrivileged: boolean }): Promise<NamespaceHost> {
  const { isPrivileged, tools } = options;
  const workerId = newWorkerId();
  const isolationDir = join(options.stateDir, 'isolation');
  mkdirSync(isolationDir, { recursive: true, mode: 0o711 });
  // Root mounts where every user may pass; whatever the rights of the state folder's parents are.
  const mountParent = isPrivileged && existsSync('/run') ? '/run' : isolationDir;
  removeDeadFolders({ isolationDir, mountParent });
  const workDir = join(isolationDir, workerId);
  const rootDir = join(mountParent, `${MOUNT_FOLDER_PREFIX}${workerId}`);
  mkdirSync(workDir, { mode: 0o700 });
  mkdirSync(rootDir, { mode: 0o711 });
  chmodSync(rootDir, 0o711);
  const layout = detectCgroupLayout();
  const groups = await openWorkerGroups({ layout, workerId, isPrivileged });
  const giveBack = (): string[] => {
    const left = groups.close();
    rmSync(workDir, { recursive: true, force: true });
    return existsSync(rootDir) && !removeEmpty(rootDir) ? [...left, rootDir] : left;
  };
  const mounts = await MountNamespace.open({ tools, rootDir, imageDir: workDir, workerGroupPaths: groups.folders.map((folder) => folder.path), isPrivileged }).catch((error: unknown) => {
    giveBack();
    throw error;
  });
  const uids = OUTER_UIDS;
  return {
    isPrivileged,
    tools,
    layout,
    groups,
    mounts,
    images: new TmpImages(workDir),
    workDir,
    hasDiskImages: false,
    maskedProcFiles: MASKED_PROC_FILES.filter((name) => existsSync(`/proc/${name}`)),
    seccompPath(architecture) {
      const path = join(workDir, `${architecture}.bpf`);
      if (!existsSync(path)) writeFileSync(path, filterProgram(architecture), { mode: 0o400 });
      return path;
    },
    nextOuterUid: () => (isPrivileged ? uids.next().value : undefined),
    nextSandboxId: () => randomBytes(8).toString('hex'),
    makeBox(id) {
      const box = join(mounts.hostView, 'box', id);
      for (const folder of [box, join(box, 'tmp'), join(box, 'task'), join(box, 'opt')]) {
        mkdirSync(folder);
        chmodSync(folder, 0o755);
      }
      writeFileSync(join(box, 'boot_id'), `${randomUUID()}\n`, { mode: 0o444 });
    },
    async close() {
      await mounts.close();
      // The helper removed all that already, unless somebody killed it.
      return giveBack();
    },
  };
}

/** A block of user ids per worker process, used in turn: two live workers share one only if their pids are equal modulo 2^18. */
function* outerUids(): Generator<number, never> {
  const first = OUTER_UID_FIRST + (process.pid % OUTER_UID_BLOCKS) * OUTER_UID_BLOCK;
  for (let index = 0; ; index = (index + 1) % OUTER_UID_BLOCK) yield first + index;
}

/** One sequence for all backends of this process. */
const OUTER_UIDS = outerUids();

function removeDeadFolders(folders: { isolationDir: string; mountParent: string }): void {
  for (const name of readdirSync(folders.isolationDir)) {
    if (isNameOfDeadWorker(name)) rmSync(join(folders.isolationDir, name), { recursive: true, force: true });
  }
  for (const name of readdirSync(folders.mountParent)) {
    if (name.startsWith(MOUNT_FOLDER_PREFIX) && isNameOfDeadWorker(name.slice(MOUNT_FOLDER_PREFIX.length))) removeEmpty(join(folders.mountParent, name));
  }
}

function removeEmpty(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch {
    return false;
  }
}
