/** PUT /2022-07-01/telemetry and /2020-08-15/logs. Source: guides of the two APIs; RIE `rapi/handler/runtimelogs.go`, and its stub for a place without them. */
import { Extension } from '../extensions/extension.ts';
import { LOGS_NOT_SUPPORTED_MESSAGE, TELEMETRY_NOT_SUPPORTED_MESSAGE } from '../protocol/extension-messages.ts';
import { EXTENSION_BODY_BYTES_MAX } from '../protocol/limits.ts';
import type { Outcome } from '../outcome.ts';
import { identifyExtension } from './extension-call.ts';
import { refuse } from './route.ts';
import type { Route } from './route.ts';

export const subscribeTelemetry = subscribe('telemetry', { kind: 'notSupported', errorType: 'Telemetry.NotSupported', message: TELEMETRY_NOT_SUPPORTED_MESSAGE });
export const subscribeLogs = subscribe('logs', { kind: 'notSupported', errorType: 'Logs.NotSupported', message: LOGS_NOT_SUPPORTED_MESSAGE });

/** By `notSupported` extensions recognise a place without the API; there nobody looks who asks. */
function subscribe(api: 'telemetry' | 'logs', notSupported: Outcome): Route {
  return {
    method: 'PUT',
    head(call) {
      const caller = call.extensions.telemetry === undefined ? undefined : identifyExtension(call, 'event');
      return caller === undefined || caller instanceof Extension ? { kind: 'collect', bytesMax: EXTENSION_BODY_BYTES_MAX } : refuse(caller);
    },
    received(call, body) {
      const { telemetry } = call.extensions;
      if (telemetry === undefined) return notSupported;
      if (body.isOverLimit) return { kind: 'tooLarge', bytesMax: EXTENSION_BODY_BYTES_MAX };
      const caller = identifyExtension(call, 'event');
      return caller instanceof Extension ? telemetry.subscribe(caller.name, api, body.bytes) : caller;
    },
    broken: () => undefined,
    peerEnded: () => true,
  };
}
