/** `HOST:PORT` as flags, variables and files give it; the host alone may be left out. */

import { cliError } from './errors.ts';

/** `source`: the flag or variable, for the message. */
export function parseAddress(text: string, source: string): { host: string; port: number } {
  const [, host, port] = /^(?:(.+):)?(\d{1,5})$/.exec(text) ?? [];
  if (port === undefined || Number(port) > 65_535) throw cliError('cli/usage', `${source} takes HOST:PORT, not "${text}"`, { hint: `${source} 127.0.0.1:8080` });
  return { host: (host ?? '127.0.0.1').replace(/^\[|\]$/g, ''), port: Number(port) };
}
