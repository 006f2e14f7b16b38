/**
 * The peer that rik's own HTTP is measured against: the same routes in `node:http`, written the way one writes it when
 * nothing else is asked for. It is deliberately not tuned, and it is not a product: no limits, no life cycle, no logs.
 * usage: node node-http-broker.mjs FRONT-PORT API-PORT
 */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';

const [frontPort, apiPort] = process.argv.slice(2).map(Number);
const TIMEOUT_MS = 3_000;
const RESPONSE_PATH = /^\/2018-06-01\/runtime\/invocation\/([^/]+)\/response$/;

/** Invocations that wait for the environment, the one that runs, and the bootstrap's open `next`. */
const queue = [];
let current;
let next;

const front = createServer(async (request, response) => {
  if (request.method !== 'POST' || request.url !== '/2015-03-31/functions/function/invocations') {
    response.writeHead(404).end();
    return;
  }
  queue.push({ id: randomUUID(), event: await readBody(request), response });
  deliver();
});

const api = createServer(async (request, response) => {
  if (request.method === 'GET' && request.url === '/2018-06-01/runtime/invocation/next') {
    next = response;
    deliver();
    return;
  }
  const id = RESPONSE_PATH.exec(request.url)?.[1];
  if (request.method !== 'POST' || id === undefined) {
    response.writeHead(404).end();
    return;
  }
  const body = await readBody(request);
  if (current === undefined || current.id !== id) {
    response.writeHead(400, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ errorMessage: 'Invalid request ID', errorType: 'InvalidRequestID' }));
    return;
  }
  current.response.writeHead(200, { 'Content-Type': 'application/json', 'x-amzn-RequestId': id, 'Content-Length': body.length });
  current.response.end(body);
  current = undefined;
  response.writeHead(202, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify({ status: 'OK' }));
});

function deliver() {
  if (current !== undefined || next === undefined || queue.length === 0) return;
  current = queue.shift();
  next.writeHead(200, {
    'Content-Type': 'application/json',
    'Content-Length': current.event.length,
    'Lambda-Runtime-Aws-Request-Id': current.id,
    'Lambda-Runtime-Deadline-Ms': String(Date.now() + TIMEOUT_MS),
    'Lambda-Runtime-Invoked-Function-Arn': 'arn:aws:lambda:us-east-1:000000000000:function:function',
  });
  next.end(current.event);
  next = undefined;
}

async function readBody(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

api.listen(apiPort, '127.0.0.1', () => front.listen(frontPort, '127.0.0.1'));
