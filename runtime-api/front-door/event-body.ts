/** The event as it may reach a runtime: at most 6 MiB of JSON in UTF-8; nothing at all counts as an empty object. */
import { isUtf8 } from 'node:buffer';
import { EVENT_ASYNC_BYTES_MAX, EVENT_BYTES_MAX } from '../protocol/limits.ts';
import type { FrontDoorRefusal } from './refusal.ts';

const EMPTY_OBJECT = Buffer.from('{}', 'utf8');

export function tooLargeEvent(bytes: number, invocationType: 'RequestResponse' | 'Event' = 'RequestResponse'): FrontDoorRefusal {
  const bytesMax = invocationType === 'Event' ? EVENT_ASYNC_BYTES_MAX : EVENT_BYTES_MAX;
  return {
    refused: true,
    errorName: 'RequestEntityTooLargeException',
    message: `${bytes} byte payload is too large for the ${invocationType} invocation type (limit ${bytesMax} bytes)`,
  };
}

/**
 * Reads the bytes as Latin-1, which is several times faster than decoding UTF-8 and lawful here: bytes above 0x7f can stand
 * inside JSON strings only, under either reading.
 */
export function checkEvent(bytes: Buffer): Buffer | FrontDoorRefusal {
  if (bytes.length === 0) return EMPTY_OBJECT;
  if (!isUtf8(bytes)) return notJson('Invalid UTF-8');
  try {
    JSON.parse(bytes.toString('latin1'));
    return bytes;
  } catch {
    return notJson('Unrecognized token or unexpected end of input');
  }
}

function notJson(detail: string): FrontDoorRefusal {
  return {
    refused: true,
    errorName: 'InvalidRequestContentException',
    message: `Could not parse request body into json: Could not parse payload into json: ${detail}`,
  };
}
