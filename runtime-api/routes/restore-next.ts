/**
 * GET /2018-06-01/runtime/restore/next: blocks until the environment is restored for its first invocation. Once per process: a
 * second call is refused even when the first one lost its connection. Source: RIE `rapi/handler/restorenext.go`, `core/states.go`.
 */
import { NO_BODY, refuse } from './route.ts';
import type { Route } from './route.ts';

export const restoreNext: Route = {
  method: 'GET',
  head({ session }) {
    const refused = session.step('restoreNextCalled');
    return refused === undefined ? NO_BODY : refuse(refused);
  },
  received({ session, request }) {
    session.waitForRestore(request);
    return undefined;
  },
  broken() {
    // The state is `RestoreReady` already; without its caller the restore runs into its limit.
    return undefined;
  },
  peerEnded({ session, request }) {
    session.forgetWaiter(request);
    return false;
  },
};
