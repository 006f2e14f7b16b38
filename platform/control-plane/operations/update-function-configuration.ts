/** UpdateFunctionConfiguration: each member given replaces the old value; each call is an update, even one without change. */
import {
  checkEnvironment,
  checkLayers,
  checkMemoryOnDemand,
  checkSnapStart,
  checkVpcExists,
  notBuilt,
  refuseUnbuilt,
} from '../input/settings-rules.ts';
import { checkSettings, readSettings } from '../input/settings-input.ts';
import { Violations } from '../input/violations.ts';
import { updatedSettings } from '../lifecycle/apply-settings.ts';
import { checkReach, type AddressedOperation } from '../names/address.ts';
import { admitRuntime, admitUpdate, withUpdate } from './admission.ts';
import { addressOf, findFunction, stillThere } from './find-function.ts';
import { functionConfiguration } from './function-configuration.ts';
import { label, type ApiReply, type ApiRequest, type Operation, type Services } from './operation.ts';

const OPERATION: AddressedOperation = { name: 'UpdateFunctionConfiguration', family: 'update', resourcePolicy: false };

export const updateFunctionConfiguration: Operation = { readsBody: true, run };

async function run(services: Services, request: ApiRequest): Promise<ApiReply> {
  const input = readSettings(request.body);
  const revisionId = request.body.string('RevisionId');
  checkReach(services.identity, OPERATION, label(request, 'FunctionName'));
  const violations = new Violations();
  checkSettings(violations, input, 'update');
  const { record: found } = findFunction(services, addressOf(services, OPERATION, request, violations));
  const runtimeNow = found.current.settings.runtime;
  admitRuntime(services, { action: 'update-configuration', runtime: runtimeNow, runtimeNext: input.runtime });
  checkMemoryOnDemand(input.memoryMiB);
  checkSnapStart(input.runtime ?? runtimeNow, input.snapStartApplyOn ?? found.current.settings.snapStartApplyOn);
  checkEnvironment(input.environment);
  refuseUnbuilt(input);
  if (request.body.has('CapacityProviderConfig')) throw notBuilt('CapacityProviderConfig');
  checkLayers(services.identity, input.layers);
  checkVpcExists(input.vpc);
  admitUpdate(services, found, revisionId);

  const { architecture } = found.current.settings;
  const runtimeVersion = await services.runtimeVersions(input.runtime ?? runtimeNow, architecture);
  // From here on without a pause: what is checked is what is written.
  const record = stillThere(services, found.functionName);
  const { runtimeVersionArn: _replaced, ...settings } = updatedSettings(record.current.settings, input);
  admitRuntime(services, { action: 'update-configuration', runtime: record.current.settings.runtime, runtimeNext: input.runtime });
  admitUpdate(services, record, revisionId);
  const { codeDigest, codeSizeBytes } = record.current;
  const updated = withUpdate(services, record, {
    settings: { ...settings, ...(runtimeVersion === undefined ? {} : { runtimeVersionArn: runtimeVersion.arn }) },
    codeDigest,
    codeSizeBytes,
  });
  services.store.replace(updated);
  services.activation.begin(updated.functionName);
  return { status: 200, body: functionConfiguration(services.identity, updated) };
}
