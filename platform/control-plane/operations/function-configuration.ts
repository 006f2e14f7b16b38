/**
 * The FunctionConfiguration document. Members and their order follow recorded answers; a member without a value is left
 * out, never null.
 */
import { functionArn, type Identity } from '../identity.ts';
import { wireState } from '../lifecycle/state-machine.ts';
import { LATEST } from '../names/function-reference.ts';
import type { FunctionRecord, FunctionSettings, Generation } from '../store/records.ts';

/** As every operation except ListFunctions shows it. `qualifier` is what the caller addressed. */
export function functionConfiguration(identity: Identity, record: FunctionRecord, qualifier?: string): object {
  return {
    ...listedConfiguration(identity, record, qualifier),
    RuntimeVersionConfig: runtimeVersionConfig(record.current.settings),
    ...wireState(record.state, record.failure),
  };
}

/** As ListFunctions shows it: without states and without the runtime version. */
export function listedConfiguration(identity: Identity, record: FunctionRecord, qualifier?: string): object {
  const { settings, codeSizeBytes } = record.current;
  return {
    Architectures: [settings.architecture],
    CodeSha256: codeSha256(record.current),
    CodeSize: codeSizeBytes,
    ...(settings.deadLetterTargetArn === undefined ? {} : { DeadLetterConfig: { TargetArn: settings.deadLetterTargetArn } }),
    Description: settings.description,
    ...(settings.environment === undefined ? {} : { Environment: { Variables: Object.fromEntries(settings.environment) } }),
    EphemeralStorage: { Size: settings.ephemeralStorageMiB },
    FunctionArn: functionArn(identity, record.functionName, qualifier),
    FunctionName: record.functionName,
    Handler: settings.handler,
    LastModified: lastModified(record.lastModifiedEpochMs),
    LoggingConfig: loggingConfig(settings),
    MemorySize: settings.memoryMiB,
    PackageType: 'Zip',
    RevisionId: record.revisionId,
    Role: settings.role,
    Runtime: settings.runtime,
    SnapStart: { ApplyOn: settings.snapStartApplyOn, OptimizationStatus: 'Off' },
    Timeout: settings.timeoutSeconds,
    TracingConfig: { Mode: settings.tracingMode },
    Version: LATEST,
    ...(settings.vpcDetached ? { VpcConfig: { SubnetIds: [], SecurityGroupIds: [], VpcId: '', Ipv6AllowedForDualStack: false } } : {}),
  };
}

/** Base64 of the digest by which the code store knows the zip. */
export function codeSha256(generation: Pick<Generation, 'codeDigest'>): string {
  return Buffer.from(generation.codeDigest, 'hex').toString('base64');
}

/** `YYYY-MM-DDThh:mm:ss.SSS+0000`: the offset has no colon and is not `Z`. */
function lastModified(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('Z', '+0000');
}

/** The model has an error in place of the ARN for a version that cannot be determined. */
function runtimeVersionConfig(settings: FunctionSettings): object {
  if (settings.runtimeVersionArn !== undefined) return { RuntimeVersionArn: settings.runtimeVersionArn };
  const text = `No image of ${settings.runtime} for ${settings.architecture} is available on this platform`;
  return { Error: { ErrorCode: 'InvalidRuntime', Message: text } };
}

function loggingConfig({ logging }: FunctionSettings): object {
  return {
    ...(logging.applicationLevel === undefined ? {} : { ApplicationLogLevel: logging.applicationLevel }),
    LogFormat: logging.format,
    LogGroup: logging.group,
    ...(logging.systemLevel === undefined ? {} : { SystemLogLevel: logging.systemLevel }),
  };
}
