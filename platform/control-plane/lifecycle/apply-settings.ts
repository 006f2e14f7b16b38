/** From what a caller asked for to the settings of a generation: defaults on creation, whole-value replacement on update. */
import {
  FUNCTION_MEMORY_MIB_MIN,
  FUNCTION_TIMEOUT_SECONDS_DEFAULT,
  TMP_MIB_DEFAULT,
} from '../../../runtime-api/protocol/limits.ts';
import type { LoggingInput, SettingsInput } from '../input/settings-input.ts';
import type { FunctionSettings, LoggingSettings } from '../store/records.ts';

export type Architecture = FunctionSettings['architecture'];

/** The members that a zip function cannot do without. */
export type Essentials = {
  functionName: string;
  runtime: string;
  handler: string;
  role: string;
  architecture: Architecture;
  runtimeVersionArn: string | undefined;
};

/** Source of the defaults: API reference, CreateFunction; recorded answers. */
export function initialSettings(essentials: Essentials, input: SettingsInput): FunctionSettings {
  const { functionName, runtimeVersionArn, ...rest } = essentials;
  const defaults: FunctionSettings = {
    ...rest,
    ...(runtimeVersionArn === undefined ? {} : { runtimeVersionArn }),
    description: '',
    timeoutSeconds: FUNCTION_TIMEOUT_SECONDS_DEFAULT,
    memoryMiB: FUNCTION_MEMORY_MIB_MIN,
    ephemeralStorageMiB: TMP_MIB_DEFAULT,
    tracingMode: 'PassThrough',
    snapStartApplyOn: 'None',
    logging: { format: 'Text', group: `/aws/lambda/${functionName}` },
  };
  return updatedSettings(defaults, input);
}

/** An absent member leaves the old value; a present one replaces it whole, except logging, which merges by field. */
export function updatedSettings(old: FunctionSettings, input: SettingsInput): FunctionSettings {
  const { deadLetterTargetArn: oldTarget, ...kept } = old;
  const target = input.deadLetterTargetArn ?? oldTarget;
  return {
    ...kept,
    runtime: input.runtime ?? old.runtime,
    handler: input.handler ?? old.handler,
    role: input.role ?? old.role,
    description: input.description ?? old.description,
    timeoutSeconds: input.timeoutSeconds ?? old.timeoutSeconds,
    memoryMiB: input.memoryMiB ?? old.memoryMiB,
    ephemeralStorageMiB: input.ephemeralStorageMiB ?? old.ephemeralStorageMiB,
    tracingMode: input.tracingMode === undefined ? old.tracingMode : input.tracingMode === 'Active' ? 'Active' : 'PassThrough',
    snapStartApplyOn:
      input.snapStartApplyOn === undefined
        ? old.snapStartApplyOn
        : input.snapStartApplyOn === 'PublishedVersions'
          ? 'PublishedVersions'
          : 'None',
    logging: input.logging === undefined ? old.logging : mergedLogging(old.logging, input.logging),
    // An empty target clears it.
    ...(target === undefined || target === '' ? {} : { deadLetterTargetArn: target }),
    ...(input.environment === undefined ? {} : { environment: [...input.environment] }),
    ...(input.vpc === undefined ? {} : { vpcDetached: true as const }),
  };
}

/** Switching to JSON brings levels, INFO unless given; switching back to Text drops them. Source: recorded. */
function mergedLogging(old: LoggingSettings, input: LoggingInput): LoggingSettings {
  const format = input.format === undefined ? old.format : input.format === 'JSON' ? 'JSON' : 'Text';
  const group = input.group ?? old.group;
  if (format === 'Text') return { format, group };
  return {
    format,
    group,
    applicationLevel: input.applicationLevel ?? old.applicationLevel ?? 'INFO',
    systemLevel: input.systemLevel ?? old.systemLevel ?? 'INFO',
  };
}
