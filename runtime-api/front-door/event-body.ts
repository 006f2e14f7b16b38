/** The event as it may reach a runtime: at most 6 MiB of JSON in UTF-8; nothing at all counts as an empty object. */
import { isUtf8 } from 'node:buffer';
import { EVENT_ASYNC_BYTES_MAX, EVENT_BYTES_MAX } from '../protocol/limits.ts';
import { isJson } from './json-syntax.ts';
import type { FrontDoorRefusal } from './refusal.ts';

/**
 * Below, making the value costs less than judging it byte by byte in code that must first become fast. Measured with Node 24 for
 * text, objects and texts full of escapes: even around half a megabyte.
 */
const SCANNED_FROM_BYTES = 1_048_576;
const EMPTY_OBJECT = Buffer.from('{}', 'utf8');

export function tooLargeEvent(bytes: number, invocationType: 'RequestResponse' | 'Event' = 'RequestResponse'): FrontDoorRefusal {
  const bytesMax = invocationType === 'Event' ? EVENT_ASYNC_BYTES_MAX : EVENT_BYTES_MAX;
  return {
    refused: true,
    errorName: 'RequestEntityTooLargeException',
    message: `${bytes} byte payload is too large for the ${invocationType} invocation type (limit ${bytesMax} bytes)`,
  };
}

export function checkEvent(bytes: Buffer): Buffer | FrontDoorRefusal {
  if (bytes.length === 0) return EMPTY_OBJECT;
  if (!isUtf8(bytes)) return notJson('Invalid UTF-8');
  return (bytes.length < SCANNED_FROM_BYTES ? parses(bytes) : isJson(bytes)) ? bytes : notJson('Unrecognized token or unexpected end of input');
}

/**
 * Reads the bytes as Latin-1, which is several times faster than decoding UTF-8 and lawful here: bytes above 0x7f can stand
 * inside JSON strings only, under either reading.
 */
function parses(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString('latin1'));
    return true;
  } catch {
    return false;
  }
}

function notJson(detail: string): FrontDoorRefusal {
  return {
    refused: true,
    errorName: 'InvalidRequestContentException',
    message: `Could not parse request body into json: Could not parse payload into json: ${detail}`,
  };
}
