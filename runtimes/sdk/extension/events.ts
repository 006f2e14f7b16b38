/** Events of the Extensions API (runtime-api §11.6). */
import { LambdaError } from '../errors.ts';

export type InvokeEvent = {
  eventType: 'INVOKE';
  /** Milliseconds since the epoch; of the function. */
  deadlineMs: number;
  requestId: string;
  invokedFunctionArn: string;
  /** Left out by some emulators. */
  tracing?: { type: string; value: string } | undefined;
};

export type ShutdownEvent = {
  eventType: 'SHUTDOWN';
  /** Milliseconds since the epoch: when everything is killed. */
  deadlineMs: number;
  /** `spindown`, `timeout` or `failure`; in lower case whatever the platform writes. */
  shutdownReason: string;
};

export type ExtensionEvent = InvokeEvent | ShutdownEvent;

export function parseExtensionEvent(text: string): ExtensionEvent {
  const fields = parseObject(text);
  const eventType = memberOf(fields, 'eventType', 'string');
  const deadlineMs = memberOf(fields, 'deadlineMs', 'number') ?? 0;
  if (eventType === 'SHUTDOWN') return { eventType, deadlineMs, shutdownReason: (memberOf(fields, 'shutdownReason', 'string') ?? '').toLowerCase() };
  if (eventType !== 'INVOKE') throw new LambdaError('Extension.UnknownEvent', `the platform sent the event ${JSON.stringify(eventType)}`);
  const requestId = memberOf(fields, 'requestId', 'string') ?? '';
  const tracing = fields['tracing'];
  const value = memberOf(tracing, 'value', 'string');
  return {
    eventType,
    deadlineMs,
    requestId,
    invokedFunctionArn: memberOf(fields, 'invokedFunctionArn', 'string') ?? '',
    tracing: value === undefined ? undefined : { type: memberOf(tracing, 'type', 'string') ?? '', value },
  };
}

/** The members of a JSON object; none for everything else. */
export function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? Object.fromEntries(Object.entries(parsed)) : {};
  } catch {
    return {};
  }
}

export function memberOf(value: unknown, name: string, type: 'string'): string | undefined;
export function memberOf(value: unknown, name: string, type: 'number'): number | undefined;
export function memberOf(value: unknown, name: string, type: 'string' | 'number'): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  const member: unknown = Reflect.get(value, name);
  return typeof member === type ? member : undefined;
}
