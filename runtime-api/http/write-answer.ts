/** Puts an answer on the wire: in one write where the body is small, head and body in one vector where it is not. */
import type { Socket } from 'node:net';
import { JOINED_BODY_BYTES_MAX, renderHead, renderJoined } from './answer.ts';
import type { Answer, Persistence } from './answer.ts';

export function writeAnswer(socket: Socket, reply: Answer, { method, persistence }: { method: string; persistence: Persistence }): void {
  if (method === 'HEAD') {
    socket.write(renderHead(reply, persistence), 'latin1');
  } else if (reply.body.length <= JOINED_BODY_BYTES_MAX) {
    socket.write(renderJoined(reply, persistence));
  } else {
    socket.cork();
    socket.write(renderHead(reply, persistence), 'latin1');
    socket.write(reply.body);
    socket.uncork();
  }
}
