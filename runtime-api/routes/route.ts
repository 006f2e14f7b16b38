/** The shape of one endpoint: look at the head, then (where there is a body) at the whole request. */
import type { BodyPlan, HttpRequest, ReceivedBody } from '../http/index.ts';
import type { ExtensionRegistry } from '../extensions/registry.ts';
import type { Outcome } from '../outcome.ts';
import { reply } from '../reply.ts';
import type { ApiSession, RuntimeExchange } from '../session.ts';

/** One call on one endpoint; the connection keeps it with the request until the call is answered. */
export type RouteCall = {
  route: Route;
  session: ApiSession;
  extensions: ExtensionRegistry;
  request: HttpRequest<RouteCall>;
  /** From the path, decoded; empty where the path has none. */
  requestId: string;
  /** Of a reply, once its id has been found good. */
  exchange: RuntimeExchange | undefined;
  /** Its body is handed on while it comes. */
  isRelayed?: boolean;
};

export type Route = {
  method: 'GET' | 'POST' | 'PUT';
  /** Identity and state are checked here, before the body is read: steps cannot be undone. */
  head(call: RouteCall): BodyPlan;
  /** `undefined` when the answer comes later. */
  received(call: RouteCall, body: ReceivedBody): Outcome | undefined;
  /** The peer broke off in the middle of the body; what it is told if it still listens. */
  broken(call: RouteCall): Outcome | undefined;
  /** The peer closed its side while waiting; false drops the connection. */
  peerEnded(call: RouteCall): boolean;
};

/** Bodies of calls that have none are read and thrown away. */
export const NO_BODY: BodyPlan = { kind: 'collect', bytesMax: 0 };

export function refuse(outcome: Outcome): BodyPlan {
  return { kind: 'answer', answer: reply(outcome) };
}
