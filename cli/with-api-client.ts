/** Runs one action with a client for the address that this command line means, and closes it whatever happens. */

import type { LambdaApiClient } from './api-client.ts';
import { resolveEndpoint } from './api-endpoint.ts';
import type { VerbContext } from './verb.ts';

export async function withApiClient<Result>(context: Pick<VerbContext, 'input' | 'environment'>, action: (client: LambdaApiClient) => Promise<Result>): Promise<Result> {
  const endpoint = resolveEndpoint(context.input.text('endpoint'), context.environment);
  // undici takes longer to load than everything else here; verbs that need no API do without.
  const { connectToApi } = await import('./api-client.ts');
  const client = connectToApi(endpoint);
  try {
    return await action(client);
  } finally {
    await client.close();
  }
}
