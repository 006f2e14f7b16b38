/** What a connection and the handler of its requests agree on. */
import type { Socket } from 'node:net';
import type { Answer } from './answer.ts';
import type { CollectPlan, ReceivedBody } from './body-collector.ts';
import type { RelayPlan } from './body-relay.ts';
import type { HttpConnection } from './connection.ts';
import type { RequestHead } from './head.ts';

/** What a handler wants of a request whose head it has seen. */
export type BodyPlan =
  | CollectPlan
  | RelayPlan
  /** Not for this reader: hand the socket over with everything from this head on unread. */
  | { kind: 'handOver'; to: (socket: Socket) => void };

/** `Context` is the handler's own: what it made of the head and wants to find again with the rest of the request. */
export type RequestHandler<Context = undefined> = {
  head(request: HttpRequest<Context>): BodyPlan;
  /** The whole request is here; the handler answers now or later through `request.answer`. */
  received(request: HttpRequest<Context>, body: ReceivedBody): void;
  /** The body broke off or its framing is bad: `request.answer` is of no use any more. The returned answer is sent if the peer can still hear it. */
  broken(request: HttpRequest<Context>): Answer | void;
  /** The peer closed its side while its request was waiting for an answer. Return false to drop the connection. */
  peerEnded(request: HttpRequest<Context>): boolean;
};

export type HttpRequest<Context = undefined> = {
  readonly head: RequestHead;
  readonly connection: HttpConnection<Context>;
  /** Written by the handler; undefined until then. */
  context: Context | undefined;
  answer(reply: Answer): void;
};
