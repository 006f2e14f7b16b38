/** DeleteFunction. The model says 200 with a body; the real service answers 204 without one (recorded). */
import { functionArn } from '../identity.ts';
import { invalid } from '../input/settings-rules.ts';
import { functionNotFound, type AddressedOperation } from '../names/address.ts';
import { isAliasQualifier, LATEST } from '../names/function-reference.ts';
import { addressOf } from './find-function.ts';
import type { Operation } from './operation.ts';

const OPERATION: AddressedOperation = { name: 'DeleteFunction', family: 'delete', resourcePolicy: true };

export const deleteFunction: Operation = {
  readsBody: false,
  run(services, request) {
    const { functionName, qualifier } = addressOf(services, OPERATION, request);
    const arn = functionArn(services.identity, functionName);
    // Said whether or not the function exists (recorded).
    if (qualifier === LATEST) throw invalid('$LATEST version cannot be deleted without deleting the function.');
    if (qualifier !== undefined && isAliasQualifier(qualifier)) throw invalid('Deletion of aliases is not currently supported.');
    if (qualifier !== undefined) {
      if (services.store.get(functionName) === undefined || qualifier.startsWith('$')) throw functionNotFound(arn);
      // A version of an existing function that is not there: deleting is repeatable, so this is no error.
      return { status: 204 };
    }
    if (!services.store.remove(functionName)) throw functionNotFound(arn);
    services.onFunctionChanged(arn);
    return { status: 204 };
  },
};
