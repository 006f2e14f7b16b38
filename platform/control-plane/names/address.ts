/**
 * From what a caller wrote to the function meant, in the service's order of checks: account, region, syntax, agreement
 * of the two qualifiers. Existence is the caller's next step. Source: recorded (25 November 2025).
 */
import { ApiError } from '../../api/index.ts';
import { functionArn, type Identity } from '../identity.ts';
import { Violations } from '../input/violations.ts';
import { checkQualifier, checkReference, parseFunctionReference, type ReferenceFamily } from './function-reference.ts';

export type Address = {
  functionName: string;
  /** As addressed; undefined where none was given. */
  qualifier: string | undefined;
  /** As addressed: with the qualifier, if there was one. */
  arn: string;
};

/** `resourcePolicy`: whether the operation can be allowed to another account by the function's own policy. */
export type AddressedOperation = { name: string; family: ReferenceFamily; resourcePolicy: boolean };

export function addressFunction(
  identity: Identity,
  operation: AddressedOperation,
  written: { reference: string; qualifier: string | undefined },
  /** Violations of other members of the same request, reported together with those of the name. */
  violations = new Violations(),
): Address {
  const parsed = parseFunctionReference(written.reference);
  checkReach(identity, operation, written.reference);
  checkQualifier(violations, written.qualifier);
  checkReference(violations, operation.family, written.reference);
  violations.throwIfAny();
  if (parsed === undefined) throw new TypeError('a reference passed its pattern and could not be taken apart');
  if (parsed.qualifier !== undefined && written.qualifier !== undefined && parsed.qualifier !== written.qualifier) {
    const text = 'The derived qualifier from the function name does not match the specified qualifier.';
    throw new ApiError('InvalidParameterValueException', text);
  }
  const qualifier = written.qualifier ?? parsed.qualifier;
  return { functionName: parsed.name, qualifier, arn: functionArn(identity, parsed.name, qualifier) };
}

/** Another account or region is refused before the rest of the request is looked at. */
export function checkReach(identity: Identity, operation: AddressedOperation, reference: string): void {
  const parsed = parseFunctionReference(reference);
  if (parsed === undefined) return;
  const foreign = parsed.accountId !== undefined && parsed.accountId !== identity.accountId;
  if (foreign && !operation.resourcePolicy) throw new ApiError('AccessDeniedException', null);
  if (parsed.region !== undefined && parsed.region !== identity.region) {
    const text = `Functions from '${parsed.region}' are not reachable in this region ('${identity.region}')`;
    throw new ApiError('ResourceNotFoundException', text);
  }
  if (foreign) throw notAuthorised(identity, operation.name, reference);
}

/** No function of ours has a resource policy, so nothing of another account is ever reachable. */
function notAuthorised(identity: Identity, operationName: string, reference: string): ApiError {
  const action = `lambda:${operationName === 'Invoke' ? 'InvokeFunction' : operationName}`;
  return new ApiError(
    'AccessDeniedException',
    `User: arn:${identity.partition}:iam::${identity.accountId}:root is not authorized to perform: ${action} ` +
      `on resource: ${reference} because no resource-based policy allows the ${action} action`,
  );
}

export function functionNotFound(arn: string): ApiError {
  return new ApiError('ResourceNotFoundException', `Function not found: ${arn}`);
}
