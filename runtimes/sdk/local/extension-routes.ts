/** The Extensions and Telemetry APIs of the small Runtime API: registrations are kept, events come from whoever drives it. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { EXTENSION_EXIT_ERROR_PATH, EXTENSION_INIT_ERROR_PATH, EXTENSION_NEXT_PATH, EXTENSION_REGISTER_PATH, TELEMETRY_PATH } from '../../../runtime-api/protocol/paths.ts';
import { parseObject } from '../extension/events.ts';
import { readAll, refuse } from './small-server.ts';

export type RegisteredExtension = {
  name: string;
  identifier: string;
  events: unknown;
  /** Body of its subscription to telemetry. */
  subscription?: Readonly<Record<string, unknown>>;
  /** Reported by init/error and exit/error. */
  errors: { phase: 'init' | 'exit'; headerType: string; body: unknown }[];
  /** How often it has asked for an event. */
  nextCount: number;
};

export type LocalExtensions = {
  readonly registered: readonly RegisteredExtension[];
  /** Hands an event to all that wait or will wait; with a name, to that one. */
  send(event: Readonly<Record<string, unknown>>, name?: string): void;
};

export type ExtensionRoutes = {
  state: LocalExtensions;
  /** False when the call is none of theirs. */
  answer(call: string, request: IncomingMessage, response: ServerResponse): Promise<boolean>;
};

type Entry = RegisteredExtension & { waiting: ServerResponse | undefined; queue: string[] };

export function createExtensionRoutes(): ExtensionRoutes {
  const entries: Entry[] = [];
  const flow = (entry: Entry): void => {
    const [event] = entry.queue;
    if (event === undefined || entry.waiting === undefined) return;
    entry.queue.shift();
    entry.waiting.writeHead(200, { 'Content-Type': 'application/json', 'Lambda-Extension-Event-Identifier': randomUUID() }).end(event);
    entry.waiting = undefined;
  };
  const register = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const name = String(request.headers['lambda-extension-name'] ?? '');
    const { events = [] } = parseObject((await readAll(request)).toString('utf8'));
    if (name === '') return refuse(response, 403, 'Extension.InvalidExtensionName', 'Empty extension name');
    const identifier = randomUUID();
    entries.push({ name, identifier, events, errors: [], nextCount: 0, waiting: undefined, queue: [] });
    const body = { functionName: 'local', functionVersion: '$LATEST', handler: 'local', accountId: '000000000000' };
    response.writeHead(200, { 'Content-Type': 'application/json', 'Lambda-Extension-Identifier': identifier }).end(JSON.stringify(body));
  };
  return {
    state: {
      registered: entries,
      send(event, name) {
        for (const entry of entries) {
          if (name !== undefined && entry.name !== name) continue;
          entry.queue.push(JSON.stringify(event));
          flow(entry);
        }
      },
    },
    async answer(call, request, response) {
      if (call === `POST ${EXTENSION_REGISTER_PATH}`) return register(request, response).then(() => true);
      const routes = [`GET ${EXTENSION_NEXT_PATH}`, `POST ${EXTENSION_INIT_ERROR_PATH}`, `POST ${EXTENSION_EXIT_ERROR_PATH}`, `PUT ${TELEMETRY_PATH}`];
      if (!routes.includes(call)) return false;
      const body = parseObject((await readAll(request)).toString('utf8'));
      const entry = entries.find(({ identifier }) => identifier === request.headers['lambda-extension-identifier']);
      if (entry === undefined) {
        refuse(response, 403, 'Extension.UnknownExtensionIdentifier', 'Unknown Lambda-Extension-Identifier');
        return true;
      }
      if (call === `GET ${EXTENSION_NEXT_PATH}`) {
        entry.nextCount += 1;
        entry.waiting = response;
        flow(entry);
      } else if (call === `PUT ${TELEMETRY_PATH}`) {
        entry.subscription = body;
        response.writeHead(200, { 'Content-Type': 'application/json' }).end('"OK"');
      } else {
        entry.errors.push({ phase: call.includes('/init/') ? 'init' : 'exit', headerType: String(request.headers['lambda-extension-function-error-type'] ?? ''), body });
        response.writeHead(202, { 'Content-Type': 'application/json' }).end('{"status":"OK"}');
      }
      return true;
    },
  };
}
