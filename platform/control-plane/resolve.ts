/**
 * What Invoke needs of a function: the generation in force, under the name by which it was addressed. The old one is
 * served while an update is under way or after one failed; a function that never was ready is a conflict.
 */
import { functionArn } from './identity.ts';
import { addressFunction, functionNotFound, type AddressedOperation } from './names/address.ts';
import { LATEST } from './names/function-reference.ts';
import { notInState } from './operations/admission.ts';
import type { Services } from './operations/operation.ts';
import type { FunctionRecord, Generation } from './store/records.ts';

export type ResolvedFunction = {
  functionName: string;
  /** As addressed: with the qualifier when one was given. */
  functionArn: string;
  functionArnUnqualified: string;
  version: typeof LATEST;
  /** Changes with every code or configuration change that comes into force. */
  generation: string;
  runtime: string;
  handler: string;
  timeoutSeconds: number;
  memoryMiB: number;
  ephemeralStorageMiB: number;
  environmentVariables: Record<string, string>;
  architecture: 'x86_64' | 'arm64';
  /** Unpacked code, a folder on the host; to be bound read-only. */
  codePath: string;
  /** Base64, as the API shows it. */
  codeSha256: string;
  role: string;
  logGroup: string;
  /** Levels where the format has them. */
  logging: { format: 'Text' | 'JSON'; applicationLevel: string | undefined; systemLevel: string | undefined };
};

const INVOKE: AddressedOperation = { name: 'Invoke', family: 'get', resourcePolicy: true };

export function resolveFunction(services: Services, reference: string, qualifier: string | undefined): ResolvedFunction {
  const { identity, store, codeStore } = services;
  const address = addressFunction(identity, INVOKE, { reference, qualifier });
  const record = store.get(address.functionName);
  if (record === undefined || (address.qualifier ?? LATEST) !== LATEST) {
    // Recorded: the message of an invocation carries the version even where none was given.
    throw functionNotFound(functionArn(identity, address.functionName, address.qualifier ?? LATEST));
  }
  const { inForce } = record;
  if (inForce === undefined) throw notInState(record.state);
  return { ...content(inForce, codeStore.unpackedPath(inForce.codeDigest)), ...names(services, record, address.arn) };
}

function names({ identity }: Services, record: FunctionRecord, arn: string) {
  return {
    functionName: record.functionName,
    functionArn: arn,
    functionArnUnqualified: functionArn(identity, record.functionName),
    version: LATEST,
  } as const;
}

function content({ generation, settings, codeDigest }: Generation, codePath: string) {
  return {
    generation,
    runtime: settings.runtime,
    handler: settings.handler,
    timeoutSeconds: settings.timeoutSeconds,
    memoryMiB: settings.memoryMiB,
    ephemeralStorageMiB: settings.ephemeralStorageMiB,
    environmentVariables: Object.fromEntries(settings.environment ?? []),
    architecture: settings.architecture,
    codePath,
    codeSha256: Buffer.from(codeDigest, 'hex').toString('base64'),
    role: settings.role,
    logGroup: settings.logging.group,
    logging: { format: settings.logging.format, applicationLevel: settings.logging.applicationLevel, systemLevel: settings.logging.systemLevel },
  };
}
