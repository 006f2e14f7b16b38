/** What a conformance case is: data plus one function. Everything the reports print comes from here, not from the function. */
import type { Setup } from './kit/setup.ts';
import type { Trial } from './kit/trial.ts';

/** `observed` records behaviour that the documents leave open; it never fails. */
export const LEVELS = ['required', 'optional', 'observed'] as const;
export type Level = (typeof LEVELS)[number];

/** AWS's answers, or those of its classic emulator where the two differ. */
export const PROFILES = ['aws', 'rie'] as const;
export type Profile = (typeof PROFILES)[number];

/** What a target can be asked for. A target file names each of these either under `features` or, with the reason, under `lacks`. */
export const FEATURES = {
  'runtime-api': 'serves the Runtime API to a process that it starts, and invocations through a front door',
  folders: 'looks for bootstraps and extensions in folders that the kit can put its own files in',
  'environment-variables': 'starts processes with the documented variables and those of the function',
  'event-invoke': 'takes X-Amz-Invocation-Type: Event',
  'dry-run': 'takes X-Amz-Invocation-Type: DryRun',
  'log-tail': 'takes X-Amz-Log-Type: Tail',
  qualifiers: 'takes a qualifier with the invocation',
  'tenant-id': 'takes X-Amz-Tenant-Id',
  'cognito-identity': 'has a header at its front door for the Cognito identity',
  'suppressed-init': 'ends an initialisation after ten seconds and repeats it inside the invocation',
  'provisioned-init': 'can be told to initialise ahead of any invocation, without the ten-second limit',
  'memory-limit': 'enforces the memory size',
  'platform-log': 'prints START, END and REPORT lines',
  'json-log': 'prints its log as JSON when told to',
  streaming: 'takes response streams from a runtime; with the profile aws it also serves InvokeWithResponseStream',
  'stream-pacing': 'limits the rate of a response stream after the first 6 MiB',
  'function-url': 'has a function URL that reads the HTTP integration prelude',
  extensions: 'starts external extensions and serves the Extensions API',
  'telemetry-api': 'serves the Telemetry API, or refuses it as the emulator does',
  'logs-api': 'serves the Logs API, or refuses it as the emulator does',
  shutdown: 'ends the environment in the documented order when it gets SIGTERM',
  restore: 'serves the restore routes of SnapStart',
  'multi-concurrency': 'runs several invocations in one environment (managed instances)',
  'health-path': 'has a path that says it is up',
  'address-variable': 'takes the address of its front door from an environment variable',
  'log-level-flag': 'takes its log level from a flag and from an environment variable',
  cors: 'answers CORS preflight requests at its front door',
} as const;
export type Feature = keyof typeof FEATURES;

/** What `run` saw, or one description of what it may see. A member that a description leaves out may be anything. */
export type Observation = Readonly<Record<string, unknown>>;

/** Any one row passes. Where the profiles differ in detail each has rows of its own. */
export type Accepts = readonly Observation[] | Readonly<Record<Profile, readonly Observation[]>>;

/** What every case has, whoever is examined. */
export type CaseBase = {
  /** Stable for ever; subject-condition. */
  id: string;
  /** The catalogue's id. */
  ref: string;
  title: string;
  /** Document and section, or repository and file. */
  source: string;
  level: Level;
  /** What a target has to offer for it. */
  needs: readonly string[];
  /** Ids of cases without which this one says nothing. */
  dependsOn?: readonly string[];
  /** How long it may take where that is more than usual. Longer ones are started first. */
  limitSeconds?: number;
  accepts: Accepts;
};

/** A case about a Runtime API server. */
export type ConformanceCase = CaseBase & {
  needs: readonly Feature[];
  /** The only profile that it says something about; absent: both. */
  profile?: Profile;
  /** How the target is started for it. A case without `setup` and `fresh` shares an instance with its likes. */
  setup?: Setup;
  /** Needs an instance in which nothing has happened. */
  fresh?: true;
  run: (trial: Trial) => Promise<Observation>;
};

/** A topic is one file of cases. */
export type Topic<One extends CaseBase = ConformanceCase> = { name: string; cases: readonly One[] };

export function isFeature(text: string): text is Feature {
  return Object.hasOwn(FEATURES, text);
}
