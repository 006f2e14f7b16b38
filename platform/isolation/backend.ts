/**
 * What the worker asks of an isolation backend. One backend per worker; it is never exchanged for a weaker one.
 * The first process of a sandbox is the Runtime API server (design.md §4): spawning, signals and listeners are messages
 * to it over `channel`, and only what the host must enforce itself is here.
 */
import type { Duplex } from 'node:stream';
import type { Capabilities, CapabilityName } from './capabilities.ts';

export type Architecture = 'x86_64' | 'arm64';

export type SandboxRequest = {
  /** Unpacked root tree on the host; holds the folders of `ROOT_FOLDERS` as real folders. */
  rootPath: string;
  /** Digest measured when the root was unpacked; handed back as `Sandbox.rootDigest`. */
  rootDigest: string;
  architecture: Architecture;
  /** Host folder that appears read-only at /var/rapid (`platformFolder`). The `process` backend ignores it. */
  platformDir: string;
  /** Arguments as seen inside, program first. */
  command: string[];
  tmpMiB: number;
  /** Of the first process only; nothing else reaches it. */
  environment: Record<string, string>;
  /** Capabilities without which this request must be refused, beyond those the backend was opened with. */
  needs?: readonly CapabilityName[];
};

export type SandboxLimits = {
  memoryMiB: number;
  /** Processes and threads together. */
  pidsMax: number;
};

/** `layersPath` absent: /opt stays an empty read-only folder. */
export type SandboxContent = { codePath: string; layersPath?: string; limits: SandboxLimits };

/** As the inside sees them; with the `process` backend these are real folders of the host. */
export type SandboxPaths = { task: string; layers: string; tmp: string; control: string };

/** How the first process ended: by itself, by a signal that nobody here sent, or through `kill`, `destroy` or `close`. */
export type SandboxEnd =
  | { cause: 'exited'; exitCode: number }
  | { cause: 'signaled'; signal: string }
  | { cause: 'killed' };

/** Of the function's group, never of the server's. */
export type SandboxStats = {
  /** Highest sample so far (every `stats` call is a sample), without page cache; the limit after an out-of-memory kill. */
  memoryPeakBytes: number;
  memoryCurrentBytes: number;
  cpuNs: number;
  oomKills: number;
  pidsCurrent: number;
  tmpUsedBytes: number;
};

export interface Sandbox {
  readonly id: string;
  /** Connected to file descriptor 3 of the command inside; a socket pair, both directions. */
  readonly channel: Duplex;
  readonly rootDigest: string;
  readonly paths: SandboxPaths;
  /** Settles once and never rejects. */
  readonly died: Promise<SandboxEnd>;
  /** Once in a life: code and layers appear read-only in the running sandbox and the function's limits are in force on return. */
  bind(content: SandboxContent): Promise<void>;
  /**
   * Moves one process (named by its process id inside) with all its threads into the function's group. Also before `bind`, for a
   * process of the platform that waits to become the function's: the group's limits come with `bind`, so it is let go after that.
   */
  admit(innerPid: number): Promise<void>;
  /** The function's group only; the server goes on. Nothing happens where the capability `freeze` is missing. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  stats(): Promise<SandboxStats>;
  /** Every process of the function's group is dead on return; the server and /tmp stay. */
  reset(): Promise<void>;
  /** Everything inside is dead on return, frozen or not. */
  kill(): Promise<void>;
  /** `kill`, then mounts, control groups and files are gone; fails with `isolation/leftover` when something stays. */
  destroy(): Promise<void>;
  /** The last 4 KiB that the launch chain and the server printed on their own stdout and stderr. */
  diagnostics(): string;
}

export interface IsolationBackend {
  readonly kind: 'namespace' | 'process';
  /** Tries each facility by using it once; remembered after the first call. */
  probe(): Promise<Capabilities>;
  prepare(request: SandboxRequest): Promise<Sandbox>;
  /** Destroys every sandbox that is left and gives back what the backend itself holds. */
  close(): Promise<void>;
}
