/**
 * The whole Runtime API on one page. Paths are matched as sent; only the request id is decoded.
 * `/ping` is undocumented and must stay: health checks of existing images call it.
 */
import {
  CREDENTIALS_PATH,
  ERROR_PATH_SUFFIX,
  EXTENSION_EXIT_ERROR_PATH,
  EXTENSION_INIT_ERROR_PATH,
  EXTENSION_NEXT_PATH,
  EXTENSION_REGISTER_PATH,
  INIT_ERROR_PATH,
  INVOCATION_PATH_PREFIX,
  LOGS_PATH,
  NEXT_PATH,
  PING_PATH,
  RESTORE_ERROR_PATH,
  RESTORE_NEXT_PATH,
  RESPONSE_PATH_SUFFIX,
  TELEMETRY_PATH,
} from '../protocol/paths.ts';
import { credentials } from './credentials.ts';
import { error } from './error.ts';
import { extensionExitError, extensionInitError } from './extension-error.ts';
import { extensionNext } from './extension-next.ts';
import { extensionRegister } from './extension-register.ts';
import { initError, restoreError } from './init-error.ts';
import { next } from './next.ts';
import { ping } from './ping.ts';
import { restoreNext } from './restore-next.ts';
import { response } from './response.ts';
import type { Route } from './route.ts';
import { subscribeLogs, subscribeTelemetry } from './subscribe.ts';

/** `onlyFor`: the path is not there without it. */
export type RouteMatch = { route: Route; requestId: string; onlyFor?: 'extensions' | 'restore' | 'credentials' };

const forExtensions = (route: Route): RouteMatch => ({ route, requestId: '', onlyFor: 'extensions' });
const forRestore = (route: Route): RouteMatch => ({ route, requestId: '', onlyFor: 'restore' });

const RARE_ROUTES: ReadonlyMap<string, RouteMatch> = new Map([
  [INIT_ERROR_PATH, { route: initError, requestId: '' }],
  [RESTORE_NEXT_PATH, forRestore(restoreNext)],
  [RESTORE_ERROR_PATH, forRestore(restoreError)],
  [CREDENTIALS_PATH, { route: credentials, requestId: '', onlyFor: 'credentials' }],
  [EXTENSION_REGISTER_PATH, forExtensions(extensionRegister)],
  [EXTENSION_NEXT_PATH, forExtensions(extensionNext)],
  [EXTENSION_INIT_ERROR_PATH, forExtensions(extensionInitError)],
  [EXTENSION_EXIT_ERROR_PATH, forExtensions(extensionExitError)],
  [TELEMETRY_PATH, forExtensions(subscribeTelemetry)],
  [LOGS_PATH, forExtensions(subscribeLogs)],
  [PING_PATH, { route: ping, requestId: '' }],
]);

export function matchRoute(path: string): RouteMatch | undefined {
  const match = matchPath(path);
  if (match !== undefined) return match;
  const [prefix] = PREFIX.exec(path) ?? [];
  return prefix === undefined ? undefined : matchPath(path.slice(prefix.length));
}

/**
 * Clients append their paths to the value of `AWS_LAMBDA_RUNTIME_API`; one with a path of its own (`host:port/name`), as the .NET Lambda
 * Test Tool gives it, works here too. The first folder that is an API version ends the prefix. Source: aws/aws-lambda-dotnet PR 1971.
 */
const PREFIX = /^(?:\/(?!20\d\d-\d\d-\d\d\/)[\w.~@-]{1,64}){1,4}(?=\/20\d\d-\d\d-\d\d\/)/;

function matchPath(path: string): RouteMatch | undefined {
  if (path === NEXT_PATH) return { route: next, requestId: '' };
  if (path.startsWith(INVOCATION_PATH_PREFIX)) {
    return matchReply(path, RESPONSE_PATH_SUFFIX, response) ?? matchReply(path, ERROR_PATH_SUFFIX, error);
  }
  return RARE_ROUTES.get(path);
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
