/**
 * Members that CreateFunction and UpdateFunctionConfiguration have in common: how they are read and which constraints
 * they must meet. Source: service model and the API reference of both operations; texts recorded.
 */
import type { StructureReader } from './structure-reader.ts';
import { MEMORY_MIB_MODEL_MAX } from '../limits.ts';
import {
  FUNCTION_MEMORY_MIB_MIN,
  FUNCTION_TIMEOUT_SECONDS_MAX,
  TMP_MIB_DEFAULT,
  TMP_MIB_MAX,
} from '../../../runtime-api/protocol/limits.ts';
import { lengthAtLeast, lengthAtMost, mustMatch, MUST_NOT_BE_NULL, type Violations } from './violations.ts';

export type SettingsInput = {
  role: string | undefined;
  runtime: string | undefined;
  handler: string | undefined;
  description: string | undefined;
  timeoutSeconds: number | undefined;
  memoryMiB: number | undefined;
  ephemeralStorageMiB: number | undefined;
  environment: Map<string, string> | undefined;
  layers: string[] | undefined;
  vpc: { subnetIds: string[]; securityGroupIds: string[] } | undefined;
  deadLetterTargetArn: string | undefined;
  tracingMode: string | undefined;
  kmsKeyArn: string | undefined;
  fileSystemMountPaths: string[];
  hasImageConfig: boolean;
  snapStartApplyOn: string | undefined;
  logging: LoggingInput | undefined;
};

export type LoggingInput = {
  format: string | undefined;
  group: string | undefined;
  applicationLevel: string | undefined;
  systemLevel: string | undefined;
};

export function readSettings(body: StructureReader): SettingsInput {
  const vpc = body.structure('VpcConfig');
  const logging = body.structure('LoggingConfig');
  const environment = body.structure('Environment');
  const image = body.structure('ImageConfig');
  return {
    role: body.string('Role'),
    runtime: body.string('Runtime'),
    handler: body.string('Handler'),
    description: body.string('Description'),
    timeoutSeconds: body.integer('Timeout'),
    memoryMiB: body.integer('MemorySize'),
    ephemeralStorageMiB: body.structure('EphemeralStorage')?.integer('Size'),
    environment: environment && (environment.stringMap('Variables') ?? new Map()),
    layers: body.stringList('Layers'),
    vpc: vpc && { subnetIds: vpc.stringList('SubnetIds') ?? [], securityGroupIds: vpc.stringList('SecurityGroupIds') ?? [] },
    deadLetterTargetArn: body.structure('DeadLetterConfig')?.string('TargetArn'),
    tracingMode: body.structure('TracingConfig')?.string('Mode'),
    kmsKeyArn: body.string('KMSKeyArn'),
    fileSystemMountPaths: (body.structureList('FileSystemConfigs') ?? []).map((entry) => entry.string('LocalMountPath') ?? ''),
    hasImageConfig: image !== undefined && ['EntryPoint', 'Command', 'WorkingDirectory'].some((name) => image.has(name)),
    snapStartApplyOn: body.structure('SnapStart')?.string('ApplyOn'),
    logging: logging && {
      format: logging.string('LogFormat'),
      group: logging.string('LogGroup'),
      applicationLevel: logging.string('ApplicationLogLevel'),
      systemLevel: logging.string('SystemLogLevel'),
    },
  };
}

export const ROLE_PATTERN = 'arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+';
const ARN_OR_EMPTY_PATTERN = '(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()';
const VARIABLE_NAME_PATTERN = '[a-zA-Z]([a-zA-Z0-9_])+';
const LAYER_VERSION_ARN_PATTERN =
  '(arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)' +
  '|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+)';

/** `mode`: on creation the role is required; on update every member may be absent. */
export function checkSettings(violations: Violations, input: SettingsInput, mode: 'create' | 'update'): void {
  violations.string('role', input.role, { pattern: ROLE_PATTERN, ...(mode === 'create' ? { required: true } : {}) });
  violations.string('handler', input.handler, { max: 128, pattern: '[^\\s]+' });
  violations.string('description', input.description, { max: 256 });
  violations.integer('timeout', input.timeoutSeconds, { min: 1, max: FUNCTION_TIMEOUT_SECONDS_MAX });
  // A function on demand has a smaller maximum than the model; see `settings-rules.ts`.
  violations.integer('memorySize', input.memoryMiB, { min: FUNCTION_MEMORY_MIB_MIN, max: MEMORY_MIB_MODEL_MAX });
  violations.integer('ephemeralStorage.size', input.ephemeralStorageMiB, { min: TMP_MIB_DEFAULT, max: TMP_MIB_MAX });
  checkVariableNames(violations, input.environment);
  violations.string('deadLetterConfig.targetArn', input.deadLetterTargetArn, { pattern: ARN_OR_EMPTY_PATTERN });
  violations.string('kMSKeyArn', input.kmsKeyArn, { pattern: ARN_OR_EMPTY_PATTERN });
  violations.string('tracingConfig.mode', input.tracingMode, { oneOf: ['Active', 'PassThrough'] });
  violations.string('snapStart.applyOn', input.snapStartApplyOn, { oneOf: ['PublishedVersions', 'None'] });
  checkLogging(violations, input.logging);
  checkVpc(violations, input.vpc);
  violations.list('layers', input.layers, {
    max: Number.POSITIVE_INFINITY,
    element: patterned(LAYER_VERSION_ARN_PATTERN, { min: 1, max: 2048 }, [MUST_NOT_BE_NULL]),
  });
}

/** The values are secret, so the service prints neither them nor the names. */
function checkVariableNames(violations: Violations, environment: Map<string, string> | undefined): void {
  const names = [...(environment?.keys() ?? [])];
  if (names.every((name) => new RegExp(`^${VARIABLE_NAME_PATTERN}$`).test(name))) return;
  violations.addUnprinted('environment.variables', `Map keys must satisfy constraint: [${mustMatch(VARIABLE_NAME_PATTERN)}]`);
}

function checkLogging(violations: Violations, logging: LoggingInput | undefined): void {
  if (logging === undefined) return;
  const level = 'loggingConfig.applicationLogLevel';
  violations.string('loggingConfig.logFormat', logging.format, { oneOf: ['JSON', 'Text'] });
  violations.string(level, logging.applicationLevel, { oneOf: ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] });
  violations.string('loggingConfig.systemLogLevel', logging.systemLevel, { oneOf: ['DEBUG', 'INFO', 'WARN'] });
  violations.string('loggingConfig.logGroup', logging.group, { min: 1, max: 512, pattern: '[\\.\\-_/#A-Za-z0-9]+' });
}

function checkVpc(violations: Violations, vpc: SettingsInput['vpc']): void {
  const lengths = { min: 0, max: 1024 };
  violations.list('vpcConfig.subnetIds', vpc?.subnetIds, { max: 16, element: patterned('subnet-[0-9a-z]*', lengths) });
  const groups = { max: 5, element: patterned('sg-[0-9a-zA-Z]*', lengths) };
  violations.list('vpcConfig.securityGroupIds', vpc?.securityGroupIds, groups);
}

/** The element rule of a list, with all its texts in the order in which the service prints them. */
function patterned(pattern: string, length: { min: number; max: number }, furtherTexts: string[] = []) {
  const whole = new RegExp(`^(?:${pattern})$`, 's');
  return {
    accepts: (value: string) => value.length >= length.min && value.length <= length.max && whole.test(value),
    texts: [lengthAtMost(length.max), lengthAtLeast(length.min), mustMatch(pattern), ...furtherTexts],
  };
}
