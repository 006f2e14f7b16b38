/** GET /2018-06-01/runtime/invocation/next: blocks until there is an invocation; asked again before a reply, gives the same one. */
import { NO_BODY, refuse } from './route.ts';
import type { Route } from './route.ts';

export const next: Route = {
  method: 'GET',
  head({ session }) {
    const refused = session.step('nextCalled');
    return refused === undefined ? NO_BODY : refuse(refused);
  },
  received({ session, request }) {
    return session.wait(request);
  },
  broken() {
    // A GET that announces a body and breaks off asked for nothing.
    return undefined;
  },
  peerEnded({ session, request }) {
    // Delivering to a caller that is gone would lose the invocation.
    session.forgetWaiter(request);
    return false;
  },
};
