/** The echo bootstrap for machines without a C compiler: as native/bootstrap.c, over a raw socket of Node. */
import { readMessages } from './message-reader.ts';
import { connectPatiently } from './patient-connection.ts';

const pipeline = process.argv.includes('--pipeline');
const api = process.env['AWS_LAMBDA_RUNTIME_API'] ?? '';
const [host = '', port = ''] = api.split(':');
const socket = await connectPatiently(host, Number(port), 500);
const messages = readMessages(socket);
const next = `GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: ${api}\r\nUser-Agent: rik-bench\r\n\r\n`;

socket.write(next);
for (;;) {
  const { value: invocation, done } = await messages.next();
  // The server closed between two messages: the bench is over.
  if (done === true) break;
  const id = invocation.headers.get('lambda-runtime-aws-request-id');
  if (!invocation.firstLine.startsWith('HTTP/1.1 200 ') || id === undefined) throw new Error(`next answered ${invocation.firstLine}`);
  const head = `POST /2018-06-01/runtime/invocation/${id}/response HTTP/1.1\r\nHost: ${api}\r\nUser-Agent: rik-bench\r\nContent-Type: application/json\r\nContent-Length: ${invocation.body.length}\r\n\r\n`;
  socket.write(Buffer.concat([Buffer.from(head), invocation.body, Buffer.from(pipeline ? next : '')]));
  const { value: accepted, done: isOver } = await messages.next();
  if (isOver === true || !accepted.firstLine.startsWith('HTTP/1.1 202 ')) throw new Error(`response answered ${isOver === true ? 'nothing' : accepted.firstLine}`);
  if (!pipeline) socket.write(next);
}
