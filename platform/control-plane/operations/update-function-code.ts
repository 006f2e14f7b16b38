/** UpdateFunctionCode. The same zip again is an update like any other; a dry run checks everything and changes nothing. */
import { checkCode, checkZippedSize, readCode, zipOf } from '../input/code-source.ts';
import { invalid, notBuilt } from '../input/settings-rules.ts';
import { Violations } from '../input/violations.ts';
import { checkReach, type AddressedOperation } from '../names/address.ts';
import type { FunctionRecord } from '../store/records.ts';
import { acceptCode } from './accept-code.ts';
import { admitRuntime, admitUpdate, withUpdate } from './admission.ts';
import { architectureOf, checkArchitectures } from './architectures.ts';
import { addressOf, findFunction, stillThere } from './find-function.ts';
import { functionConfiguration } from './function-configuration.ts';
import { label, type ApiReply, type ApiRequest, type Operation, type Services } from './operation.ts';

const OPERATION: AddressedOperation = { name: 'UpdateFunctionCode', family: 'update', resourcePolicy: true };

export const updateFunctionCode: Operation = { readsBody: true, run };

async function run(services: Services, request: ApiRequest): Promise<ApiReply> {
  const { body } = request;
  const code = readCode(body);
  checkZippedSize(code);
  const architectures = body.stringList('Architectures');
  const revisionId = body.string('RevisionId');
  const dryRun = body.boolean('DryRun') ?? false;
  const publish = body.boolean('Publish') ?? false;
  checkReach(services.identity, OPERATION, label(request, 'FunctionName'));
  const violations = new Violations();
  checkCode(violations, code, '');
  checkArchitectures(violations, architectures);
  const { record: found } = findFunction(services, addressOf(services, OPERATION, request, violations));
  admitRuntime(services, { action: 'update-code', runtime: found.current.settings.runtime });
  if (code.imageUri !== undefined) throw invalid("Please don't provide ImageUri when updating a function with packageType Zip.");
  if (body.has('PublishTo')) throw invalid('PublishTo is not supported by this platform.');
  if (publish) throw notBuilt('Publish');
  const zip = zipOf(code);
  admitUpdate(services, found, revisionId);

  const added = await acceptCode(services, zip);
  try {
    const architecture = architectureOf(architectures) ?? found.current.settings.architecture;
    const runtimeVersion = await services.runtimeVersions(found.current.settings.runtime, architecture);
    // From here on without a pause: what is checked is what is written.
    const record = stillThere(services, found.functionName);
    const { runtimeVersionArn: _replaced, ...settings } = record.current.settings;
    admitRuntime(services, { action: 'update-code', runtime: settings.runtime });
    admitUpdate(services, record, revisionId);
    const next = {
      settings: { ...settings, architecture, ...(runtimeVersion === undefined ? {} : { runtimeVersionArn: runtimeVersion.arn }) },
      codeDigest: added.digest,
      codeSizeBytes: added.sizeBytes,
    };
    if (dryRun) return reply(services, { ...record, current: { ...next, generation: record.current.generation } });
    const updated = withUpdate(services, record, next);
    services.store.replace(updated);
    services.activation.begin(updated.functionName);
    return reply(services, updated);
  } finally {
    added.release();
  }
}

function reply(services: Services, record: FunctionRecord): ApiReply {
  return { status: 200, body: functionConfiguration(services.identity, record) };
}
