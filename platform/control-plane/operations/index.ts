/** The operations that are built. Every other one of the API's index is refused by its name; see `http/handler.ts`. */
import type { OperationName } from '../http/operation-index.ts';
import { createFunction } from './create-function.ts';
import { deleteFunction } from './delete-function.ts';
import { getAccountSettings } from './get-account-settings.ts';
import { getFunction, getFunctionConfiguration } from './get-function.ts';
import { listFunctions } from './list-functions.ts';
import type { Operation } from './operation.ts';
import { updateFunctionCode } from './update-function-code.ts';
import { updateFunctionConfiguration } from './update-function-configuration.ts';

export const OPERATIONS: ReadonlyMap<OperationName, Operation> = new Map<OperationName, Operation>([
  ['CreateFunction', createFunction],
  ['GetFunction', getFunction],
  ['GetFunctionConfiguration', getFunctionConfiguration],
  ['UpdateFunctionCode', updateFunctionCode],
  ['UpdateFunctionConfiguration', updateFunctionConfiguration],
  ['DeleteFunction', deleteFunction],
  ['ListFunctions', listFunctions],
  ['GetAccountSettings', getAccountSettings],
]);
