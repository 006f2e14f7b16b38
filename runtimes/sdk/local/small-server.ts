/** What the servers of the local mode share. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/** Resolves to its address; 0 is a free port. */
export function listenOnLoopback(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const bound = server.address();
      resolve(`127.0.0.1:${typeof bound === 'object' && bound !== null ? bound.port : port}`);
    });
  });
}

export async function readAll(request: IncomingMessage, onChunk?: (chunk: Uint8Array) => void): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) {
    const buffer = Buffer.from(piece);
    onChunk?.(buffer);
    pieces.push(buffer);
  }
  return Buffer.concat(pieces);
}

export function refuse(response: ServerResponse, status: number, errorType: string, errorMessage: string): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify({ errorType, errorMessage }));
}
