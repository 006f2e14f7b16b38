/** A request of a sequence as bytes, and as the facts that a reader of these bytes would see. Paths and names are written out: the model has no other source. */
import { EXTENSION_NAMES } from './step.ts';
import type { BadHead, Call, IdChoice, IdentifierChoice, RegisterBody, Request } from './step.ts';

/** What the sender knows while it writes. */
export type Knowledge = {
  /** The invocation that the runtime was given last, and the one before. */
  currentId: string;
  previousId: string;
  identifierOf(name: string): string | undefined;
  oldIdentifierOf(name: string): string | undefined;
  /** Each body is another one, so that a reply that reaches the wrong invocation shows. */
  nextBody(): number;
};

/** The request as the model reads it. */
export type Facts = {
  call: Call;
  method: string;
  target: string;
  headers: ReadonlyMap<string, string>;
  body: string;
  framing: Request['framing'];
  stop: Request['stop'];
  closes: boolean;
};

export type RequestText = { facts: Facts; now: Buffer; later: Buffer };

const UNKNOWN_IDENTIFIER = '00000000-0000-4000-8000-000000000000';
const RUNTIME = '/2018-06-01/runtime';
const EXTENSION = '/2020-01-01/extension';
const REGISTER_BODIES: Record<RegisterBody, string> = {
  none: '{}',
  empty: '{"events":[]}',
  INVOKE: '{"events":["INVOKE"]}',
  SHUTDOWN: '{"events":["SHUTDOWN"]}',
  both: '{"events":["SHUTDOWN","INVOKE"],"other":1}',
  unknownEvent: '{"events":["INVOKE","invoke"]}',
  notJson: '{"events":',
  list: '[]',
  keys: '{"events":[],"configurationKeys":["a"]}',
  notTexts: '{"events":[1]}',
};
const MALFORMED_CHUNK = 'ZZ\r\n';

export function renderRequest(request: Request, knowledge: Knowledge): RequestText {
  if (request.call.kind === 'badHead') return badRequest(request, request.call.head);
  const { method, target } = addressOf(request.call, knowledge);
  const headers = headersOf(request.call, knowledge);
  const body = bodyOf(request, knowledge);
  const framing = body === '' && request.framing === 'expect' ? 'length' : request.framing;
  const stop = body === '' && (request.stop === 'inBody' || request.stop === 'badChunk') ? 'nowhere' : request.stop;
  const isChunked = framing === 'chunked' || stop === 'badChunk';
  const lines = [`${method} ${target} HTTP/1.1`, 'Host: a', ...[...headers].flatMap(([name, value]) => headerLines(request.call, name, value))];
  if (isChunked) lines.push('Transfer-Encoding: chunked');
  else if (method !== 'GET' || body !== '') lines.push(`Content-Length: ${body.length}`);
  if (framing === 'expect' && !isChunked) lines.push('Expect: 100-continue');
  if (request.closes) lines.push('Connection: close');
  const head = `${lines.join('\r\n')}\r\n\r\n`;
  const payload = isChunked ? chunked(body, request) : { text: body, middle: Math.floor(body.length / 2), end: body.length };
  const sent = cut(head, payload, stop);
  const facts: Facts = {
    call: request.call,
    method,
    target,
    headers: joined(headers, request.call),
    body,
    framing: isChunked ? 'chunked' : framing,
    stop: sent.later.length === 0 && stop !== 'badChunk' ? 'nowhere' : stop,
    closes: request.closes,
  };
  return { facts, ...sent };
}

/** `middle` of the body's bytes, `end` behind the last of them. */
type Payload = { text: string; middle: number; end: number };

function cut(head: string, { text, middle, end }: Payload, stop: Request['stop']): { now: Buffer; later: Buffer } {
  const all = Buffer.from(head + text, 'latin1');
  if (stop === 'nowhere') return { now: all, later: Buffer.alloc(0) };
  if (stop === 'badChunk') return { now: Buffer.from(head + text.slice(0, end) + MALFORMED_CHUNK, 'latin1'), later: Buffer.alloc(0) };
  const at = stop === 'inHead' ? Math.floor(head.length / 2) : stop === 'behindHead' ? head.length : head.length + middle;
  return { now: all.subarray(0, at), later: all.subarray(at) };
}

function addressOf(call: Call, knowledge: Knowledge): { method: string; target: string } {
  switch (call.kind) {
    case 'next':
      return { method: 'GET', target: `${RUNTIME}/invocation/next` };
    case 'response':
      return { method: 'POST', target: `${RUNTIME}/invocation/${idText(call.id, knowledge)}/response${call.mode === 'none' ? '?a=/b' : ''}` };
    case 'error':
      return { method: 'POST', target: `${RUNTIME}/invocation/${idText(call.id, knowledge)}/error` };
    case 'initError':
      return { method: 'POST', target: `${RUNTIME}/init/error` };
    case 'register':
      return { method: 'POST', target: `${EXTENSION}/register` };
    case 'extensionNext':
      return { method: 'GET', target: `${EXTENSION}/event/next` };
    case 'extensionError':
      return { method: 'POST', target: `${EXTENSION}/${call.which}/error` };
    case 'subscribe':
      return { method: 'PUT', target: call.api === 'telemetry' ? '/2022-07-01/telemetry' : '/2020-08-15/logs' };
    case 'ping':
      return { method: 'GET', target: '/2018-06-01/ping' };
    case 'unknownPath':
      return { method: 'POST', target: call.path };
    case 'wrongMethod':
      return { method: call.method, target: call.path };
    case 'badHead':
      return { method: 'GET', target: '/' };
    default:
      return call satisfies never;
  }
}

function idText(choice: IdChoice, { currentId, previousId }: Knowledge): string {
  const texts: Record<IdChoice, string> = {
    current: currentId,
    previous: previousId,
    never: 'inv-0',
    encoded: [...Buffer.from(currentId)].map((byte) => `%${byte.toString(16)}`).join(''),
    slash: `${currentId}/`,
    dots: `./${currentId}`,
    encodedSlash: `..%2f${currentId}`,
    badPercent: `${currentId}%`,
    nul: `${currentId}%00`,
    blank: `%20${currentId}`,
    upper: currentId.toUpperCase(),
    empty: '',
    parameter: `${currentId};a=b`,
    question: `${currentId}?`,
    next: 'next',
  };
  return texts[choice];
}

function headersOf(call: Call, knowledge: Knowledge): Map<string, string> {
  const headers = new Map<string, string>();
  const set = (name: string, value: string | undefined): void => void (value === undefined || headers.set(name, value));
  if (call.kind === 'response') {
    const modes = { none: undefined, streaming: 'streaming', other: 'buffered', empty: '', twice: 'streaming' };
    set('Lambda-Runtime-Function-Response-Mode', modes[call.mode]);
  }
  if (call.kind === 'error' || call.kind === 'initError') set('Lambda-Runtime-Function-Error-Type', call.errorType === 'none' ? undefined : call.errorType);
  if (call.kind === 'register') set('Lambda-Extension-Name', nameOf(call.who));
  if (call.kind === 'extensionNext' || call.kind === 'extensionError' || call.kind === 'subscribe') set('Lambda-Extension-Identifier', identifierText(call.identifier, nameOf(call.who), knowledge));
  if (call.kind === 'extensionError' && call.hasType) set('Lambda-Extension-Function-Error-Type', 'Extension.Sorry');
  return headers;
}

export function nameOf(who: number): string {
  return EXTENSION_NAMES[who % EXTENSION_NAMES.length] ?? '';
}

function identifierText(choice: IdentifierChoice, name: string, knowledge: Knowledge): string | undefined {
  const own = knowledge.identifierOf(name) ?? UNKNOWN_IDENTIFIER;
  const texts: Record<IdentifierChoice, string | undefined> = {
    own,
    upper: own.toUpperCase(),
    old: knowledge.oldIdentifierOf(name) ?? UNKNOWN_IDENTIFIER,
    none: undefined,
    malformed: `${own.slice(0, -1)}z`,
    unknown: UNKNOWN_IDENTIFIER,
    twice: own,
  };
  return texts[choice];
}

/** Which header comes twice. */
function isTwice(call: Call, name: string): boolean {
  if (call.kind === 'response') return call.mode === 'twice' && name === 'Lambda-Runtime-Function-Response-Mode';
  if (call.kind === 'register') return call.isDoubled && name === 'Lambda-Extension-Name';
  return (call.kind === 'extensionNext' || call.kind === 'subscribe') && call.identifier === 'twice' && name === 'Lambda-Extension-Identifier';
}

function headerLines(call: Call, name: string, value: string): string[] {
  return isTwice(call, name) ? [`${name}: ${value}`, `${name}: ${value}`] : [`${name}: ${value}`];
}

/** As RFC 9110 section 5.3 reads repeated lines. */
function joined(headers: ReadonlyMap<string, string>, call: Call): Map<string, string> {
  return new Map([...headers].map(([name, value]) => [name, isTwice(call, name) ? `${value}, ${value}` : value]));
}

function bodyOf({ call, bodyBytes }: Request, knowledge: Knowledge): string {
  if (call.kind === 'register') return REGISTER_BODIES[call.body];
  if (call.kind === 'next' || call.kind === 'extensionNext' || call.kind === 'ping' || bodyBytes === 0) return '';
  const text = `"body ${knowledge.nextBody()} `;
  // Error reports have a smaller place in the test than in life: only responses are large.
  const bytes = call.kind === 'response' ? bodyBytes : Math.min(bodyBytes, 700);
  return `${text}${'x'.repeat(Math.max(0, bytes - text.length - 1))}"`;
}

function chunked(body: string, { call }: Request): Payload {
  const size = body === '' ? '' : `${body.length.toString(16)}\r\n`;
  const trailers =
    call.kind === 'response' && call.isTrailing ? `Lambda-Runtime-Function-Error-Type: Runtime.Late\r\nLambda-Runtime-Function-Error-Body: ${Buffer.from('"late"').toString('base64')}\r\n` : '';
  const text = `${size}${body}${body === '' ? '' : '\r\n'}0\r\n${trailers}\r\n`;
  return { text, middle: size.length + Math.floor(body.length / 2), end: size.length + body.length };
}

/** What is refused before anybody looks at the route; the connection ends. */
const BAD_HEADS: Record<BadHead, string> = {
  twoHosts: 'GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n',
  noHost: 'GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nAccept: */*\r\n\r\n',
  twoLengths: 'POST /2018-06-01/runtime/init/error HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}',
  lengthAndCoding: 'POST /2018-06-01/runtime/init/error HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  codingAndLength: 'POST /2018-06-01/runtime/init/error HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n',
  listOfLengths: 'POST /2018-06-01/runtime/init/error HTTP/1.1\r\nHost: a\r\nContent-Length: 2, 2\r\n\r\n{}',
  signedLength: 'POST /2018-06-01/runtime/init/error HTTP/1.1\r\nHost: a\r\nContent-Length: +2\r\n\r\n{}',
  manyFields: `GET /2018-06-01/ping HTTP/1.1\r\nHost: a\r\n${'A: b\r\n'.repeat(100)}\r\n`,
  longLine: `GET /${'x'.repeat(8_192)} HTTP/1.1\r\nHost: a\r\n\r\n`,
  version2: 'GET /2018-06-01/ping HTTP/2.0\r\nHost: a\r\n\r\n',
  unknownMethod: 'BREW /2018-06-01/ping HTTP/1.1\r\nHost: a\r\n\r\n',
  unknownExpectation: 'POST /2018-06-01/runtime/init/error HTTP/1.1\r\nHost: a\r\nExpect: more\r\nContent-Length: 2\r\n\r\n{}',
  bareLineFeed: 'GET /2018-06-01/ping HTTP/1.1\r\nHost: a\nX: y\r\n\r\n',
  noColon: 'GET /2018-06-01/ping HTTP/1.1\r\nHost: a\r\nnothing\r\n\r\n',
  nulInValue: 'GET /2018-06-01/ping HTTP/1.1\r\nHost: a\r\nA: b\0c\r\n\r\n',
  unknownCoding: 'POST /2018-06-01/runtime/init/error HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n',
  oldAndChunked: 'POST /2018-06-01/runtime/init/error HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
};

export const BAD_HEAD_STATUSES: Record<BadHead, number> = {
  twoHosts: 400, noHost: 400, twoLengths: 400, lengthAndCoding: 400, codingAndLength: 400, listOfLengths: 400, signedLength: 400, manyFields: 431,
  longLine: 414, version2: 505, unknownMethod: 501, unknownExpectation: 417, bareLineFeed: 400, noColon: 400, nulInValue: 400, unknownCoding: 501,
  oldAndChunked: 400,
};

function badRequest({ call, closes }: Request, head: BadHead): RequestText {
  const facts: Facts = { call, method: 'GET', target: '/', headers: new Map(), body: '', framing: 'length', stop: 'nowhere', closes };
  return { facts, now: Buffer.from(BAD_HEADS[head], 'latin1'), later: Buffer.alloc(0) };
}
