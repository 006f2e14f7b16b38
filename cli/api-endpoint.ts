/** The address of the Lambda API: option, then rik's variable, then the one that AWS tools read, then the default. */

import { cliError } from './errors.ts';

/** The port of `sam local start-lambda`, so that what is configured for one finds the other. */
export const ENDPOINT_DEFAULT = 'http://127.0.0.1:3001';

export function resolveEndpoint(option: string | undefined, environment: Readonly<Record<string, string | undefined>>): URL {
  const candidates: readonly (readonly [string, string | undefined])[] = [
    ['--endpoint', option],
    ['RIK_ENDPOINT', environment.RIK_ENDPOINT],
    ['AWS_ENDPOINT_URL_LAMBDA', environment.AWS_ENDPOINT_URL_LAMBDA],
  ];
  // An empty variable is one that somebody switched off; an empty option is a mistake.
  const chosen = candidates.find(([name, value]) => value !== undefined && (value !== '' || name === '--endpoint'));
  return parseEndpoint(chosen?.[1] ?? ENDPOINT_DEFAULT, chosen?.[0] ?? 'default');
}

function parseEndpoint(text: string, from: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw cliError('cli/usage', `${from} is not the address of an API: "${text}"`, { hint: `an address such as ${ENDPOINT_DEFAULT}` });
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw cliError('cli/usage', `${from} must be an address without user, password, query or fragment`, { hint: `an address such as ${ENDPOINT_DEFAULT}` });
  }
  return url;
}
