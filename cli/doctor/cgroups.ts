/**
 * The layout of control groups and whether the controllers for limits can be used: by making a group, not by reading.
 * Layouts: cgroups(7); on hybrid ones, limits go through version 1.
 */

import { mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { missing, ok, type Finding, type Host } from './finding.ts';

const CONTROLLERS = ['memory', 'cpu', 'pids'] as const;
type Controller = (typeof CONTROLLERS)[number];

export type CgroupLayout = { kind: 'v1' | 'v2' | 'hybrid' | 'none'; folders: ReadonlyMap<Controller, string> };

export function examineCgroups(host: Host): Finding[] {
  // An ordinary user runs with best-effort limits, so nothing of this stops the main job then.
  const needed = host.isRoot ? 'required' : 'optional';
  const layout = readLayout();
  const layoutFinding = layout.kind === 'none' ? missing('cgroup layout', needed, 'none is mounted', { fix: 'mount -t cgroup2 none /sys/fs/cgroup' }) : ok('cgroup layout', needed, layout.kind);
  return [layoutFinding, ...CONTROLLERS.map((controller) => examineController(controller, layout, needed))];
}

function examineController(controller: Controller, layout: CgroupLayout, needed: Finding['needed']): Finding {
  const name = `cgroup ${controller}`;
  const folder = layout.folders.get(controller);
  if (folder === undefined) return missing(name, needed, 'the controller is in no hierarchy', { fix: 'a kernel with it; on systemd hosts, Delegate=yes for the unit' });
  const group = join(folder, `rik-doctor-${process.pid}`);
  try {
    mkdirSync(group);
    rmdirSync(group);
    return ok(name, needed, `groups can be made in ${folder}`);
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return missing(name, needed, `no group can be made in ${folder} (${reason})`, { fix: 'run as root; without, `rik up --unprivileged` does with best-effort limits' });
  }
}

/** Hierarchies from the mounts, this process's place in them from /proc/self/cgroup where the root is not shown. */
export function readLayout(mountinfo: string = readOrEmpty('/proc/self/mountinfo'), readControllers = readControllersFile): CgroupLayout {
  const folders = new Map<Controller, string>();
  let hasVersion1 = false;
  let version2Folder: string | undefined;
  for (const line of mountinfo.split('\n')) {
    const [mount = '', source = ''] = line.split(' - ');
    const folder = unescapeMountPath(mount.split(' ')[4] ?? '');
    const [type, , options = ''] = source.split(' ');
    if (type === 'cgroup2') version2Folder ??= folder;
    if (type !== 'cgroup') continue;
    hasVersion1 = true;
    for (const option of options.split(',')) {
      const controller = CONTROLLERS.find((known) => known === option);
      if (controller !== undefined && !folders.has(controller)) folders.set(controller, folder);
    }
  }
  if (version2Folder !== undefined) {
    for (const name of readControllers(version2Folder)) {
      const controller = CONTROLLERS.find((known) => known === name);
      if (controller !== undefined) folders.set(controller, version2Folder);
    }
  }
  const kind = version2Folder === undefined ? (hasVersion1 ? 'v1' : 'none') : hasVersion1 ? 'hybrid' : 'v2';
  return { kind, folders };
}

function readControllersFile(folder: string): string[] {
  return readOrEmpty(join(folder, 'cgroup.controllers')).trim().split(' ');
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** proc(5): space, tab, newline and backslash in mount paths are octal. */
function unescapeMountPath(text: string): string {
  return text.replace(/\\(\d{3})/g, (_whole, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
