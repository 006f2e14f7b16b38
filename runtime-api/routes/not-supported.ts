/** PUT of a Logs or Telemetry subscription: answered as in RIE, by which extensions recognise a place without these APIs. */
import { LOGS_NOT_SUPPORTED_MESSAGE, TELEMETRY_NOT_SUPPORTED_MESSAGE } from '../protocol/extension-messages.ts';
import { EXTENSION_BODY_BYTES_MAX } from '../protocol/limits.ts';
import type { Outcome } from '../outcome.ts';
import type { Route } from './route.ts';

export const telemetryNotSupported = notSupported({ kind: 'notSupported', errorType: 'Telemetry.NotSupported', message: TELEMETRY_NOT_SUPPORTED_MESSAGE });
export const logsNotSupported = notSupported({ kind: 'notSupported', errorType: 'Logs.NotSupported', message: LOGS_NOT_SUPPORTED_MESSAGE });

function notSupported(outcome: Outcome): Route {
  return {
    method: 'PUT',
    head: () => ({ kind: 'collect', bytesMax: EXTENSION_BODY_BYTES_MAX }),
    received: () => outcome,
    broken: () => undefined,
    peerEnded: () => true,
  };
}
