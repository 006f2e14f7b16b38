/** The emulator's HTTP front door: accepts what RIE accepts, answers as the Lambda API does, or exactly as RIE with `--profile rie`. */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import type { Clock } from '../../foundation/clock.ts';
import { answerHeaders, isPreflight, preflightHeaders } from '../front-door/cors.ts';
import type { HeaderPairs } from '../front-door/cors.ts';
import { checkEvent, tooLargeEvent } from '../front-door/event-body.ts';
import { dryRunPassed, eventAccepted } from '../front-door/invoke-answer.ts';
import { readCognitoIdentity, readInvokeHeaders, readRieHeaders, streamedEvent } from '../front-door/invoke-headers.ts';
import { refusalAnswer } from '../front-door/refusal.ts';
import type { FrontDoorRefusal } from '../front-door/refusal.ts';
import { matchInvocationsPath, matchStreamingInvocationsPath } from '../front-door/invocations-path.ts';
import type { InvocationsPath } from '../front-door/invocations-path.ts';
import { StreamAnswer } from '../front-door/stream-answer.ts';
import { answer, EMPTY_BODY, headerLine, HttpConnection, plainAnswer, UnfinishedRequests } from '../http/index.ts';
import type { Answer, BodyPlan, HttpRequest, ReceivedBody, RequestHandler, RequestHead } from '../http/index.ts';
import { EVENT_ASYNC_BYTES_MAX, EVENT_BYTES_MAX } from '../protocol/limits.ts';
import { freshTraceId } from '../front-door/trace-id.ts';
import { listen } from '../listen.ts';
import type { EmulatorOptions, FunctionOptions } from './options.ts';
import { busyAnswer, invocationAnswer } from './profile-answer.ts';
import type { QueuedInvocation } from './queued-invocation.ts';

/** What the front door needs of a function. */
export type Invocable = {
  readonly options: FunctionOptions;
  /** False: as many are busy or in line as may be. */
  add(queued: QueuedInvocation): boolean;
};

export type FrontDoor = {
  url: string;
  /** Cuts off whoever still waits: with the emulator goes its only environment. */
  close(): Promise<void>;
};

type Addressed = InvocationsPath & { isStreaming: boolean; target: Invocable };

const HEALTH_PATH = '/_health';
const RIE_FUNCTION_NAME = 'function';

export async function openFrontDoor(options: EmulatorOptions, functions: readonly Invocable[], clock: Clock): Promise<FrontDoor> {
  const handler: RequestHandler<Addressed> = {
    head: (request) => planBody({ options, functions }, request),
    received: (request, body) => accept(request, body, { clock, cors: corsLines(options, request.head), trace: options.traceRequest }),
    broken() {
      // The invoker broke off before anything ran.
    },
    // The invocation goes on without its invoker, as on AWS.
    peerEnded: () => true,
  };
  const sockets = new Set<Socket>();
  const unfinished = new UnfinishedRequests(clock, options.readLimits);
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    unfinished.watch(new HttpConnection(socket, handler));
  });
  const address = await listen(server, options.listen);
  return {
    url: `http://${address}`,
    close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      unfinished.close();
      for (const socket of sockets) socket.destroy();
      return closed;
    },
  };
}

/** A request that a browser sends before the one that it was asked for. */
function corsPreflight({ cors }: EmulatorOptions, { method, headers }: RequestHead): Answer | undefined {
  if (cors === undefined || !isPreflight(method, headers)) return undefined;
  return answer(204, headerLines(preflightHeaders(cors, headers, ['POST'])), EMPTY_BODY);
}

type House = { options: EmulatorOptions; functions: readonly Invocable[] };

function planBody(house: House, request: HttpRequest<Addressed>): BodyPlan {
  const { head } = request;
  const isRie = house.options.profile === 'rie';
  if (head.path === HEALTH_PATH) return { kind: 'answer', answer: plainAnswer(200, 'ok\n') };
  const path = matchPath(isRie, head.path, head.query);
  if (path === undefined || (isRie && path.functionName !== RIE_FUNCTION_NAME)) {
    return { kind: 'answer', answer: plainAnswer(404, '404 page not found\n') };
  }
  const preflight = corsPreflight(house.options, head);
  if (preflight !== undefined) return { kind: 'answer', answer: preflight };
  if (!isRie && head.method !== 'POST') return { kind: 'answer', answer: answer(405, 'Allow: POST\r\n', EMPTY_BODY) };
  const target = findFunction(house.functions, path.functionName);
  if (target === undefined) return { kind: 'answer', answer: refusalAnswer(unknownFunction(house, path), randomUUID()) };
  request.context = { ...path, target };
  return { kind: 'collect', bytesMax: EVENT_BYTES_MAX };
}

/** The classic emulator does not have the streaming operation. */
function matchPath(isRie: boolean, path: string, query: string): (InvocationsPath & { isStreaming: boolean }) | undefined {
  const buffered = matchInvocationsPath(path, query);
  if (buffered !== undefined) return { ...buffered, isStreaming: false };
  const streaming = isRie ? undefined : matchStreamingInvocationsPath(path, query);
  return streaming === undefined ? undefined : { ...streaming, isStreaming: true };
}

/** A function that is alone is meant by any name; among several each has its own. */
function findFunction(functions: readonly Invocable[], name: string): Invocable | undefined {
  return functions.length === 1 ? functions[0] : functions.find(({ options }) => options.functionName === name);
}

function unknownFunction({ functions }: House, path: InvocationsPath): FrontDoorRefusal {
  const [first] = functions;
  const arn = first === undefined ? path.functionName : functionArn(first.options, path);
  return { refused: true, errorName: 'ResourceNotFoundException', message: `Function not found: ${arn}` };
}

/** What tells the browser that the answer may be read. */
function corsLines({ cors }: EmulatorOptions, { headers }: RequestHead): string {
  return cors === undefined ? '' : headerLines(answerHeaders(cors, headers.get('origin')));
}

function headerLines(pairs: HeaderPairs): string {
  return pairs.map(([name, value]) => headerLine(name, value)).join('');
}

type Circumstances = { clock: Clock; cors: string; trace: EmulatorOptions['traceRequest'] };

function accept(request: HttpRequest<Addressed>, body: ReceivedBody, { clock, cors, trace }: Circumstances): void {
  const addressed = request.context;
  if (addressed === undefined) return;
  const { options } = addressed.target;
  const requestId = randomUUID();
  const reply = (given: Answer): void => {
    trace?.(`${requestId} ${request.head.method} ${request.head.target} (${body.totalBytes} bytes) → ${given.status}`);
    request.answer(cors === '' ? given : { ...given, headerLines: given.headerLines + cors });
  };
  const refuse = (refusal: FrontDoorRefusal): void => reply(refusalAnswer(refusal, requestId));
  const isRie = options.profile === 'rie';
  const headers = isRie ? readRieHeaders(request.head.headers) : readInvokeHeaders(request.head.headers);
  if ('refused' in headers) return isRie ? reply(answer(500, '', EMPTY_BODY)) : refuse(headers);
  const isEvent = headers.invocationType === 'Event';
  if (isEvent && addressed.isStreaming) return refuse(streamedEvent());
  if (body.isOverLimit) return refuse(tooLargeEvent(body.totalBytes));
  if (isEvent && body.totalBytes > EVENT_ASYNC_BYTES_MAX) return refuse(tooLargeEvent(body.totalBytes, 'Event'));
  const event = isRie ? body.bytes : checkEvent(body.bytes);
  if ('refused' in event) return refuse(event);
  const cognitoIdentity = readCognitoIdentity(request.head.headers);
  if (typeof cognitoIdentity === 'object') return refuse(cognitoIdentity);
  if (headers.invocationType === 'DryRun') return reply(dryRunPassed(requestId));

  const stream = addressed.isStreaming ? openStream(options, request, { requestId, cors }) : undefined;
  const accepted = addressed.target.add({
    invocation: {
      requestId,
      functionArn: functionArn(options, addressed),
      payload: event,
      // RIE never gives a runtime a trace id; AWS always does.
      traceId: isRie ? undefined : (headers.traceId ?? freshTraceId(clock.nowEpochMs())),
      clientContext: headers.clientContext,
      cognitoIdentity,
      tenantId: headers.tenantId,
      ...(stream === undefined ? {} : { responseMode: 'streaming' as const }),
    },
    isEvent,
    stream,
    wantsLogTail: headers.wantsLogTail,
    answerWhen: isRie || headers.wantsLogTail ? 'completed' : 'answered',
    settle(result, logTail) {
      if (isEvent) return;
      if (stream !== undefined) return stream.end(result, logTail);
      reply(invocationAnswer(options, result, logTail));
    },
  });
  if (!accepted) return reply(busyAnswer(options, requestId));
  if (isEvent) reply(eventAccepted(requestId));
}

function openStream(options: FunctionOptions, request: HttpRequest<Addressed>, { requestId, cors }: { requestId: string; cors: string }): StreamAnswer {
  return new StreamAnswer({
    requestId,
    executedVersion: options.functionVersion,
    open: (head, onFlowing) => request.connection.answerStream(request, { ...head, headerLines: head.headerLines + cors }, onFlowing),
  });
}

/** Fixed in RIE; otherwise as addressed, with the qualifier that was asked for. */
export function functionArn(options: FunctionOptions, path: Pick<InvocationsPath, 'functionName' | 'qualifier'>): string {
  if (options.profile === 'rie') return `arn:aws:lambda:us-east-1:012345678912:function:${options.functionName}`;
  const name = path.functionName === RIE_FUNCTION_NAME ? options.functionName : path.functionName;
  const qualifier = path.qualifier === undefined ? '' : `:${path.qualifier}`;
  return `arn:aws:lambda:${options.region}:${options.accountId}:function:${name}${qualifier}`;
}
