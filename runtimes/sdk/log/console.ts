/** Makes the methods of `console` write records, so that what libraries print has a level and a request id too. */
import type { Logger } from './logger.ts';

const METHODS = { trace: 'trace', debug: 'debug', info: 'info', log: 'info', warn: 'warn', error: 'error' } as const;

export function formatConsole(log: Logger): void {
  for (const [method, level] of Object.entries(METHODS)) {
    Reflect.set(console, method, (...parameters: [unknown, ...unknown[]]) => log[level](...parameters));
  }
}
