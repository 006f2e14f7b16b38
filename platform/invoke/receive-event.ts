/** The event of an invocation that comes through `node:http`. */
import type { IncomingMessage } from 'node:http';
import { EVENT_BYTES_MAX } from '../../runtime-api/protocol/limits.ts';

/** Undefined when the invoker broke off. An event over the limit is counted to its end and thrown away. */
export async function receiveEvent(request: IncomingMessage): Promise<{ body: Buffer; bodyBytes: number } | undefined> {
  let pieces: Buffer[] = [];
  let bodyBytes = 0;
  request.on('data', (piece: Buffer) => {
    bodyBytes += piece.length;
    if (bodyBytes <= EVENT_BYTES_MAX) pieces.push(piece);
    else pieces = [];
  });
  await new Promise<void>((resolve) => request.on('end', resolve).on('close', resolve).on('error', () => resolve()));
  if (!request.complete) return undefined;
  return { body: Buffer.concat(pieces), bodyBytes };
}
