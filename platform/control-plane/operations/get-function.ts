/** GetFunction and GetFunctionConfiguration. */
import { checkReach, type AddressedOperation } from '../names/address.ts';
import { addressOf, findFunction, type Found } from './find-function.ts';
import { functionConfiguration } from './function-configuration.ts';
import { label, type ApiReply, type ApiRequest, type Operation, type Services } from './operation.ts';

export const getFunction: Operation = {
  readsBody: false,
  run(services, request): ApiReply {
    const found = find(services, request, 'GetFunction');
    const { record } = found;
    const code = { RepositoryType: 'S3', Location: services.links.make(request.origin, record.current.codeDigest) };
    const tags = record.tags.length === 0 ? {} : { Tags: Object.fromEntries(record.tags) };
    return { status: 200, body: { Code: code, Configuration: shown(services, found), ...tags } };
  },
};

export const getFunctionConfiguration: Operation = {
  readsBody: false,
  run: (services, request): ApiReply => ({
    status: 200,
    body: shown(services, find(services, request, 'GetFunctionConfiguration')),
  }),
};

function find(services: Services, request: ApiRequest, name: string): Found {
  const operation: AddressedOperation = { name, family: 'get', resourcePolicy: true };
  checkReach(services.identity, operation, label(request, 'FunctionName'));
  return findFunction(services, addressOf(services, operation, request));
}

/** The ARN ends in the qualifier if the caller gave one. */
function shown(services: Services, { record, address }: Found): object {
  return functionConfiguration(services.identity, record, address.qualifier);
}
