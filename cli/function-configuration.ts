/**
 * What the API says about a function, parsed at the door. Names follow the API (model of the Lambda API, 2015-03-31),
 * with our units in them; members that this version does not know are passed over.
 */

export type FunctionConfiguration = {
  functionName: string;
  functionArn: string;
  runtime: string | undefined;
  handler: string | undefined;
  role: string | undefined;
  description: string;
  timeoutSeconds: number | undefined;
  memoryMiB: number | undefined;
  ephemeralStorageMiB: number | undefined;
  architectures: readonly string[];
  environmentVariables: Readonly<Record<string, string>>;
  codeBytes: number | undefined;
  codeSha256: string | undefined;
  version: string | undefined;
  revisionId: string | undefined;
  runtimeVersionArn: string | undefined;
  lastModified: string | undefined;
  state: string | undefined;
  stateReason: string | undefined;
  stateReasonCode: string | undefined;
  lastUpdateStatus: string | undefined;
  lastUpdateStatusReason: string | undefined;
};

/** `undefined` for anything that is not a function's configuration. */
export function parseFunctionConfiguration(answer: unknown): FunctionConfiguration | undefined {
  if (!isRecord(answer)) return undefined;
  const functionName = textOf(answer.FunctionName);
  const functionArn = textOf(answer.FunctionArn);
  if (functionName === undefined || functionArn === undefined) return undefined;
  return {
    functionName,
    functionArn,
    runtime: textOf(answer.Runtime),
    handler: textOf(answer.Handler),
    role: textOf(answer.Role),
    description: textOf(answer.Description) ?? '',
    timeoutSeconds: numberOf(answer.Timeout),
    memoryMiB: numberOf(answer.MemorySize),
    ephemeralStorageMiB: numberOf(recordOf(answer.EphemeralStorage).Size),
    architectures: Array.isArray(answer.Architectures) ? answer.Architectures.map(String) : [],
    environmentVariables: textRecordOf(recordOf(answer.Environment).Variables),
    codeBytes: numberOf(answer.CodeSize),
    codeSha256: textOf(answer.CodeSha256),
    version: textOf(answer.Version),
    revisionId: textOf(answer.RevisionId),
    runtimeVersionArn: textOf(recordOf(answer.RuntimeVersionConfig).RuntimeVersionArn),
    lastModified: textOf(answer.LastModified),
    state: textOf(answer.State),
    stateReason: textOf(answer.StateReason),
    stateReasonCode: textOf(answer.StateReasonCode),
    lastUpdateStatus: textOf(answer.LastUpdateStatus),
    lastUpdateStatusReason: textOf(answer.LastUpdateStatusReason),
  };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function recordOf(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function textRecordOf(value: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(recordOf(value)).flatMap(([name, text]) => (typeof text === 'string' ? [[name, text]] : [])));
}
