/**
 * POST /2018-06-01/runtime/init/error, lawful before the first `next` only and, as another word for a restore error, after a restore;
 * POST /2018-06-01/runtime/restore/error, lawful after a restore only. The process is expected to exit afterwards.
 */
import type { RuntimeEvent } from '../lifecycle/runtime.ts';
import { ERROR_BYTES_MAX } from '../protocol/limits.ts';
import { readReportedError } from './error.ts';
import { refuse } from './route.ts';
import type { Route } from './route.ts';

export const initError: Route = errorRoute('initErrorReported');
export const restoreError: Route = errorRoute('restoreErrorReported');

function errorRoute(event: RuntimeEvent & ('initErrorReported' | 'restoreErrorReported')): Route {
  return {
    method: 'POST',
    head({ session }) {
      const refused = session.step(event);
      return refused === undefined ? { kind: 'collect', bytesMax: ERROR_BYTES_MAX } : refuse(refused);
    },
    received({ session, request }, body) {
      if (body.isOverLimit) return { kind: 'tooLarge', bytesMax: ERROR_BYTES_MAX };
      session.initErrorReported(readReportedError(request, body));
      return { kind: 'accepted' };
    },
    broken() {
      // The state says it already; the process's end says the rest.
      return { kind: 'truncated' };
    },
    peerEnded() {
      return true;
    },
  };
}
