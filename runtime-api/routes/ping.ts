/** GET /2018-06-01/ping. Source: RIE `rapi/router.go`; undocumented on AWS. */
import { NO_BODY } from './route.ts';
import type { Route } from './route.ts';

export const ping: Route = {
  method: 'GET',
  head: () => NO_BODY,
  received: () => ({ kind: 'pong' }),
  broken: () => undefined,
  peerEnded: () => true,
};
