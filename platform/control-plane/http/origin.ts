/** Scheme, host and port under which a caller can reach us again: as it did just now. */
import type { IncomingMessage } from 'node:http';

/** A name that only ever means this machine, with or without a port. Anything else in a Host header is not repeated. */
const LOOPBACK_HOST = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/;

export function originOf(request: IncomingMessage): string {
  const host = request.headers.host;
  if (host !== undefined && LOOPBACK_HOST.test(host)) return `http://${host}`;
  const { localAddress = '127.0.0.1', localPort = 80, localFamily } = request.socket;
  return localFamily === 'IPv6' ? `http://[${localAddress}]:${localPort}` : `http://${localAddress}:${localPort}`;
}
