/** POST /2020-01-01/extension/init/error and exit/error: the extension gives up, and with it the environment; it is expected to exit. */
import { Extension } from '../extensions/extension.ts';
import { EXTENSION_ERROR_TYPE_HEADER } from '../protocol/headers.ts';
import { ERROR_BYTES_MAX } from '../protocol/limits.ts';
import { headerOf, identifyExtension } from './extension-call.ts';
import { refuse } from './route.ts';
import type { Route } from './route.ts';

const ERROR_TYPE = EXTENSION_ERROR_TYPE_HEADER.toLowerCase();

export const extensionInitError: Route = errorRoute('initError');
export const extensionExitError: Route = errorRoute('exitError');

function errorRoute(kind: 'initError' | 'exitError'): Route {
  return {
    method: 'POST',
    head(call) {
      const extension = identifyExtension(call, 'error');
      if (!(extension instanceof Extension)) return refuse(extension);
      const refused = call.extensions.reportError(extension, kind, headerOf(call.request, ERROR_TYPE));
      // The body says more to people than to us; it is read and let go.
      return refused === undefined ? { kind: 'collect', bytesMax: ERROR_BYTES_MAX } : refuse(refused);
    },
    received: (_, body) => (body.isOverLimit ? { kind: 'tooLarge', bytesMax: ERROR_BYTES_MAX } : { kind: 'accepted' }),
    broken: () => ({ kind: 'truncated' }),
    peerEnded: () => true,
  };
}
