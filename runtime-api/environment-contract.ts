/** What an environment is told and what it tells, neutral between the sandbox's channel and the emulator's front door. */
import type { Logging } from './log-format.ts';
import type { CompletionStatus, InvocationAnswer } from './protocol/invocation.ts';

/** Whose answers: Lambda's own, or those of the classic emulator where the two differ. */
export type ServerProfile = 'aws' | 'rie';

/** How an environment comes to be. Source: AWS guide "Using Lambda environment variables". */
export const INITIALIZATION_TYPES = ['on-demand', 'provisioned-concurrency', 'snap-start', 'lambda-managed-instances'] as const;
export type InitializationType = (typeof INITIALIZATION_TYPES)[number];

export type EnvironmentConfiguration = {
  /** Where the bootstrap is looked for, or the command line that stands for it. */
  bootstrap: { kind: 'lookup'; paths: readonly string[] } | { kind: 'command'; argv: readonly string[] };
  /** The runtime's complete start environment, without what only the server knows (server-variables.ts). */
  variables: Readonly<Record<string, string>>;
  workingDirectory: string;
  /** The folder that stands for /opt, whose `extensions` are started; absent: there are none. */
  layersRoot?: string;
  /** For extensions that ask; absent: not known. */
  accountId?: string;
  functionTimeoutMs: number;
  initTimeoutMs: number;
  /** Absent: `on-demand`. With `snap-start` the Runtime API has the calls of a restore. */
  initializationType?: InitializationType | undefined;
  /**
   * Invocations that the runtime may have at the same time, in an environment made for several (managed instances). Absent: one, in the
   * classic life cycle.
   */
  maxConcurrency?: number | undefined;
  /** Handed out by the Runtime API, as with SnapStart; absent: they are among the variables. */
  credentials?: Credentials | undefined;
  /** Absent: `aws`. */
  profile?: ServerProfile;
  /** Absent: text. */
  logging?: Logging | undefined;
  /** The runtime is offered a descriptor for framed messages. */
  hasLogFrames?: boolean | undefined;
  /** Of a managed runtime. */
  runtimeVersion?: { name: string; arn: string } | undefined;
  /** How fast a streamed response may be; absent: as fast as the invoker takes it. */
  streamPacing?: StreamPacing | undefined;
};

/** `authorizationToken` is what a process has to show to get the others. */
export type Credentials = { authorizationToken: string; accessKeyId: string; secretAccessKey: string; sessionToken: string };

export type StreamPacing = { burstBytes: number; bytesPerSecond: number };

export type InitReport = {
  /** `invoke` for an initialisation repeated inside an invocation. */
  phase: 'init' | 'invoke';
  status: CompletionStatus;
  errorType?: string | undefined;
  durationMs: number;
};

/** From the answer to the runtime's `restore/next` to its `next`, or to the failure. */
export type RestoreReport = { status: CompletionStatus; errorType?: string | undefined; durationMs: number };

export type Completion = {
  requestId: string;
  status: CompletionStatus;
  errorType?: string | undefined;
  /** From taking up the invocation to the runtime's next `next`, or to the failure. */
  durationMs: number;
  /** With the first invocation after a successful initialisation only. */
  initDurationMs?: number | undefined;
  /** With the invocation that restored the environment only. */
  restoreDurationMs?: number | undefined;
};

export type EnvironmentListener = {
  initReported(report: InitReport): void;
  restoreReported?(report: RestoreReport): void;
  /** The moment of the START line. */
  invocationStarted(requestId: string): void;
  /** There are extensions: the environment's end takes its time and should be asked for. At least once per life of its processes. */
  extensionsFound?(): void;
  /** The processes are about to be killed: what is to be measured of them is measured now. */
  processesEnding?(): void;
  /**
   * A streamed response begins, of an invocation whose invoker asked for one; `answered` ends it. Without this member, and for all other
   * invocations, responses are collected.
   */
  streamBegun?(stream: { requestId: string; contentType: string | undefined; resume(): void }): void;
  /** The next bytes of it; false: no more until `resume` is called, which must not happen inside this call. */
  streamed?(piece: Buffer, requestId: string): boolean;
  /** Once per invocation: what the invoker gets. */
  answered(answer: InvocationAnswer): void;
  /**
   * The running invocation has failed and its environment is about to end: who can say now what it used tells `Environment.reported`, so
   * that extensions hear of it before they are ended. `completed` follows all the same.
   */
  figuresWanted?(completion: Completion): void;
  /** Once per invocation, after `answered` and after all its log output: the environment is free again. */
  completed(completion: Completion): void;
};
