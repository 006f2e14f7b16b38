/**
 * CreateFunction. Order of checks: size of the zip, reach of the name, syntax of all members together, runtime policy,
 * length of the name, tags, environment, code, layers, VPC, existence. The role's existence is not verified in
 * development mode. Existence is tested before the code is stored, and once more with the write.
 */
import { randomUUID } from 'node:crypto';
import { ApiError } from '../../api/index.ts';
import { checkCode, checkZippedSize, readCode, zipOf, type CodeInput } from '../input/code-source.ts';
import { checkSettings, readSettings, type SettingsInput } from '../input/settings-input.ts';
import {
  checkEnvironment,
  checkLayers,
  checkMemoryOnDemand,
  checkSnapStart,
  checkVpcExists,
  invalid,
  notBuilt,
  refuseUnbuilt,
} from '../input/settings-rules.ts';
import type { StructureReader } from '../input/structure-reader.ts';
import { lengthAtMost, MUST_NOT_BE_NULL, Violations } from '../input/violations.ts';
import { initialSettings, type Architecture } from '../lifecycle/apply-settings.ts';
import { FUNCTION_NAME_CHARS_MAX, TAGS_MAX } from '../limits.ts';
import { checkReach, type AddressedOperation } from '../names/address.ts';
import { checkReference, isNameTooLong, parseFunctionReference } from '../names/function-reference.ts';
import type { FunctionRecord } from '../store/records.ts';
import { acceptCode } from './accept-code.ts';
import { admitRuntime } from './admission.ts';
import { architectureOf, checkArchitectures } from './architectures.ts';
import { alreadyExists } from './find-function.ts';
import { functionConfiguration } from './function-configuration.ts';
import type { ApiReply, ApiRequest, Operation, Services } from './operation.ts';

const OPERATION: AddressedOperation = { name: 'CreateFunction', family: 'create', resourcePolicy: false };

export const createFunction: Operation = { readsBody: true, run };

type Input = {
  functionName: string;
  settings: SettingsInput;
  runtime: string;
  handler: string;
  role: string;
  code: CodeInput;
  architecture: Architecture;
  tags: Map<string, string>;
};

async function run(services: Services, request: ApiRequest): Promise<ApiReply> {
  const input = readInput(services, request.body);
  const { functionName, settings, runtime, architecture } = input;
  admitRuntime(services, { action: 'create-function', runtime });
  checkName(functionName);
  checkTags(input.tags);
  checkMemoryOnDemand(settings.memoryMiB);
  checkSnapStart(runtime, settings.snapStartApplyOn);
  checkEnvironment(settings.environment);
  refuseUnbuilt(settings);
  const zip = zipOf(input.code);
  // Before the code is stored; the order among these three shows only in a request that is wrong in two ways.
  checkLayers(services.identity, settings.layers);
  checkVpcExists(settings.vpc);
  const code = await acceptCode(services, zip, () => {
    if (services.store.get(functionName) !== undefined) throw alreadyExists(functionName);
  });
  try {
    const runtimeVersionArn = (await services.runtimeVersions(runtime, architecture))?.arn;
    const essentials = { functionName, runtime, handler: input.handler, role: input.role, architecture, runtimeVersionArn };
    const nowEpochMs = services.clock.nowEpochMs();
    const record: FunctionRecord = {
      functionName,
      createdEpochMs: nowEpochMs,
      tags: [...input.tags],
      revisionId: randomUUID(),
      lastModifiedEpochMs: nowEpochMs,
      state: 'Pending',
      current: {
        generation: randomUUID(),
        settings: initialSettings(essentials, settings),
        codeDigest: code.digest,
        codeSizeBytes: code.sizeBytes,
      },
    };
    // Once more, in the synchronous step that writes: neither the clock nor another creation may slip in between.
    admitRuntime(services, { action: 'create-function', runtime });
    if (!services.store.insert(record)) throw alreadyExists(functionName);
    services.activation.begin(functionName);
    return { status: 201, body: functionConfiguration(services.identity, record) };
  } finally {
    code.release();
  }
}

/** Everything that one look at the request tells; all violations of single members come out together. */
function readInput(services: Services, body: StructureReader): Input {
  const codeReader = body.structure('Code');
  const code = codeReader && readCode(codeReader);
  if (code !== undefined) checkZippedSize(code);
  const settings = readSettings(body);
  const reference = body.string('FunctionName');
  const architectures = body.stringList('Architectures');
  const packageType = body.string('PackageType');
  const tags = body.stringMap('Tags') ?? new Map<string, string>();
  if (reference !== undefined) checkReach(services.identity, OPERATION, reference);

  const violations = new Violations();
  if (reference === undefined) violations.add('functionName', undefined, MUST_NOT_BE_NULL);
  else checkReference(violations, 'create', reference);
  checkSettings(violations, settings, 'create');
  if (code === undefined) violations.add('code', undefined, MUST_NOT_BE_NULL);
  else checkCode(violations, code, 'code.');
  checkArchitectures(violations, architectures);
  violations.string('packageType', packageType, { oneOf: ['Image', 'Zip'] });
  violations.throwIfAny();

  const functionName = reference === undefined ? undefined : parseFunctionReference(reference);
  if (functionName === undefined || code === undefined || settings.role === undefined)
    throw new TypeError('a required member passed its check and is absent');
  if (packageType === 'Image' || code.imageUri !== undefined) throw notBuilt('PackageType Image');
  refuseFeatures(body);
  if (functionName.qualifier !== undefined) throw invalid('A new function cannot be named with a qualifier.');
  if (settings.runtime === undefined || settings.handler === undefined)
    throw invalid('Runtime and Handler are mandatory parameters for functions created with deployment packages.');
  const { runtime, handler, role } = settings;
  const architecture = architectureOf(architectures) ?? 'x86_64';
  return { functionName: functionName.name, settings, runtime, handler, role, code, architecture, tags };
}

/** Named by the model, and part of what this platform leaves out on purpose or has not built yet. */
function refuseFeatures(body: StructureReader): void {
  for (const name of ['PublishTo', 'TenancyConfig', 'CapacityProviderConfig', 'DurableConfig'])
    if (body.has(name)) throw invalid(`${name} is not supported by this platform.`);
  if (body.boolean('Publish') === true) throw notBuilt('Publish');
  const signing = body.string('CodeSigningConfigArn');
  if (signing === undefined) return;
  const text = 'The code signing configuration cannot be found. Check that the provided configuration is not deleted: ';
  throw new ApiError('CodeSigningConfigNotFoundException', `${text}${signing}.`);
}

/** The one constraint of a member that the service reports as a parameter error with the validation text. */
function checkName(functionName: string): void {
  if (!isNameTooLong(functionName)) return;
  throw invalid(
    `1 validation error detected: Value '${functionName}' at 'functionName' failed to satisfy constraint: ` +
      lengthAtMost(FUNCTION_NAME_CHARS_MAX),
  );
}

function checkTags(tags: ReadonlyMap<string, string>): void {
  if (tags.size > TAGS_MAX) throw invalid('Number of tags exceeds resource tag limit.');
}
