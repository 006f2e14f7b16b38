/** The parsers that read what others wrote, each against a second reading or against what was put in. */
import fc from 'fast-check';
import { isUtf8 } from 'node:buffer';
import * as assert from 'uvu/assert';
import { encodeFrame, FrameDecoder, FrameError } from '../../../runtime-api/channel/frames.ts';
import type { Frame } from '../../../runtime-api/channel/frames.ts';
import { decodeServerMessage } from '../../../runtime-api/channel/server-message-parser.ts';
import { parseRegistration } from '../../../runtime-api/extensions/register-request.ts';
import { checkEvent } from '../../../runtime-api/front-door/event-body.ts';
import { eventMessage } from '../../../runtime-api/front-door/event-stream.ts';
import { readInvokeHeaders } from '../../../runtime-api/front-door/invoke-headers.ts';
import { matchInvocationsPath } from '../../../runtime-api/front-door/invocations-path.ts';
import { isJson } from '../../../runtime-api/front-door/json-syntax.ts';
import { ChunkedDecoder } from '../../../runtime-api/http/chunked-decoder.ts';
import { HeadParser } from '../../../runtime-api/http/head.ts';
import { errorBodyForInvoker, normaliseErrorType } from '../../../runtime-api/protocol/reported-error.ts';
import type { FuzzPart } from '../part.ts';
import { cutAt, JSON_PIECES, mutate, mutations } from './bytes.ts';
import type { Mutation } from './bytes.ts';
import { decodeEventMessage } from './event-message.ts';

/** Has read all the heads before, and must not remember anything wrong. */
const LONG_LIVED_PARSER = new HeadParser();

export const jsonPart: FuzzPart<{ value: string; padding: number; offset: number; changes: Mutation[] }> = {
  name: 'json',
  inputs: fc.record({
    value: fc.oneof(fc.json(), fc.string({ unit: 'binary', maxLength: 400 }).map((text) => JSON.stringify({ text }))),
    // Long strings are read in words, whose alignment depends on where the text begins.
    padding: fc.constantFrom(0, 0, 5, 130, 3_000),
    offset: fc.nat(7),
    changes: mutations(JSON_PIECES),
  }),
  run({ value, padding, offset, changes }, tally) {
    const text = padding === 0 ? value : `[${JSON.stringify('ä'.repeat(padding))},${value}]`;
    const mutated = mutate(Buffer.from(text), changes);
    const bytes = Buffer.concat([Buffer.alloc(offset), mutated]).subarray(offset);
    const isTaken = isUtf8(bytes) && parses(bytes);
    tally.add(isTaken ? 'json' : 'not json');
    if (isUtf8(bytes)) assert.is(isJson(bytes), isTaken, 'isJson');
    const checked = checkEvent(bytes);
    assert.is(Buffer.isBuffer(checked), isTaken || bytes.length === 0, 'checkEvent');
    return 1;
  },
};

function parses(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

const HEADER_TEXT = fc.string({ unit: 'binary', maxLength: 80 });

export const eventStreamPart: FuzzPart<{ headers: [string, string][]; payload: string }> = {
  name: 'event-stream',
  inputs: fc.record({
    headers: fc.array(fc.tuple(fc.string({ minLength: 1, maxLength: 60 }).map((name) => `:${name}`), HEADER_TEXT), { maxLength: 4 }),
    payload: fc.string({ unit: 'binary', maxLength: 500 }),
  }),
  run({ headers, payload }) {
    const wanted = new Map(headers.map(([name, value]) => [name, value.toWellFormed()]));
    const message = decodeEventMessage(Buffer.concat(eventMessage(Object.fromEntries(wanted), Buffer.from(payload))));
    assert.equal([...message.headers].sort(), [...wanted].sort());
    assert.ok(message.payload.equals(Buffer.from(payload)));
    return 1;
  },
};

type FrameInput = { type: number; header: string; payload: string };

export const framesPart: FuzzPart<{ frames: FrameInput[]; cuts: number[]; changes: Mutation[] }> = {
  name: 'frames',
  inputs: fc.record({
    frames: fc.array(fc.record({ type: fc.nat(40), header: fc.json(), payload: fc.string({ maxLength: 200 }) }), { minLength: 1, maxLength: 4 }),
    cuts: fc.array(fc.nat(2_000), { maxLength: 5 }),
    changes: fc.oneof({ weight: 1, arbitrary: fc.constant<Mutation[]>([]) }, { weight: 2, arbitrary: mutations(['\0', '\xff', '\0\0\0\x03', '{}']) }),
  }),
  run({ frames, cuts, changes }, tally) {
    const sent = Buffer.concat(frames.flatMap(({ type, header, payload }) => encodeFrame(type, JSON.parse(header), Buffer.from(payload))));
    const seen: Frame[] = [];
    const end = receive(cutAt(mutate(sent, changes), cuts), seen);
    tally.add(end);
    if (changes.length > 0) return 1;
    assert.is(seen.length, frames.length);
    for (const [index, { type, header, payload }] of frames.entries()) {
      assert.is(seen[index]?.type, type);
      assert.is(JSON.stringify(seen[index]?.header), JSON.stringify(JSON.parse(header)));
      assert.is(seen[index]?.payload.toString(), Buffer.from(payload).toString());
    }
    return 1;
  },
};

/** Only a `FrameError` may come out of hostile bytes. */
function receive(pieces: readonly Buffer[], seen: Frame[]): string {
  const decoder = new FrameDecoder();
  try {
    for (const piece of pieces) decoder.push(piece, (frame) => void seen.push(frame));
  } catch (error) {
    if (!(error instanceof FrameError)) throw error;
    return 'refused frame';
  }
  for (const frame of seen) {
    try {
      decodeServerMessage(frame);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
    }
  }
  return 'frames';
}

const EVENT = fc.oneof(fc.constantFrom<unknown>('INVOKE', 'SHUTDOWN', 'invoke', 'INVOKE '), fc.string(), fc.jsonValue());

export const registrationPart: FuzzPart<{ body: string; changes: Mutation[] }> = {
  name: 'registration',
  inputs: fc.record({
    body: fc.oneof(
      fc.json(),
      fc.record({ events: fc.oneof(fc.array(EVENT, { maxLength: 4 }), EVENT), configurationKeys: fc.constantFrom<unknown>([], ['a'], 'a', null) }, { requiredKeys: [] }).map((value) => JSON.stringify(value)),
    ),
    changes: mutations(JSON_PIECES),
  }),
  run({ body, changes }, tally) {
    const bytes = mutate(Buffer.from(body), changes);
    const registration = parseRegistration(bytes);
    const wanted = wantedEvents(bytes);
    tally.add(wanted === undefined ? 'refused registration' : 'registration');
    assert.equal('kind' in registration ? undefined : registration.events, wanted);
    if ('kind' in registration) assert.is(registration.kind, 'extensionRefused');
    return 1;
  },
};

/** Section 11.5: known events in a list or none, no configuration keys; anything else about it is ignored. */
function wantedEvents(bytes: Buffer): string[] | undefined {
  if (!parses(bytes)) return undefined;
  const value: unknown = JSON.parse(bytes.toString('utf8'));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { events, configurationKeys } = { events: undefined, configurationKeys: undefined, ...value } satisfies { events: unknown; configurationKeys: unknown };
  const names: unknown = events ?? [];
  const keys: unknown = configurationKeys ?? [];
  if (!Array.isArray(names) || !Array.isArray(keys) || keys.length > 0) return undefined;
  return names.every((name) => name === 'INVOKE' || name === 'SHUTDOWN') ? ['INVOKE', 'SHUTDOWN'].filter((name) => names.includes(name)) : undefined;
}

export const chunkedPart: FuzzPart<{ chunks: string[]; changes: Mutation[]; cuts: number[] }> = {
  name: 'chunked',
  inputs: fc.record({
    chunks: fc.array(fc.string({ minLength: 1, maxLength: 40 }), { maxLength: 4 }),
    changes: fc.oneof(fc.constant<Mutation[]>([]), mutations(['\r', '\n', '0\r\n\r\n', ';', 'A: b\r\n', ' ', '-', '0x', 'ffffffff'])),
    cuts: fc.array(fc.nat(300), { maxLength: 6 }),
  }),
  run({ chunks, changes, cuts }, tally) {
    const data = chunks.map((chunk) => Buffer.from(chunk));
    const text = Buffer.concat([...data.flatMap((chunk) => [Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')]), Buffer.from('0\r\nA: b\r\n\r\n')]);
    const bytes = mutate(text, changes);
    const whole = decodeChunked([bytes]);
    tally.add(`chunked ${whole.end}`);
    assert.equal(decodeChunked(cutAt(bytes, cuts)), whole, 'where it is cut changes nothing');
    if (changes.length === 0) assert.is(whole.body, Buffer.concat(data).toString('latin1'));
    return 1;
  },
};

function decodeChunked(pieces: readonly Buffer[]): { end: string; body: string; trailers: [string, string][] } {
  const decoder = new ChunkedDecoder(1_000);
  let body = '';
  for (const piece of pieces) {
    const result = decoder.push(piece, (slice) => void (body += slice.toString('latin1')));
    if (result.kind === 'malformed') return { end: 'malformed', body: '', trailers: [] };
    if (result.kind === 'done') return { end: 'done', body, trailers: [...result.trailers] };
  }
  return { end: 'more', body, trailers: [] };
}

/** Whatever the text is: no parser throws, and none takes longer than its length. */
export const headersPart: FuzzPart<{ text: string; changes: Mutation[] }> = {
  name: 'headers',
  inputs: fc.record({
    text: fc.constantFrom(
      'POST /2015-03-31/functions/f:1/invocations?Qualifier=2 HTTP/1.1\r\nHost: a\r\nX-Amz-Client-Context: e30=\r\nX-Amz-Tenant-Id: t',
      'POST /2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af/invocations HTTP/1.1\r\nHost: a\r\nX-Amzn-Trace-Id: Root=1',
      'GET / HTTP/1.0\r\nConnection: keep-alive\r\nX-Amz-Invocation-Type: Event',
    ),
    changes: mutations(['\r\n', '\n', ': ', ':', '%', '%zz', '%2f', '?', '&', 'Host: b\r\n', 'Content-Length: 1\r\n', '\t', '\0', '\xff', '=', ' HTTP/1.1', '$LATEST', '"', '{']),
  }),
  run({ text, changes }, tally) {
    const bytes = mutate(Buffer.from(text, 'latin1'), changes);
    const head = new HeadParser().parse(bytes);
    assert.equal(LONG_LIVED_PARSER.parse(bytes), head);
    tally.add('refused' in head ? `head ${head.status}` : 'head');
    if ('refused' in head) return 1;
    assert.ok(head.target.startsWith(head.path) && !head.path.includes('?'));
    const path = matchInvocationsPath(head.path, head.query);
    if (path !== undefined) assert.match(path.functionName, /^[a-zA-Z0-9\-_.]{1,140}$/);
    const headers = readInvokeHeaders(head.headers);
    if (!('refused' in headers) && headers.clientContext !== undefined) JSON.parse(headers.clientContext);
    return 1;
  },
};

export const errorReportPart: FuzzPart<{ body: string; contentType: string; type: string }> = {
  name: 'error-report',
  inputs: fc.record({
    body: fc.oneof(fc.json(), fc.string({ unit: 'binary' })),
    contentType: fc.constantFrom('application/vnd.aws.lambda.error.cause+json', 'application/json', 'APPLICATION/vnd.aws.lambda.error.cause+json ;x', ''),
    type: fc.oneof(fc.constantFrom('Runtime.A', 'Function.Bc', 'Function.', 'x'), fc.string()),
  }),
  run({ body, contentType, type }) {
    const errorType = normaliseErrorType(type);
    assert.match(errorType, /(Runtime|Function)\.[A-Z][a-zA-Z]+/);
    const given = Buffer.from(body);
    const made = errorBodyForInvoker({ body: given, contentType, errorType });
    if (contentType.toLowerCase().includes('cause')) assert.not.ok(isObjectWithCause(made));
    else if (given.length > 0) assert.ok(made.equals(given));
    return 1;
  },
};

function isObjectWithCause(bytes: Buffer): boolean {
  const value: unknown = JSON.parse(bytes.toString('utf8'));
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'errorCause');
}
