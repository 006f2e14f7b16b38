/** How a case wants the target started. What it leaves out is the catalogue's default function. */

/** What stands in a file of the function's folders: a program that reports to the kit, or fixed text. */
export type PlacedFile = { kind: 'probe'; mode?: number } | { kind: 'text'; text: string; mode?: number } | { kind: 'folder' };

export type Setup = {
  timeoutSeconds?: number;
  memoryMiB?: number;
  handler?: string;
  /** The function's own variables. */
  variables?: Readonly<Record<string, string>>;
  /** `command`: the target is given the bootstrap's path. `lookup`: it looks in the task root and in /opt. */
  bootstrap?: 'command' | 'lookup';
  /** Path below the task root (`task/bootstrap`) or below /opt (`opt/extensions/a`) → what is there. */
  files?: Readonly<Record<string, PlacedFile>>;
  /** Names of extensions that are probes: short for files in opt/extensions. */
  extensions?: readonly string[];
  initializationType?: 'on-demand' | 'provisioned-concurrency' | 'snap-start';
  maxConcurrency?: number;
  logFormat?: 'JSON';
  systemLogLevel?: 'DEBUG' | 'INFO' | 'WARN';
  applicationLogLevel?: 'TRACE' | 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'FATAL';
  /** The target limits the rate of response streams. */
  pacing?: true;
  cors?: true;
  functionUrl?: true;
  /** The case starts the target itself, for cases about starting. */
  startedBy?: 'case';
};

export const DEFAULT_TIMEOUT_SECONDS = 3;
export const DEFAULT_MEMORY_MIB = 128;
export const DEFAULT_HANDLER = 'app.handler';
export const FUNCTION_NAME = 'conformance';

export function probe(mode = 0o755): PlacedFile {
  return { kind: 'probe', mode };
}

export function text(content: string, mode = 0o644): PlacedFile {
  return { kind: 'text', text: content, mode };
}

export const folder: PlacedFile = { kind: 'folder' };

/** Everything that has to be in the function's folders. */
export function filesOf(setup: Setup): ReadonlyMap<string, PlacedFile> {
  const extensions = (setup.extensions ?? []).map((name) => [`opt/extensions/${name}`, probe()] as const);
  return new Map([...Object.entries(setup.files ?? {}), ...extensions]);
}

/** Cases with the same setup could share an instance. */
export function isDefault(setup: Setup | undefined): boolean {
  return setup === undefined || Object.keys(setup).length === 0;
}
