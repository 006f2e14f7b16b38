/** Two readings of the same bytes: by our reader, and by `node:http` as the reference. Through real sockets. */
import { createServer } from 'node:http';
import { answer, HttpConnection } from '../../../runtime-api/index.ts';
import { listenOnFreePort, withServer } from '../../support/listening-server.ts';
import { RawPeer } from '../../support/raw-peer.ts';

type Reading = { method: string; target: string; headers: Record<string, string>; body: string; trailers: Record<string, string> };

/** Readings by connection, so that servers and their ports live as long as the test. */
export type Readers = { ours: number; reference: number; oursOf: (port: number) => Reading[]; referenceOf: (port: number) => Reading[] };

export async function withReaders(use: (readers: Readers) => Promise<void>): Promise<void> {
  const ours = new Map<number, Reading[]>();
  const reference = new Map<number, Reading[]>();
  const of = (map: Map<number, Reading[]>, port: number): Reading[] => {
    const readings = map.get(port) ?? [];
    map.set(port, readings);
    return readings;
  };
  const http = createServer({ maxHeaderSize: 4_194_304, keepAliveTimeout: 0 }, (request, response) => {
    const readings = of(reference, request.socket.remotePort ?? 0);
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      readings.push({
        method: request.method ?? '',
        target: request.url ?? '',
        headers: joined(request.rawHeaders),
        body: Buffer.concat(pieces).toString('latin1'),
        trailers: joined(request.rawTrailers),
      });
      response.writeHead(200, { 'Content-Length': 0 }).end();
    });
  });
  // Else the peer's end aborts a request that is whole but not yet reported.
  Object.assign(http, { httpAllowHalfOpen: true });
  // A little later, because a whole request before the bad one may not have been reported yet.
  http.on('clientError', (_, socket) => setImmediate(() => socket.destroy()));
  // A port may come round again.
  http.on('connection', (socket) => reference.set(socket.remotePort ?? 0, []));
  const referencePort = await listenOnFreePort(http);
  try {
    await withServer(
      (socket) => {
        ours.delete(socket.remotePort ?? 0);
        const readings = of(ours, socket.remotePort ?? 0);
        new HttpConnection(socket, {
          head: () => ({ kind: 'collect', bytesMax: 1_000_000 }),
          received(request, body) {
            const { method, target, headers } = request.head;
            readings.push({ method, target, headers: Object.fromEntries(headers), body: body.bytes.toString('latin1'), trailers: Object.fromEntries(body.trailers) });
            request.answer(answer(200, '', ''));
          },
          broken() {
            // Nothing was read.
          },
          peerEnded: () => true,
        });
      },
      (port) => use({ ours: port, reference: referencePort, oursOf: (peer) => of(ours, peer), referenceOf: (peer) => of(reference, peer) }),
    );
  } finally {
    http.closeAllConnections();
    await new Promise<void>((resolve) => http.close(() => resolve()));
  }
}

function joined(raw: readonly string[]): Record<string, string> {
  const fields = new Map<string, string>();
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] ?? '').toLowerCase();
    const earlier = fields.get(name);
    fields.set(name, earlier === undefined ? (raw[index + 1] ?? '') : `${earlier}, ${raw[index + 1] ?? ''}`);
  }
  return Object.fromEntries(fields);
}

/** Sends everything, ends the sending side, waits for the other's end; resolves to the local port and what came back. */
export async function converse(port: number, pieces: readonly Buffer[]): Promise<{ localPort: number; answers: string }> {
  const peer = await RawPeer.connect(port);
  const localPort = peer.socket.localPort ?? 0;
  await peer.sendInPieces(pieces);
  peer.end();
  const answers = await peer.all();
  peer.destroy();
  return { localPort, answers: answers.toString('latin1') };
}
