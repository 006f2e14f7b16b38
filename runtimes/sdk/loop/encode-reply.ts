/** A reply that is sent in one piece, as bytes. */
import { LambdaError } from '../errors.ts';
import type { Reply } from '../service.ts';

export type EncodedReply = { body: string | Uint8Array; contentType: string };

/** Throws `Runtime.UnserialisableResult` for what has no form in JSON. `undefined` is written as `null`. */
export function encodeReply(reply: Exclude<Reply, { kind: 'stream' }>): EncodedReply {
  if (reply.kind === 'bytes') return { body: reply.body, contentType: reply.contentType ?? 'application/json' };
  let body: string | undefined;
  try {
    body = JSON.stringify(reply.value === undefined ? null : reply.value);
  } catch (cause) {
    throw new LambdaError('Runtime.UnserialisableResult', `the result cannot be written as JSON: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  if (body === undefined) throw new LambdaError('Runtime.UnserialisableResult', `the result is a ${typeof reply.value}, which has no form in JSON`);
  return { body, contentType: 'application/json' };
}
