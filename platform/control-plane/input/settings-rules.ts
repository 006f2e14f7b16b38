/**
 * Rules between members and rules about things outside the request, checked after every member is well formed.
 * Each is one InvalidParameterValueException of its own; texts recorded unless said otherwise.
 */
import { RESERVED_VARIABLES } from '../../../runtime-api/protocol/environment-variables.ts';
import { FUNCTION_MEMORY_MIB_MAX } from '../../../runtime-api/protocol/limits.ts';
import { ApiError } from '../../api/index.ts';
import type { Identity } from '../identity.ts';
import { ENVIRONMENT_BYTES_MAX, LAYERS_MAX } from '../limits.ts';
import type { SettingsInput } from './settings-input.ts';
import { valueAtMost } from './violations.ts';

/** Quoted in the owner's troubleshooting guide for accounts with another maximum. */
export function checkMemoryOnDemand(memoryMiB: number | undefined): void {
  if (memoryMiB === undefined || memoryMiB <= FUNCTION_MEMORY_MIB_MAX) return;
  throw invalid(`'MemorySize' value failed to satisfy constraint: ${valueAtMost(FUNCTION_MEMORY_MIB_MAX)}`);
}

export function checkEnvironment(environment: ReadonlyMap<string, string> | undefined): void {
  if (environment === undefined) return;
  const reserved = [...environment.keys()].filter((name) => RESERVED_VARIABLES.some((other) => other === name));
  if (reserved.length > 0) {
    throw invalid(
      'Lambda was unable to configure your environment variables because the environment variables you have provided ' +
        'contains reserved keys that are currently not supported for modification. ' +
        `Reserved keys used in this request: ${reserved.join(', ')}`,
    );
  }
  const measured = compactJson(environment);
  if (Buffer.byteLength(measured) > ENVIRONMENT_BYTES_MAX) {
    throw invalid(
      'Lambda was unable to configure your environment variables because the environment variables you have provided ' +
        `exceeded the 4KB limit. String measured: ${measured}`,
    );
  }
}

/** No layer version can exist before PublishLayerVersion does, so a well-formed reference ends as "does not exist". */
export function checkLayers(identity: Identity, layers: readonly string[] | undefined): void {
  if (layers === undefined) return;
  if (layers.length > LAYERS_MAX) throw invalid(`Cannot reference more than ${LAYERS_MAX} layers.`);
  const seen = new Map<string, string>();
  for (const arn of layers) {
    const parts = arn.split(':');
    const [region, accountId, version] = [parts[3] ?? '', parts[4] ?? '', parts[7] ?? ''];
    const layerArn = parts.slice(0, 7).join(':');
    const other = seen.get(layerArn);
    if (other !== undefined) {
      throw invalid(
        'Two different versions of the same layer are not allowed to be referenced in the same function. ' +
          `${other} and ${arn} are versions of the same layer.`,
      );
    }
    seen.set(layerArn, arn);
    if (/^0+$/.test(version)) throw invalid('Layer Version Cannot be less than 1');
    if (region !== identity.region) {
      throw invalid(
        `Layers are not in the same region as the function. Layers are expected to be in region ${identity.region}.`,
      );
    }
    if (accountId !== identity.accountId) throw layerOfOthers(identity, arn);
  }
  const first = layers[0];
  if (first !== undefined) throw invalid(`Layer version ${first} does not exist.`);
}

function layerOfOthers(identity: Identity, layerVersionArn: string): ApiError {
  return new ApiError(
    'AccessDeniedException',
    `User: arn:${identity.partition}:iam::${identity.accountId}:root is not authorized to perform: lambda:GetLayerVersion ` +
      `on resource: ${layerVersionArn} because no resource-based policy allows the lambda:GetLayerVersion action`,
  );
}

/** There are no subnets and no security groups here: whatever is named does not exist. */
export function checkVpcExists(vpc: SettingsInput['vpc']): void {
  const subnet = vpc?.subnetIds[0];
  if (subnet !== undefined) {
    throw invalid(
      'Error occurred while DescribeSubnets. EC2 Error Code: InvalidSubnetID.NotFound. ' +
        `EC2 Error Message: The subnet ID '${subnet}' does not exist`,
    );
  }
  const group = vpc?.securityGroupIds[0];
  if (group !== undefined) {
    throw invalid(
      'Error occurred while DescribeSecurityGroups. EC2 Error Code: InvalidGroup.NotFound. ' +
        `EC2 Error Message: The security group '${group}' does not exist`,
    );
  }
}

/** Source: the guide's list of runtimes that SnapStart supports; everything newer in these lines does too. */
export function checkSnapStart(runtime: string, applyOn: string | undefined): void {
  if (applyOn !== 'PublishedVersions') return;
  const supported = /^(java(11|17|21|25)(\.al2023)?|python3\.1[2-9]|dotnet(8|10))$/;
  if (!supported.test(runtime)) throw invalid(`${runtime} is not supported for SnapStart enabled functions.`);
}

/** What would change how a function runs and is not built yet is refused by name, never taken and ignored. */
export function refuseUnbuilt(input: SettingsInput): void {
  if (input.fileSystemMountPaths.length > 0) throw notBuilt('FileSystemConfigs');
  if (input.kmsKeyArn !== undefined && input.kmsKeyArn !== '') throw notBuilt('KMSKeyArn');
  if (input.hasImageConfig) throw notBuilt('ImageConfig');
}

export function notBuilt(what: string): ApiError {
  return new ApiError('NotImplementedException', `${what} is not implemented by this platform yet`);
}

export function invalid(message: string): ApiError {
  return new ApiError('InvalidParameterValueException', message);
}

/** Written by hand because an object would move number-like names to the front; names keep the caller's order. */
function compactJson(map: ReadonlyMap<string, string>): string {
  return `{${[...map].map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`;
}
