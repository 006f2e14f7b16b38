import { testPart } from '../bounded.ts';
import { routesPart } from './part.ts';

testPart(routesPart(), {
  runs: 1_500,
  timeLimitMs: 12_000,
  mustSee: [
    '200', '200 event', '200 INVOKE', '200 SHUTDOWN', '200 registered', '202 OK', '100', '400', '400 InvalidRequestID', '400 TruncatedHTTPRequest',
    '400 InvalidFunctionResponseMode', '403 InvalidStateTransition', '403 Extension.InvalidExtensionState', '403 Extension.RegistrationClosed',
    '403 Extension.UnknownExtensionIdentifier', '403 InvalidRequestFormat', '404', '405', '431', '500 InternalServerError',
    'answered ok', 'answered error', 'completed success', 'completed timeout', 'completed error', 'init timeout', 'streamBegun',
  ],
});
