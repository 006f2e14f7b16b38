/**
 * Every operation of the API with its method and path, so that an operation that is not built yet is refused by its name
 * and only what the real service does not know either is unknown. Source: service model of 7 August 2026, without what
 * is out of scope (capacity providers, durable executions).
 */

export type OperationRoute = {
  operation: string;
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** `{Label}` stands for one segment. */
  path: string;
  /** A fixed query parameter that tells two operations on one path apart. */
  query?: readonly [name: string, value: string];
};

/** Rows with a query come first: the first that fits is taken. */
export const OPERATION_INDEX = [
  { operation: 'GetLayerVersionByArn', method: 'GET', path: '/2018-10-31/layers', query: ['find', 'LayerVersion'] },
  { operation: 'ListProvisionedConcurrencyConfigs', method: 'GET', path: '/2019-09-30/functions/{FunctionName}/provisioned-concurrency', query: ['List', 'ALL'] },
  { operation: 'AddLayerVersionPermission', method: 'POST', path: '/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy' },
  { operation: 'AddPermission', method: 'POST', path: '/2015-03-31/functions/{FunctionName}/policy' },
  { operation: 'CreateAlias', method: 'POST', path: '/2015-03-31/functions/{FunctionName}/aliases' },
  { operation: 'CreateCodeSigningConfig', method: 'POST', path: '/2020-04-22/code-signing-configs' },
  { operation: 'CreateEventSourceMapping', method: 'POST', path: '/2015-03-31/event-source-mappings' },
  { operation: 'CreateFunction', method: 'POST', path: '/2015-03-31/functions' },
  { operation: 'CreateFunctionUrlConfig', method: 'POST', path: '/2021-10-31/functions/{FunctionName}/url' },
  { operation: 'DeleteAlias', method: 'DELETE', path: '/2015-03-31/functions/{FunctionName}/aliases/{Name}' },
  { operation: 'DeleteCodeSigningConfig', method: 'DELETE', path: '/2020-04-22/code-signing-configs/{CodeSigningConfigArn}' },
  { operation: 'DeleteEventSourceMapping', method: 'DELETE', path: '/2015-03-31/event-source-mappings/{UUID}' },
  { operation: 'DeleteFunction', method: 'DELETE', path: '/2015-03-31/functions/{FunctionName}' },
  { operation: 'DeleteFunctionCodeSigningConfig', method: 'DELETE', path: '/2020-06-30/functions/{FunctionName}/code-signing-config' },
  { operation: 'DeleteFunctionConcurrency', method: 'DELETE', path: '/2017-10-31/functions/{FunctionName}/concurrency' },
  { operation: 'DeleteFunctionEventInvokeConfig', method: 'DELETE', path: '/2019-09-25/functions/{FunctionName}/event-invoke-config' },
  { operation: 'DeleteFunctionUrlConfig', method: 'DELETE', path: '/2021-10-31/functions/{FunctionName}/url' },
  { operation: 'DeleteLayerVersion', method: 'DELETE', path: '/2018-10-31/layers/{LayerName}/versions/{VersionNumber}' },
  { operation: 'DeleteProvisionedConcurrencyConfig', method: 'DELETE', path: '/2019-09-30/functions/{FunctionName}/provisioned-concurrency' },
  { operation: 'GetAccountSettings', method: 'GET', path: '/2016-08-19/account-settings' },
  { operation: 'GetAlias', method: 'GET', path: '/2015-03-31/functions/{FunctionName}/aliases/{Name}' },
  { operation: 'GetCodeSigningConfig', method: 'GET', path: '/2020-04-22/code-signing-configs/{CodeSigningConfigArn}' },
  { operation: 'GetEventSourceMapping', method: 'GET', path: '/2015-03-31/event-source-mappings/{UUID}' },
  { operation: 'GetFunction', method: 'GET', path: '/2015-03-31/functions/{FunctionName}' },
  { operation: 'GetFunctionCodeSigningConfig', method: 'GET', path: '/2020-06-30/functions/{FunctionName}/code-signing-config' },
  { operation: 'GetFunctionConcurrency', method: 'GET', path: '/2019-09-30/functions/{FunctionName}/concurrency' },
  { operation: 'GetFunctionConfiguration', method: 'GET', path: '/2015-03-31/functions/{FunctionName}/configuration' },
  { operation: 'GetFunctionEventInvokeConfig', method: 'GET', path: '/2019-09-25/functions/{FunctionName}/event-invoke-config' },
  { operation: 'GetFunctionRecursionConfig', method: 'GET', path: '/2024-08-31/functions/{FunctionName}/recursion-config' },
  { operation: 'GetFunctionUrlConfig', method: 'GET', path: '/2021-10-31/functions/{FunctionName}/url' },
  { operation: 'GetLayerVersion', method: 'GET', path: '/2018-10-31/layers/{LayerName}/versions/{VersionNumber}' },
  { operation: 'GetLayerVersionPolicy', method: 'GET', path: '/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy' },
  { operation: 'GetPolicy', method: 'GET', path: '/2015-03-31/functions/{FunctionName}/policy' },
  { operation: 'GetProvisionedConcurrencyConfig', method: 'GET', path: '/2019-09-30/functions/{FunctionName}/provisioned-concurrency' },
  { operation: 'GetRuntimeManagementConfig', method: 'GET', path: '/2021-07-20/functions/{FunctionName}/runtime-management-config' },
  { operation: 'Invoke', method: 'POST', path: '/2015-03-31/functions/{FunctionName}/invocations' },
  { operation: 'InvokeAsync', method: 'POST', path: '/2014-11-13/functions/{FunctionName}/invoke-async' },
  { operation: 'InvokeWithResponseStream', method: 'POST', path: '/2021-11-15/functions/{FunctionName}/response-streaming-invocations' },
  { operation: 'ListAliases', method: 'GET', path: '/2015-03-31/functions/{FunctionName}/aliases' },
  { operation: 'ListCodeSigningConfigs', method: 'GET', path: '/2020-04-22/code-signing-configs' },
  { operation: 'ListEventSourceMappings', method: 'GET', path: '/2015-03-31/event-source-mappings' },
  { operation: 'ListFunctionEventInvokeConfigs', method: 'GET', path: '/2019-09-25/functions/{FunctionName}/event-invoke-config/list' },
  { operation: 'ListFunctionUrlConfigs', method: 'GET', path: '/2021-10-31/functions/{FunctionName}/urls' },
  { operation: 'ListFunctions', method: 'GET', path: '/2015-03-31/functions' },
  { operation: 'ListFunctionsByCodeSigningConfig', method: 'GET', path: '/2020-04-22/code-signing-configs/{CodeSigningConfigArn}/functions' },
  { operation: 'ListLayerVersions', method: 'GET', path: '/2018-10-31/layers/{LayerName}/versions' },
  { operation: 'ListLayers', method: 'GET', path: '/2018-10-31/layers' },
  { operation: 'ListTags', method: 'GET', path: '/2017-03-31/tags/{Resource}' },
  { operation: 'ListVersionsByFunction', method: 'GET', path: '/2015-03-31/functions/{FunctionName}/versions' },
  { operation: 'PublishLayerVersion', method: 'POST', path: '/2018-10-31/layers/{LayerName}/versions' },
  { operation: 'PublishVersion', method: 'POST', path: '/2015-03-31/functions/{FunctionName}/versions' },
  { operation: 'PutFunctionCodeSigningConfig', method: 'PUT', path: '/2020-06-30/functions/{FunctionName}/code-signing-config' },
  { operation: 'PutFunctionConcurrency', method: 'PUT', path: '/2017-10-31/functions/{FunctionName}/concurrency' },
  { operation: 'PutFunctionEventInvokeConfig', method: 'PUT', path: '/2019-09-25/functions/{FunctionName}/event-invoke-config' },
  { operation: 'PutFunctionRecursionConfig', method: 'PUT', path: '/2024-08-31/functions/{FunctionName}/recursion-config' },
  { operation: 'PutProvisionedConcurrencyConfig', method: 'PUT', path: '/2019-09-30/functions/{FunctionName}/provisioned-concurrency' },
  { operation: 'PutRuntimeManagementConfig', method: 'PUT', path: '/2021-07-20/functions/{FunctionName}/runtime-management-config' },
  { operation: 'RemoveLayerVersionPermission', method: 'DELETE', path: '/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy/{StatementId}' },
  { operation: 'RemovePermission', method: 'DELETE', path: '/2015-03-31/functions/{FunctionName}/policy/{StatementId}' },
  { operation: 'TagResource', method: 'POST', path: '/2017-03-31/tags/{Resource}' },
  { operation: 'UntagResource', method: 'DELETE', path: '/2017-03-31/tags/{Resource}' },
  { operation: 'UpdateAlias', method: 'PUT', path: '/2015-03-31/functions/{FunctionName}/aliases/{Name}' },
  { operation: 'UpdateCodeSigningConfig', method: 'PUT', path: '/2020-04-22/code-signing-configs/{CodeSigningConfigArn}' },
  { operation: 'UpdateEventSourceMapping', method: 'PUT', path: '/2015-03-31/event-source-mappings/{UUID}' },
  { operation: 'UpdateFunctionCode', method: 'PUT', path: '/2015-03-31/functions/{FunctionName}/code' },
  { operation: 'UpdateFunctionConfiguration', method: 'PUT', path: '/2015-03-31/functions/{FunctionName}/configuration' },
  { operation: 'UpdateFunctionEventInvokeConfig', method: 'POST', path: '/2019-09-25/functions/{FunctionName}/event-invoke-config' },
  { operation: 'UpdateFunctionUrlConfig', method: 'PUT', path: '/2021-10-31/functions/{FunctionName}/url' },
] as const satisfies OperationRoute[];

export type OperationName = (typeof OPERATION_INDEX)[number]['operation'];
