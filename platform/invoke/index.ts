/** Public surface of the front door. */
export { EventBudget } from './event-budget.ts';
export { openFrontDoor } from './front-door.ts';
export type { FrontDoor, FrontDoorOptions } from './front-door.ts';
export type { AddressedFunction, FunctionLookup } from './function-lookup.ts';
export { invokeStreamOperation } from './invoke-stream-operation.ts';
export type { InvokeStreamOperation } from './invoke-stream-operation.ts';
export { invokeOperation } from './invoke-operation.ts';
export type { InvokeCall, InvokeOperation, InvokeParts } from './invoke-operation.ts';
