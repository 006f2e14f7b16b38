/** A line of output as one event, or as several where one would be larger than any subscriber's buffer has to be. */
import { TELEMETRY_BUFFERING } from '../protocol/telemetry.ts';
import type { LogRecord } from './render-event.ts';

/** A control character is one byte of output and six of JSON, and an event must fit the smallest `maxBytes`. */
const EVENT_BYTES_MAX = TELEMETRY_BUFFERING.maxBytes.min;
/** Six bytes of JSON for each unit of text is the most there can be. */
const NEVER_TOO_LARGE_CHARACTERS = Math.floor(EVENT_BYTES_MAX / 6);

export function logRecords(record: LogRecord): LogRecord[] {
  const { text, isJsonObject } = record;
  if (text.length <= NEVER_TOO_LARGE_CHARACTERS) return [record];
  if (Buffer.byteLength(isJsonObject ? text : JSON.stringify(text), 'utf8') <= EVENT_BYTES_MAX) return [record];
  const half = text.length >> 1;
  // Never between the two halves of one character.
  const cut = /[\ud800-\udbff]/.test(text[half - 1] ?? '') ? half - 1 : half;
  return [text.slice(0, cut), text.slice(cut)].flatMap((part) => logRecords({ ...record, text: part, isJsonObject: false }));
}
