/** GET /2020-01-01/extension/event/next: blocks without limit; an event is given once. A second call while one is blocked is refused. */
import { Extension } from '../extensions/extension.ts';
import { identifyExtension } from './extension-call.ts';
import { NO_BODY, refuse } from './route.ts';
import type { Route } from './route.ts';

export const extensionNext: Route = {
  method: 'GET',
  head(call) {
    const extension = identifyExtension(call, 'event');
    if (!(extension instanceof Extension)) return refuse(extension);
    const refused = extension.callNext();
    return refused === undefined ? NO_BODY : refuse(refused);
  },
  received(call) {
    const extension = identifyExtension(call, 'event');
    if (!(extension instanceof Extension)) return extension;
    call.extensions.wait(extension, call.request);
    return undefined;
  },
  broken: () => undefined,
  peerEnded(call) {
    // Delivering to a caller that is gone would lose the event.
    const extension = identifyExtension(call, 'event');
    if (extension instanceof Extension) extension.forgetWaiter(call.request);
    return false;
  },
};
