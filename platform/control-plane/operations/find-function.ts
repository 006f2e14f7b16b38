/** From a request path to an existing function, for the operations that address one. */
import { ApiError } from '../../api/index.ts';
import { functionArn } from '../identity.ts';
import type { Violations } from '../input/violations.ts';
import { addressFunction, functionNotFound, type Address, type AddressedOperation } from '../names/address.ts';
import { LATEST } from '../names/function-reference.ts';
import type { FunctionRecord } from '../store/records.ts';
import { label, type ApiRequest, type Services } from './operation.ts';

export type Found = { record: FunctionRecord; address: Address };

export function addressOf(services: Services, operation: AddressedOperation, request: ApiRequest, violations?: Violations): Address {
  const written = { reference: label(request, 'FunctionName'), qualifier: request.query.get('Qualifier') ?? undefined };
  return addressFunction(services.identity, operation, written, violations);
}

/** Only `$LATEST` exists: another qualifier is a version or alias that is not there. */
export function findFunction(services: Services, address: Address): Found {
  const record = services.store.get(address.functionName);
  if (record === undefined || (address.qualifier ?? LATEST) !== LATEST) throw functionNotFound(address.arn);
  return { record, address };
}

/** For the second look after an `await`: the function may be gone by then. */
export function stillThere(services: Services, functionName: string): FunctionRecord {
  const record = services.store.get(functionName);
  if (record === undefined) throw functionNotFound(functionArn(services.identity, functionName));
  return record;
}

export function alreadyExists(functionName: string): ApiError {
  return new ApiError('ResourceConflictException', `Function already exist: ${functionName}`);
}
