/** What a case about a runtime is: data plus one function that plays the Runtime API server. */
import type { CaseBase, Observation } from '../case.ts';
import type { RuntimeSetup } from './kit/setup.ts';
import type { RuntimeTrial } from './kit/trial.ts';

/**
 * The handler contract: functions that a target offers under these names, so that cases can ask its runtime for something.
 * `event` is the event as the function's language has it.
 */
export const FUNCTIONS = {
  echo: 'returns the event',
  fail: 'throws (or returns, where that is how errors are made) an error with the message "conformance failure"',
  nothing: 'returns nothing',
  unserialisable: 'returns a value that its runtime cannot turn into a response',
  print: 'writes event.text to standard output as it is, without a line end of its own, and returns nothing',
  trace: 'waits event.waitMs when there is one; returns { environment: the variable _X_AMZN_TRACE_ID or null, context: the trace id as its runtime tells it otherwise, or null }',
  remaining: 'returns { first, second }: the remaining milliseconds, read twice, one second apart',
  context: 'returns { requestId, arn, functionName, functionVersion, memoryMiB, logGroup, logStream } from what its runtime tells it; memoryMiB as a number',
  'client-context': 'returns { custom: the member "custom" of the client context as structured data, or null }',
  tenant: 'returns { tenantId: the tenant id that its runtime tells it, or null }',
  'fail-later': 'starts something beside the handler that fails with "conformance failure" after 100 ms, waits for one second and returns "waited"',
  'fail-or-wait': 'with event.fail: as fail; otherwise waits event.waitMs and returns the event',
  'missing-file': 'a handler string that names a file (class, script, …) that is not there',
  'failing-load': 'a handler string that names a file which fails while it is loaded',
  'no-separator': 'a handler string without the separator that the runtime needs',
  stream: 'streams "A", waits event.waitMs, streams "B"',
  'stream-fail-late': 'streams "A", then fails with "conformance failure"',
  'stream-fail-early': 'a streaming function that fails with "conformance failure" before it has written anything',
  'stream-http': 'with the helper for HTTP: status 201, header "x-conformance: yes", cookie "a=1", body "created"',
  'restore-hooks': 'registers a hook before the snapshot and one after the restore, which print "before-snapshot" and "after-restore"; returns "restored"',
  'before-snapshot-fails': 'registers a hook before the snapshot that fails',
  'after-restore-fails': 'registers a hook after the restore that fails',
  'internal-extension': 'registers an internal extension while it is loaded; returns the event',
  'graceful-shutdown': 'uses the help of its library for a graceful shutdown; returns the event',
} as const;
export type FunctionName = keyof typeof FUNCTIONS;

/** What a runtime can be asked for beside functions. */
export const RUNTIME_FEATURES = {
  process: 'is started by the suite, which can signal it and sees how it ends (not with --no-spawn)',
  'error-stack': 'its language has stack traces, and errors carry them',
  'multi-concurrency': 'takes AWS_LAMBDA_MAX_CONCURRENCY and then asks for several events at once',
  'concurrency-retry': 'with several workers, asks again when next fails',
  'user-agent': 'sends a User-Agent',
} as const;
export type RuntimeFeature = keyof typeof RUNTIME_FEATURES;

/** Families of managed runtimes: targets that load handler code which a case brings. */
export const MANAGED_FEATURES = {
  nodejs: 'loads Node.js handlers from the files of a case',
  'nodejs-n3': 'as the vendor’s client for Node.js up to 22: callbacks, exit codes 128 and 129',
  'nodejs-n4': 'as the vendor’s client for Node.js 24',
  python: 'loads Python handlers from the files of a case',
  java: 'loads Java handlers from the files of a case (javac is needed)',
  'java-serializers': 'uses a CustomPojoSerializer of the function',
  'framed-log': 'writes framed records to _LAMBDA_TELEMETRY_LOG_FD',
  'restore-api': 'offers the hooks of SnapStart to handler code',
  'exec-wrapper': 'starts AWS_LAMBDA_EXEC_WRAPPER',
} as const;
export type ManagedFeature = keyof typeof MANAGED_FEATURES;

export type RuntimeNeed = FunctionName | RuntimeFeature | ManagedFeature;

export type RuntimeCase = CaseBase & {
  needs: readonly RuntimeNeed[];
  setup?: RuntimeSetup;
  run: (trial: RuntimeTrial) => Promise<Observation>;
};

export function isFunctionName(text: string): text is FunctionName {
  return Object.hasOwn(FUNCTIONS, text);
}

export function isRuntimeNeed(text: string): text is RuntimeNeed {
  return isFunctionName(text) || Object.hasOwn(RUNTIME_FEATURES, text) || Object.hasOwn(MANAGED_FEATURES, text);
}
