/**
 * GET /2021-04-23/credentials, with SnapStart: credentials in a start environment would be as old as the snapshot. The path is private;
 * processes know it from a variable. Source: RIE `rapi/handler/credentials.go`, `core/credentials.go`.
 */
import { timingSafeEqual } from 'node:crypto';
import { systemClock } from '../../foundation/clock.ts';
import { NO_BODY } from './route.ts';
import type { Route, RouteCall } from './route.ts';

/** A client asks again some minutes before. No source. */
const VALID_MS = 3_600_000;

export const credentials: Route = {
  method: 'GET',
  head: () => NO_BODY,
  received({ session, request }: RouteCall) {
    const held = session.credentials;
    const token = request.head.headers.get('authorization') ?? '';
    if (held === undefined || !isSame(token, held.authorizationToken)) return { kind: 'noCredentials' };
    const { accessKeyId, secretAccessKey, sessionToken } = held;
    const expiration = new Date(systemClock.nowEpochMs() + VALID_MS).toISOString();
    return { kind: 'credentials', body: { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Token: sessionToken, Expiration: expiration } };
  },
  broken: () => undefined,
  peerEnded: () => true,
};

function isSame(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given, 'latin1'), Buffer.from(wanted, 'latin1')];
  return a.length === b.length && timingSafeEqual(a, b);
}
