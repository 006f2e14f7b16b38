/** The Extensions API for extensions, external and internal ones (runtime-api §11). */
import { basename } from 'node:path';
import type { ExtensionEventType } from '../../../runtime-api/protocol/extension-states.ts';
import {
  EXTENSION_ACCEPT_FEATURE_HEADER,
  EXTENSION_ERROR_TYPE_HEADER,
  EXTENSION_IDENTIFIER_HEADER,
  EXTENSION_NAME_HEADER,
} from '../../../runtime-api/protocol/headers.ts';
import { EXTENSION_EXIT_ERROR_PATH, EXTENSION_INIT_ERROR_PATH, EXTENSION_NEXT_PATH, EXTENSION_REGISTER_PATH, TELEMETRY_PATH } from '../../../runtime-api/protocol/paths.ts';
import { callApi, type ApiReply } from '../api-call.ts';
import { LambdaError, toErrorBody } from '../errors.ts';
import { type ExtensionEvent, memberOf, parseExtensionEvent, parseObject } from './events.ts';
import type { TelemetrySubscription } from './telemetry-subscription.ts';

export type ExtensionOptions = {
  /** External extensions: the name of their file in `/opt/extensions`, which is the default. Others choose one. */
  name?: string;
  events: readonly ExtensionEventType[];
  /** Default: `AWS_LAMBDA_RUNTIME_API`. */
  address?: string;
};

export type Extension = {
  readonly identifier: string;
  readonly functionName: string;
  readonly functionVersion: string;
  readonly handler: string;
  /** Undefined when the platform does not know or tell it. */
  readonly accountId: string | undefined;
  /** Waits for the next event, as long as it takes. Asking again says that the present one is done. With `isIdle` the wait keeps no process alive. */
  next(options?: { isIdle?: boolean }): Promise<ExtensionEvent>;
  /** `unsupported` from emulators that have no Telemetry API. Only before the first `next`. */
  subscribeTelemetry(subscription: TelemetrySubscription): Promise<'subscribed' | 'unsupported'>;
  /** Before the first `next`; the process should end afterwards. */
  reportInitError(error: unknown): Promise<void>;
  reportExitError(error: unknown): Promise<void>;
};

/** Rejects with a `LambdaError` of the platform's own type when it refuses. */
export async function registerExtension(options: ExtensionOptions): Promise<Extension> {
  const address = options.address ?? process.env['AWS_LAMBDA_RUNTIME_API'];
  if (address === undefined || address === '') throw new LambdaError('Extension.NoRuntimeApi', 'AWS_LAMBDA_RUNTIME_API is not set: an extension runs where a platform has started it');
  const name = options.name ?? basename(process.argv[1] ?? '');
  const reply = await callApi({
    address,
    method: 'POST',
    path: EXTENSION_REGISTER_PATH,
    headers: { [EXTENSION_NAME_HEADER]: name, [EXTENSION_ACCEPT_FEATURE_HEADER]: 'accountId' },
    body: { events: options.events },
  });
  requireStatus(reply, [200], `the registration of the extension ${name}`);
  const identifier = reply.headers[EXTENSION_IDENTIFIER_HEADER.toLowerCase()];
  if (typeof identifier !== 'string') throw new LambdaError('Extension.NoIdentifier', 'the platform has registered the extension without an identifier');
  const registered = parseObject(reply.body);
  const text = (member: string): string | undefined => memberOf(registered, member, 'string');
  const headers = { [EXTENSION_IDENTIFIER_HEADER]: identifier };
  const reportTo = (path: string) => async (error: unknown): Promise<void> => {
    const body = toErrorBody(error);
    const errorType = /^Extension\.[A-Z][a-zA-Z]+$/.test(body.errorType) ? body.errorType : `Extension.${body.errorType.replace(/[^a-zA-Z]+/g, '') || 'Unhandled'}`;
    requireStatus(await callApi({ address, method: 'POST', path, headers: { ...headers, [EXTENSION_ERROR_TYPE_HEADER]: errorType }, body }), [202], 'the report of an error');
  };
  return {
    identifier,
    functionName: text('functionName') ?? '',
    functionVersion: text('functionVersion') ?? '',
    handler: text('handler') ?? '',
    accountId: text('accountId'),
    async next({ isIdle = false } = {}) {
      const event = await callApi({ address, method: 'GET', path: EXTENSION_NEXT_PATH, headers, isIdle });
      requireStatus(event, [200], 'the call for an event');
      return parseExtensionEvent(event.body);
    },
    async subscribeTelemetry({ schemaVersion = '2022-12-13', ...subscription }) {
      const answer = await callApi({ address, method: 'PUT', path: TELEMETRY_PATH, headers, body: { schemaVersion, ...subscription } });
      requireStatus(answer, [200, 202], 'the subscription to telemetry');
      return answer.status === 202 ? 'unsupported' : 'subscribed';
    },
    reportInitError: reportTo(EXTENSION_INIT_ERROR_PATH),
    reportExitError: reportTo(EXTENSION_EXIT_ERROR_PATH),
  };
}

function requireStatus({ status, body }: ApiReply, accepted: readonly number[], what: string): void {
  if (accepted.includes(status)) return;
  const parsed = parseObject(body);
  const reason = memberOf(parsed, 'errorMessage', 'string') ?? body.trim().slice(0, 500);
  throw new LambdaError(memberOf(parsed, 'errorType', 'string') ?? 'Extension.Refused', `the platform has answered ${status} to ${what}: ${reason}`);
}
