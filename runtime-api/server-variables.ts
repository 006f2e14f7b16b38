/** Variables of the processes that only the server can know: they have its address in them. */
import type { EnvironmentConfiguration } from './environment-contract.ts';
import { CREDENTIALS_PATH } from './protocol/paths.ts';

export function serverVariables({ credentials }: EnvironmentConfiguration, runtimeApiAddress: string): Record<string, string> {
  const address = { AWS_LAMBDA_RUNTIME_API: runtimeApiAddress };
  if (credentials === undefined) return address;
  return {
    ...address,
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://${runtimeApiAddress}${CREDENTIALS_PATH}`,
    AWS_CONTAINER_AUTHORIZATION_TOKEN: credentials.authorizationToken,
  };
}
