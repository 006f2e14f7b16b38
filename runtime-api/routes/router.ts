/**
 * The whole Runtime API on one page. Paths are matched as sent; only the request id is decoded.
 * `/ping` is undocumented and must stay: health checks of existing images call it.
 */
import { ERROR_PATH_SUFFIX, INIT_ERROR_PATH, INVOCATION_PATH_PREFIX, NEXT_PATH, PING_PATH, RESPONSE_PATH_SUFFIX } from '../protocol/paths.ts';
import { error } from './error.ts';
import { initError } from './init-error.ts';
import { next } from './next.ts';
import { ping } from './ping.ts';
import { response } from './response.ts';
import type { Route } from './route.ts';

export type RouteMatch = { route: Route; requestId: string };

export function matchRoute(path: string): RouteMatch | undefined {
  if (path === NEXT_PATH) return { route: next, requestId: '' };
  if (path.startsWith(INVOCATION_PATH_PREFIX)) {
    return matchReply(path, RESPONSE_PATH_SUFFIX, response) ?? matchReply(path, ERROR_PATH_SUFFIX, error);
  }
  if (path === INIT_ERROR_PATH) return { route: initError, requestId: '' };
  if (path === PING_PATH) return { route: ping, requestId: '' };
  return undefined;
}

function matchReply(path: string, suffix: string, route: Route): RouteMatch | undefined {
  if (!path.endsWith(suffix)) return undefined;
  const encoded = path.slice(INVOCATION_PATH_PREFIX.length, path.length - suffix.length);
  if (encoded === '' || encoded.includes('/')) return undefined;
  return { route, requestId: decodeOrKeep(encoded) };
}

/** An id that is badly encoded is simply not the current one. */
function decodeOrKeep(encoded: string): string {
  if (!encoded.includes('%')) return encoded;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}
