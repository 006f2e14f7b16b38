/** The `namespace` backend: bubblewrap, control groups, a mount helper; for root, and with best-effort limits for an ordinary user. */
import type { CodedError } from '../../foundation/coded-error.ts';
import type { IsolationBackend, Sandbox, SandboxRequest } from './backend.ts';
import { CAPABILITIES, refuseMissing, type Capabilities, type CapabilityName, type Requirement } from './capabilities.ts';
import { isolationError } from './errors.ts';
import { openNamespaceHost, type NamespaceHost } from './namespace-host.ts';
import { nothingAvailable, probeNamespaceHost } from './namespace-probe.ts';
import { prepareNamespaceSandbox, type NamespaceSandbox } from './namespace-sandbox.ts';
import { findTools } from './tools.ts';

export type NamespaceBackendOptions = {
  stateDir: string;
  /** An ordinary user accepts best-effort limits and one user id for all sandboxes. Ignored for root. */
  unprivileged?: boolean;
  /** Changes the rule for single capabilities. */
  requirements?: Partial<Record<CapabilityName, Requirement>>;
};

const ALWAYS_REQUIRED: readonly CapabilityName[] = ['processIsolation', 'readOnlyRoot', 'systemCallFilter', 'networkIsolation', 'killTree'];
/** Best-effort only for an ordinary user who asked for that. */
const ROOT_REQUIRED: readonly CapabilityName[] = ['distinctUid', 'memoryLimit', 'cpuLimit', 'pidsLimit'];

export function openNamespaceBackend(options: NamespaceBackendOptions): IsolationBackend {
  const isRoot = process.getuid?.() === 0;
  const required = requiredCapabilities({ isRoot, requirements: options.requirements ?? {} });
  const sandboxes = new Set<NamespaceSandbox>();
  const preparing = new Set<Promise<Sandbox>>();
  let opened: Promise<{ host?: NamespaceHost; report: Capabilities }> | undefined;
  let closed: Promise<void> | undefined;

  const open = (): Promise<{ host?: NamespaceHost; report: Capabilities }> => {
    opened ??= openAndProbe({ stateDir: options.stateDir, isRoot, isUnprivilegedAllowed: options.unprivileged === true });
    return opened;
  };

  return {
    kind: 'namespace',
    async probe() {
      return (await open()).report;
    },
    async prepare(request: SandboxRequest): Promise<Sandbox> {
      if (closed !== undefined) throw isolationError('isolation/sandbox-gone', 'the backend is closed');
      const prepared = prepare(request);
      preparing.add(prepared);
      return prepared.finally(() => preparing.delete(prepared));
    },
    close() {
      closed ??= close();
      return closed;
    },
  };

  async function close(): Promise<void> {
    if (opened === undefined) return;
    const { host } = await opened;
    await Promise.allSettled(preparing);
    const results = await Promise.allSettled([...sandboxes].map((sandbox) => sandbox.destroy()));
    const left = [...results.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : [])), ...((await host?.close()) ?? [])];
    if (left.length > 0) throw isolationError('isolation/leftover', `${left.length} things are left after the backend was closed`, { detail: { left } });
  }

  async function prepare(request: SandboxRequest): Promise<Sandbox> {
    const { host, report } = await open();
    const [problem] = report.problems;
    if (problem !== undefined || host === undefined) throw problem ?? isolationError('isolation/start-failed', 'the backend could not be opened');
    refuseWithCgroupReason(report, required);
    refuseMissing(report, [...required, ...(request.needs ?? [])]);
    const sandbox = await prepareNamespaceSandbox(host, request);
    sandboxes.add(sandbox);
    const destroy = sandbox.destroy.bind(sandbox);
    sandbox.destroy = async () => destroy().finally(() => sandboxes.delete(sandbox));
    return sandbox;
  }
}

export function requiredCapabilities(options: { isRoot: boolean; requirements: Partial<Record<CapabilityName, Requirement>> }): CapabilityName[] {
  const required = new Set<CapabilityName>([...ALWAYS_REQUIRED, ...(options.isRoot ? ROOT_REQUIRED : [])]);
  for (const [name, requirement] of Object.entries(options.requirements)) {
    if (!isCapability(name)) continue;
    if (requirement === 'required') required.add(name);
    else required.delete(name);
  }
  return [...required];
}

async function openAndProbe(options: { stateDir: string; isRoot: boolean; isUnprivilegedAllowed: boolean }): Promise<{ host?: NamespaceHost; report: Capabilities }> {
  const refuse = (problem: CodedError): { report: Capabilities } => ({ report: nothingAvailable('namespace', problem.message, [problem], {}) });
  if (process.platform !== 'linux') {
    return refuse(isolationError('isolation/not-linux', 'the namespace backend needs Linux', { hint: 'use the process backend (no isolation) with --insecure-no-isolation, or run the worker in a Linux machine' }));
  }
  if (!options.isRoot && !options.isUnprivilegedAllowed) {
    return refuse(isolationError('isolation/not-root', 'the worker must start as root to create per-environment users and control groups; it drops every environment to its own user', { hint: 'start it as root, or with --unprivileged, which makes memory, processor and process limits best-effort' }));
  }
  const tools = findTools();
  if (tools.paths === undefined) return { report: nothingAvailable('namespace', 'a program is missing', tools.problems, {}) };
  let host: NamespaceHost;
  try {
    host = await openNamespaceHost({ stateDir: options.stateDir, tools: tools.paths, isPrivileged: options.isRoot });
  } catch (error) {
    return refuse(options.isRoot ? isolationError('isolation/start-failed', `the mount helper did not start: ${String(error)}`, { cause: error }) : userNamespaceError(error));
  }
  return { host, report: await probeNamespaceHost(host, tools.bubblewrapVersion ?? '0') };
}

function userNamespaceError(cause: unknown): CodedError {
  return isolationError('isolation/no-userns', `unprivileged user namespaces are refused by this kernel (${cause instanceof Error ? cause.message : String(cause)})`, {
    hint: 'check user.max_user_namespaces and the distribution switches (kernel.unprivileged_userns_clone, the AppArmor restriction)',
    cause,
  });
}

/** The general refusal would not say what to do about control groups. */
function refuseWithCgroupReason(report: Capabilities, required: readonly CapabilityName[]): void {
  const limits: readonly CapabilityName[] = ['memoryLimit', 'cpuLimit', 'pidsLimit'];
  const missing = limits.filter((name) => required.includes(name) && !report.capabilities[name].available);
  const [first] = missing;
  if (first === undefined) return;
  throw isolationError('isolation/no-cgroup', `controllers for ${missing.join(', ')} are not available to this worker: ${report.capabilities[first].how}`, { hint: 'on systemd hosts run it with Delegate=yes, in a container with a writable cgroup file system' });
}

function isCapability(name: string): name is CapabilityName {
  return name in CAPABILITY_SET;
}

const CAPABILITY_SET: Record<string, unknown> = CAPABILITIES;
