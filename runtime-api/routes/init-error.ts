/** POST /2018-06-01/runtime/init/error: lawful before the first `next` only; the process is expected to exit afterwards. */
import { ERROR_BYTES_MAX } from '../protocol/limits.ts';
import { readReportedError } from './error.ts';
import { refuse } from './route.ts';
import type { Route } from './route.ts';

export const initError: Route = {
  method: 'POST',
  head({ session }) {
    const refused = session.step('initErrorReported');
    return refused === undefined ? { kind: 'collect', bytesMax: ERROR_BYTES_MAX } : refuse(refused);
  },
  received({ session, request }, body) {
    if (body.isOverLimit) return { kind: 'tooLarge', bytesMax: ERROR_BYTES_MAX };
    session.listener.initErrorReported(readReportedError(request, body));
    return { kind: 'accepted' };
  },
  broken() {
    // The state is `InitError` already; the process's end says the rest.
    return { kind: 'truncated' };
  },
  peerEnded() {
    return true;
  },
};
