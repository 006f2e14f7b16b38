/** The body of a registration. In the order of RIE `rapi/handler/agentregister.go`: shape, deprecated member, event names. */
import type { Outcome } from '../outcome.ts';
import { CONFIGURATION_KEYS_MESSAGE, invalidEventTypeMessage } from '../protocol/extension-messages.ts';
import { EXTENSION_EVENT_TYPES } from '../protocol/extension-states.ts';
import type { ExtensionEventType } from '../protocol/extension-states.ts';

const ACCOUNT_ID_FEATURE = 'accountId';

export function parseRegistration(body: Buffer): { events: readonly ExtensionEventType[] } | Outcome {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch (error) {
    return malformed(error instanceof Error ? error.message : 'not JSON');
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return malformed('the body is not a JSON object');
  const events: unknown = Reflect.get(value, 'events') ?? [];
  const configurationKeys: unknown = Reflect.get(value, 'configurationKeys') ?? [];
  if (!isTextList(events)) return malformed('events is not a list of texts');
  if (!Array.isArray(configurationKeys)) return malformed('configurationKeys is not a list');
  if (configurationKeys.length > 0) return malformed(CONFIGURATION_KEYS_MESSAGE);
  const unknown = events.find((event) => !isEventType(event));
  if (unknown !== undefined) return { kind: 'extensionRefused', errorType: 'Extension.InvalidEventType', message: invalidEventTypeMessage(unknown) };
  // In the table's order, each once.
  return { events: EXTENSION_EVENT_TYPES.filter((type) => events.includes(type)) };
}

/** Features that nobody knows are ignored. */
export function acceptsAccountId(features: string | undefined): boolean {
  return (features ?? '').split(',').some((feature) => feature.trim() === ACCOUNT_ID_FEATURE);
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}

function isEventType(event: string): boolean {
  return EXTENSION_EVENT_TYPES.some((type) => type === event);
}

function malformed(message: string): Outcome {
  return { kind: 'extensionRefused', errorType: 'InvalidRequestFormat', message };
}
