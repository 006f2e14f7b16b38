/**
 * The emulator's HTTP front door: accepts what RIE accepts, answers as the Lambda API does, or exactly as RIE with `--profile rie`.
 * Invocations wait in line for the one environment; RIE dies of the second one.
 */
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { checkEvent, tooLargeEvent } from '../front-door/event-body.ts';
import { dryRunPassed, eventAccepted, invokeAnswer, rieAnswer } from '../front-door/invoke-answer.ts';
import { readInvokeHeaders, readRieHeaders, streamedEvent } from '../front-door/invoke-headers.ts';
import { refusalAnswer } from '../front-door/refusal.ts';
import type { FrontDoorRefusal } from '../front-door/refusal.ts';
import { matchInvocationsPath, matchStreamingInvocationsPath } from '../front-door/invocations-path.ts';
import type { InvocationsPath } from '../front-door/invocations-path.ts';
import { StreamAnswer } from '../front-door/stream-answer.ts';
import { answer, EMPTY_BODY, HttpConnection, plainAnswer } from '../http/index.ts';
import type { BodyPlan, HttpRequest, ReceivedBody, RequestHandler } from '../http/index.ts';
import type { Invocation, InvocationAnswer } from '../protocol/invocation.ts';
import { EVENT_ASYNC_BYTES_MAX, EVENT_BYTES_MAX } from '../protocol/limits.ts';
import { listen } from '../listen.ts';
import type { EmulatorOptions } from './options.ts';

/** One invocation in line, with what to do about it. */
export type QueuedInvocation = {
  invocation: Invocation;
  wantsLogTail: boolean;
  /** The invoker is answered when the runtime replied (AWS), or only when the invocation is complete (RIE, log tail). */
  answerWhen: 'answered' | 'completed';
  /** Takes a streamed response while it comes; `settle` then ends it. Given together with the invocation's `responseMode`. */
  stream?: StreamAnswer | undefined;
  settle(result: InvocationAnswer, logTail: Buffer | undefined): void;
};

export type InvocationQueue = {
  /** False: the line is full. */
  add(queued: QueuedInvocation): boolean;
  newRequestId(): string;
  traceId(given: string | undefined): string | undefined;
};

export type FrontDoor = {
  url: string;
  /** Cuts off whoever still waits: with the emulator goes its only environment. */
  close(): Promise<void>;
};

type AddressedPath = InvocationsPath & { isStreaming: boolean };

const HEALTH_PATH = '/_health';
const RIE_FUNCTION_NAME = 'function';

export async function openFrontDoor(
  options: EmulatorOptions,
  queue: InvocationQueue,
): Promise<FrontDoor> {
  const handler: RequestHandler<AddressedPath> = {
    head: (request) => planBody(options, request),
    received: (request, body) => accept(options, queue, request, body),
    broken() {
      // The invoker broke off before anything ran.
    },
    // The invocation goes on without its invoker, as on AWS.
    peerEnded: () => true,
  };
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    return new HttpConnection(socket, handler);
  });
  const address = await listen(server, options.listen);
  return {
    url: `http://${address}`,
    close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      return closed;
    },
  };
}

function planBody(options: EmulatorOptions, request: HttpRequest<AddressedPath>): BodyPlan {
  const { head } = request;
  if (head.path === HEALTH_PATH) return { kind: 'answer', answer: plainAnswer(200, 'ok\n') };
  const path = matchPath(options, head.path, head.query);
  if (path === undefined) return { kind: 'answer', answer: plainAnswer(404, '404 page not found\n') };
  if (options.profile === 'rie') {
    if (path.functionName !== RIE_FUNCTION_NAME) return { kind: 'answer', answer: plainAnswer(404, '404 page not found\n') };
  } else if (head.method !== 'POST') {
    return { kind: 'answer', answer: answer(405, 'Allow: POST\r\n', EMPTY_BODY) };
  }
  request.context = path;
  return { kind: 'collect', bytesMax: EVENT_BYTES_MAX };
}

/** The classic emulator does not have the streaming operation. */
function matchPath(options: EmulatorOptions, path: string, query: string): AddressedPath | undefined {
  const buffered = matchInvocationsPath(path, query);
  if (buffered !== undefined) return { ...buffered, isStreaming: false };
  const streaming = options.profile === 'rie' ? undefined : matchStreamingInvocationsPath(path, query);
  return streaming === undefined ? undefined : { ...streaming, isStreaming: true };
}

function accept(
  options: EmulatorOptions,
  queue: InvocationQueue,
  request: HttpRequest<AddressedPath>,
  body: ReceivedBody,
): void {
  const requestId = queue.newRequestId();
  const refuse = (refusal: FrontDoorRefusal): void => request.answer(refusalAnswer(refusal, requestId));
  const isRie = options.profile === 'rie';
  const headers = isRie ? readRieHeaders(request.head.headers) : readInvokeHeaders(request.head.headers);
  if ('refused' in headers) return isRie ? request.answer(answer(500, '', EMPTY_BODY)) : refuse(headers);
  const isEvent = headers.invocationType === 'Event';
  const stream = request.context?.isStreaming === true ? openStream(options, request, requestId) : undefined;
  if (isEvent && stream !== undefined) return refuse(streamedEvent());
  if (body.isOverLimit) return refuse(tooLargeEvent(body.totalBytes));
  if (isEvent && body.totalBytes > EVENT_ASYNC_BYTES_MAX) return refuse(tooLargeEvent(body.totalBytes, 'Event'));
  const event = isRie ? body.bytes : checkEvent(body.bytes);
  if ('refused' in event) return refuse(event);
  if (headers.invocationType === 'DryRun') return request.answer(dryRunPassed(requestId));

  const accepted = queue.add({
    invocation: {
      requestId,
      functionArn: functionArn(options, request.context),
      payload: event,
      traceId: queue.traceId(headers.traceId),
      clientContext: headers.clientContext,
      tenantId: headers.tenantId,
      ...(stream === undefined ? {} : { responseMode: 'streaming' as const }),
    },
    stream,
    wantsLogTail: headers.wantsLogTail,
    answerWhen: isRie || headers.wantsLogTail ? 'completed' : 'answered',
    settle(result, logTail) {
      if (isEvent) return;
      if (stream !== undefined) return stream.end(result, logTail);
      request.answer(
        isRie
          ? rieAnswer(result, options.timeoutMs)
          : invokeAnswer({ result, executedVersion: options.functionVersion, logTail }),
      );
    },
  });
  if (!accepted) return refuse({ refused: true, errorName: 'TooManyRequestsException', message: 'Rate Exceeded.' });
  if (isEvent) request.answer(eventAccepted(requestId));
}

function openStream(options: EmulatorOptions, request: HttpRequest<AddressedPath>, requestId: string): StreamAnswer {
  return new StreamAnswer({
    requestId,
    executedVersion: options.functionVersion,
    open: (head, onFlowing) => request.connection.answerStream(request, head, onFlowing),
  });
}

/** Fixed in RIE; otherwise as addressed, with the qualifier that was asked for. */
function functionArn(options: EmulatorOptions, path: InvocationsPath | undefined): string {
  if (options.profile === 'rie') return `arn:aws:lambda:us-east-1:012345678912:function:${options.functionName}`;
  const name = path === undefined || path.functionName === RIE_FUNCTION_NAME ? options.functionName : path.functionName;
  const qualifier = path?.qualifier === undefined ? '' : `:${path.qualifier}`;
  return `arn:aws:lambda:${options.region}:${options.accountId}:function:${name}${qualifier}`;
}
