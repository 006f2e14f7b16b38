/** An answer whose body is made while it is sent: chunked, or ended by the connection where the peer speaks HTTP/1.0. */
import type { Socket } from 'node:net';
import { renderStreamHead } from './answer.ts';

export type StreamHead = {
  status: number;
  /** Header lines in wire form, each ended by CR LF; without those that frame the body. */
  headerLines: string;
};

export type AnswerStream = {
  /**
   * The pieces become one chunk and are on their way before this returns. False: enough is waiting for the peer; go on when told that
   * it flows. True, to nobody, once the peer is gone: whoever produces may go on to the end.
   */
  write(pieces: readonly Buffer[]): boolean;
  end(): void;
  /** Resets the connection: the peer cannot take what it has for the whole. */
  abort(): void;
};

/** Opens the one answer of a request; `onFlowing` is called when the peer has taken what waited, and when it is gone. */
export type OpenAnswerStream = (head: StreamHead, onFlowing: () => void) => AnswerStream;

/** Up to this size a chunk is copied into one buffer with its framing. */
const JOINED_CHUNK_BYTES_MAX = 16_384;
const LINE_END = Buffer.from('\r\n', 'latin1');
const LAST_CHUNK = Buffer.from('0\r\n\r\n', 'latin1');

/** What a stream does once there is nobody to read it. */
export const NOBODY: AnswerStream = { write: () => true, end: () => {}, abort: () => {} };

/** The connection's part in a stream: whether it is still this request's turn, and what follows its end. */
type Turn = { isChunked: boolean; isLast: boolean; isOpen(): boolean; ended(): void; aborted(): void };

/** Writes the head at once. */
export function openAnswerStream(socket: Socket, head: StreamHead, turn: Turn): AnswerStream {
  const { isChunked } = turn;
  socket.write(renderStreamHead(head, { persistence: turn.isLast ? 'closes' : 'stays', isChunked }), 'latin1');
  return {
    write: (pieces) => !turn.isOpen() || writeChunk(socket, pieces, isChunked),
    end() {
      if (!turn.isOpen()) return;
      if (isChunked) socket.write(LAST_CHUNK);
      turn.ended();
    },
    abort() {
      if (!turn.isOpen()) return;
      turn.aborted();
      socket.resetAndDestroy();
    },
  };
}

/** False when the socket holds enough. An empty chunk would end the body, so nothing is written for no bytes. */
function writeChunk(socket: Socket, pieces: readonly Buffer[], isChunked: boolean): boolean {
  let bytes = 0;
  for (const piece of pieces) bytes += piece.length;
  if (bytes === 0) return !socket.writableNeedDrain;
  const size = Buffer.from(`${bytes.toString(16)}\r\n`, 'latin1');
  const framed = isChunked ? [size, ...pieces, LINE_END] : pieces;
  if (bytes <= JOINED_CHUNK_BYTES_MAX) {
    socket.write(Buffer.concat(framed));
  } else {
    socket.cork();
    for (const piece of framed) socket.write(piece);
    socket.uncork();
  }
  return !socket.writableNeedDrain;
}
