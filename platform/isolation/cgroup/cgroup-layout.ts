/**
 * Which cgroup hierarchies this machine has and which of them serves what. `v2` carries a controller only when it is
 * listed in `cgroup.controllers`; in a hybrid layout the empty v2 half still freezes and kills, so limits are taken
 * from v1 and freeze and kill from v2 (Linux Documentation/admin-guide/cgroup-v2.rst; isolation.md §5.1).
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const CONTROLLERS = ['memory', 'cpu', 'cpuacct', 'pids', 'freezer'] as const;
export type Controller = (typeof CONTROLLERS)[number];

/** `path` is the folder in which groups of this worker are made. */
export type Hierarchy = { version: 1 | 2; mountPoint: string; ownPath: string; controllers: Controller[] };
export type CgroupLayout = { kind: 'v1' | 'v2' | 'hybrid' | 'none'; hierarchies: Hierarchy[] };

export function detectCgroupLayout(): CgroupLayout {
  return parseCgroupLayout({
    mountInfo: readFileSync('/proc/self/mountinfo', 'utf8'),
    ownGroups: readFileSync('/proc/self/cgroup', 'utf8'),
    readControllers: (mountPoint) => readOr(join(mountPoint, 'cgroup.controllers'), ''),
  });
}

export function parseCgroupLayout(source: { mountInfo: string; ownGroups: string; readControllers: (mountPoint: string) => string }): CgroupLayout {
  const hierarchies: Hierarchy[] = [];
  const taken = new Set<Controller>();
  const mounts = source.mountInfo.split('\n').flatMap(parseMountLine);
  const v2 = mounts.find((mount) => mount.type === 'cgroup2');
  if (v2 !== undefined) {
    const offered = source.readControllers(v2.mountPoint).trim().split(/\s+/);
    const controllers = CONTROLLERS.filter((name) => offered.includes(name));
    // The v2 `cpu` controller also counts; it has no separate cpuacct.
    for (const name of controllers.includes('cpu') ? [...controllers, 'cpuacct' as const] : controllers) taken.add(name);
    hierarchies.push({ version: 2, mountPoint: v2.mountPoint, ownPath: ownPathOf(v2, source.ownGroups, ''), controllers });
  }
  for (const mount of mounts) {
    if (mount.type !== 'cgroup') continue;
    const controllers = CONTROLLERS.filter((name) => mount.options.includes(name) && !taken.has(name));
    const [first] = controllers;
    if (first === undefined) continue;
    for (const name of controllers) taken.add(name);
    hierarchies.push({ version: 1, mountPoint: mount.mountPoint, ownPath: ownPathOf(mount, source.ownGroups, first), controllers });
  }
  const hasV1 = hierarchies.some((hierarchy) => hierarchy.version === 1);
  const kind = v2 === undefined ? (hasV1 ? 'v1' : 'none') : hasV1 ? 'hybrid' : 'v2';
  return { kind, hierarchies };
}

type CgroupMount = { mountPoint: string; root: string; type: string; options: string[] };

/** `id parent major:minor root mountpoint options [optional…] - type source superOptions` (proc_pid_mountinfo(5)). */
function parseMountLine(line: string): CgroupMount[] {
  const [before, after] = line.split(' - ');
  const [, , , root, mountPoint] = (before ?? '').split(' ');
  const [type, , options] = (after ?? '').split(' ');
  if (root === undefined || mountPoint === undefined || type === undefined || !type.startsWith('cgroup')) return [];
  return [{ root: unescapeOctal(root), mountPoint: unescapeOctal(mountPoint), type, options: (options ?? '').split(',') }];
}

/** In a container without cgroup namespace the mount shows a part only, while /proc/self/cgroup names the whole path. */
function ownPathOf(mount: CgroupMount, ownGroups: string, controller: string): string {
  for (const line of ownGroups.split('\n')) {
    const [, names, ...rest] = line.split(':');
    if (names === undefined || rest.length === 0) continue;
    if (controller === '' ? names !== '' : !names.split(',').includes(controller)) continue;
    const path = rest.join(':');
    const inside = mount.root !== '/' && path.startsWith(mount.root) ? path.slice(mount.root.length) : path;
    // A path that leads out (`/../x`) is what a cgroup namespace shows for a group above its root.
    return inside.split('/').includes('..') ? '/' : inside === '' ? '/' : inside;
  }
  return '/';
}

function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return otherwise;
  }
}
