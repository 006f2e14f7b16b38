/** POST /2020-01-01/extension/register. Order of checks: name, body, event names, then whether this one may. Source: RIE `rapi/handler/agentregister.go`. */
import { acceptsAccountId, parseRegistration } from '../extensions/register-request.ts';
import { EMPTY_EXTENSION_NAME_MESSAGE } from '../protocol/extension-messages.ts';
import { EXTENSION_ACCEPT_FEATURE_HEADER, EXTENSION_NAME_HEADER } from '../protocol/headers.ts';
import { EXTENSION_BODY_BYTES_MAX } from '../protocol/limits.ts';
import { headerOf } from './extension-call.ts';
import { refuse } from './route.ts';
import type { Route } from './route.ts';

const NAME = EXTENSION_NAME_HEADER.toLowerCase();
const ACCEPT_FEATURE = EXTENSION_ACCEPT_FEATURE_HEADER.toLowerCase();

export const extensionRegister: Route = {
  method: 'POST',
  head({ request }) {
    const name = headerOf(request, NAME);
    if (name !== undefined && name !== '') return { kind: 'collect', bytesMax: EXTENSION_BODY_BYTES_MAX };
    return refuse({ kind: 'extensionRefused', errorType: 'Extension.InvalidExtensionName', message: EMPTY_EXTENSION_NAME_MESSAGE });
  },
  received({ extensions, request }, body) {
    if (body.isOverLimit) return { kind: 'tooLarge', bytesMax: EXTENSION_BODY_BYTES_MAX };
    const registration = parseRegistration(body.bytes);
    if ('kind' in registration) return registration;
    const wantsAccountId = acceptsAccountId(headerOf(request, ACCEPT_FEATURE));
    return extensions.register({ name: headerOf(request, NAME) ?? '', events: registration.events, wantsAccountId });
  },
  broken: () => undefined,
  peerEnded: () => true,
};
