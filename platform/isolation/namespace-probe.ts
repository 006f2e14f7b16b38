/**
 * Finds out what this machine lets us do by doing it once: a group with limits, a disk image, and a whole sandbox whose
 * command reports what it sees of itself. No version string decides, except that bubblewrap must know its options.
 */
import { spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { isCodedError, type CodedError } from '../../foundation/coded-error.ts';
import type { Architecture } from './backend.ts';
import type { Capabilities, Capability, CapabilityName } from './capabilities.ts';
import type { Controller } from './cgroup/cgroup-layout.ts';
import { isolationError } from './errors.ts';
import { ROOT_FOLDERS } from './launch/bubblewrap-arguments.ts';
import type { NamespaceHost } from './namespace-host.ts';
import { prepareNamespaceSandbox } from './namespace-sandbox.ts';

const yes = (how: string): Capability => ({ available: true, how });
const no = (how: string): Capability => ({ available: false, how });

export const NOT_BUILT: Pick<Record<CapabilityName, Capability>, 'tmpEncrypted' | 'integrityTree' | 'egress' | 'hardwareIsolation'> = {
  tmpEncrypted: no('/tmp is written in the clear; the file has no name on the disk and is never used again'),
  integrityTree: no('fs-verity is not used; the digest is measured when a root is prepared'),
  egress: no('sandboxes have no network but their own loopback'),
  hardwareIsolation: no('the kernel is shared'),
};

export function nothingAvailable(kind: Capabilities['kind'], how: string, problems: CodedError[], facts: Record<string, string>): Capabilities {
  const missing = no(how);
  return {
    kind,
    problems,
    facts,
    capabilities: {
      processIsolation: missing, distinctUid: missing, readOnlyRoot: missing, systemCallFilter: missing, networkIsolation: missing,
      memoryLimit: missing, cpuLimit: missing, pidsLimit: missing, freeze: missing, killTree: missing, diskQuota: missing, ...NOT_BUILT,
    },
  };
}

export async function probeNamespaceHost(host: NamespaceHost, bubblewrapVersion: string): Promise<Capabilities> {
  const problems: CodedError[] = [];
  const disk = await probeDiskImage(host);
  host.hasDiskImages = disk.available;
  const limits = await probeGroups(host);
  const sandbox = await probeSandbox(host);
  if ('code' in sandbox) problems.push(sandbox);
  const seen = 'code' in sandbox ? undefined : sandbox;
  const inside = (isTrue: boolean | undefined, how: string): Capability => (isTrue === true ? yes(how) : no(seen === undefined ? 'no sandbox could be started' : 'a trial sandbox showed otherwise'));
  return {
    kind: 'namespace',
    problems,
    facts: { kernel: release(), bubblewrap: bubblewrapVersion, cgroups: host.layout.kind, controllers: host.groups.controllers.join(' ') || 'none', user: host.isPrivileged ? 'root' : 'ordinary user' },
    capabilities: {
      processIsolation: inside(seen?.isAlone, 'namespaces by bubblewrap'),
      distinctUid: host.isPrivileged ? inside(seen !== undefined, 'an own user id per sandbox') : no('an ordinary user has one user id; all sandboxes run as it'),
      readOnlyRoot: inside(seen?.isRootReadOnly, 'read-only mounts'),
      systemCallFilter: inside(seen?.isFiltered, 'seccomp filter'),
      networkIsolation: inside(seen?.hasOnlyLoopback, 'own network namespace'),
      ...limits,
      killTree: inside(seen !== undefined, host.groups.folders.length > 0 ? 'control group and process namespace' : 'process namespace'),
      diskQuota: disk,
      ...NOT_BUILT,
    },
  };
}

async function probeDiskImage(host: NamespaceHost): Promise<Capability> {
  if (!host.isPrivileged) return no('an ordinary user cannot mount disk images; /tmp is a size-limited tmpfs that counts as memory');
  const id = host.nextSandboxId();
  try {
    host.makeBox(id);
    await host.mounts.request('disk', await host.images.create(16), id);
    return yes('ext4 on a loop device');
  } catch (error) {
    return no(`/tmp is a size-limited tmpfs that counts as memory (${error instanceof Error ? error.message : String(error)})`);
  } finally {
    await host.mounts.request('drop', id).catch(() => undefined);
  }
}

type GroupCapabilities = Pick<Record<CapabilityName, Capability>, 'memoryLimit' | 'cpuLimit' | 'pidsLimit' | 'freeze'>;

async function probeGroups(host: NamespaceHost): Promise<GroupCapabilities> {
  const whyNot = (name: Controller): string => host.groups.refusals.get(name) ?? host.groups.refusals.get('groups') ?? 'no cgroup hierarchy has it';
  const group = host.groups.group('probe');
  const attempt = (action: () => void, how: string): Capability => {
    try {
      action();
      return yes(how);
    } catch (error) {
      return no(error instanceof Error ? error.message : String(error));
    }
  };
  const limit = (name: Controller, action: () => void): Capability => (host.groups.controllers.includes(name) ? attempt(action, `cgroups, ${host.layout.kind}`) : no(`no ${name} controller: ${whyNot(name)}`));
  try {
    group.make();
    return {
      memoryLimit: limit('memory', () => group.limitMemory(64)),
      cpuLimit: limit('cpu', () => group.limitCpu(64)),
      pidsLimit: limit('pids', () => group.limitPids(16)),
      freeze: group.canFreeze ? await probeFreezer(host) : no(`no freezer: ${whyNot('freezer')}`),
    };
  } catch (error) {
    const missing = no(error instanceof Error ? error.message : String(error));
    return { memoryLimit: missing, cpuLimit: missing, pidsLimit: missing, freeze: missing };
  } finally {
    group.remove();
  }
}

async function probeFreezer(host: NamespaceHost): Promise<Capability> {
  const group = host.groups.group('probe-freezer');
  const sleeper = spawn(host.tools.busybox, ['sleep', '60'], { stdio: 'ignore', cwd: '/' });
  const ended = new Promise((resolve) => sleeper.on('exit', resolve).on('error', resolve));
  try {
    group.make();
    await group.add(sleeper.pid ?? 0);
    await group.freeze();
    group.thaw();
    return yes('cgroup freezer');
  } catch (error) {
    return no(error instanceof Error ? error.message : String(error));
  } finally {
    await group.kill().catch(() => undefined);
    sleeper.kill('SIGKILL');
    await ended;
    group.remove();
  }
}

type Seen = { isAlone: boolean; isRootReadOnly: boolean; isFiltered: boolean; hasOnlyLoopback: boolean };

/** Prints to the channel what a process inside sees. */
const LOOK_AROUND = `
bb=/var/rapid/busybox
echo "pid $$"
$bb grep -E '^(Seccomp|NoNewPrivs|CapEff|CapBnd):' /proc/self/status
$bb touch /var/task/x /etc/x 2>/dev/null && echo writable
$bb grep -c : /proc/net/dev
`;

async function probeSandbox(host: NamespaceHost): Promise<Seen | CodedError> {
  try {
    const sandbox = await prepareNamespaceSandbox(host, {
      ...makeProbeRoot(host),
      rootDigest: 'probe',
      architecture: ownArchitecture(),
      command: ['/var/rapid/busybox', 'sh', '-c', `exec >&3\n${LOOK_AROUND}`],
      tmpMiB: 16,
      environment: {},
    });
    try {
      let text = '';
      for await (const chunk of sandbox.channel) text += String(chunk);
      if (text === '') return isolationError('isolation/start-failed', `the trial sandbox said nothing: ${sandbox.diagnostics() || 'no message'}`, { hint: 'busybox must be the static one (Debian, Ubuntu: apt-get install busybox-static)' });
      return parseSeen(text);
    } finally {
      await sandbox.destroy();
    }
  } catch (error) {
    return isCodedError(error) ? error : isolationError('isolation/start-failed', `the trial sandbox failed: ${String(error)}`, { cause: error });
  }
}

function parseSeen(text: string): Seen {
  const has = (pattern: RegExp): boolean => pattern.test(text);
  return {
    isAlone: has(/^pid 2$/m) && has(/^CapEff:\s*0+$/m) && has(/^CapBnd:\s*0+$/m) && has(/^NoNewPrivs:\s*1$/m),
    isRootReadOnly: !has(/^writable$/m),
    isFiltered: has(/^Seccomp:\s*2$/m),
    hasOnlyLoopback: has(/^1$/m),
  };
}

function makeProbeRoot(host: NamespaceHost): { rootPath: string; platformDir: string } {
  const rootPath = join(host.workDir, 'probe-root');
  const platformDir = join(host.workDir, 'probe-platform');
  for (const folder of [...ROOT_FOLDERS.map((name) => join(rootPath, name)), platformDir]) mkdirSync(folder, { recursive: true });
  copyFileSync(host.tools.busybox, join(platformDir, 'busybox'));
  chmodSync(join(platformDir, 'busybox'), 0o755);
  writeFileSync(join(rootPath, 'etc/hostname'), readFileSync('/proc/sys/kernel/ostype'));
  return { rootPath, platformDir };
}

export function ownArchitecture(): Architecture {
  return process.arch === 'arm64' ? 'arm64' : 'x86_64';
}
