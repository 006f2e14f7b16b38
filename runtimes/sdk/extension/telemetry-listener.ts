/** Takes deliveries of the Telemetry API over HTTP. Listens where the platform can reach it and nobody else: the environment's own address. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { parseTelemetry, type TelemetryEvent } from './telemetry-events.ts';

export type TelemetryListenerOptions = {
  /** A rejection answers 500, upon which the platform delivers again. */
  onEvents: (events: TelemetryEvent[]) => void | Promise<void>;
  /** Default: a free one. 9001 is the platform's. */
  port?: number;
};

export type TelemetryListener = {
  /** For `destination.URI` of the subscription. */
  uri: string;
  close(): Promise<void>;
};

/** A batch may be twice `maxBytes` and metadata (runtime-api §12.3); four times its maximum is the end. */
const DELIVERY_BYTES_MAX = 4_194_304;
/** The name under which the platform delivers. Source: AWS guide, Telemetry API. */
const SANDBOX_HOST = 'sandbox.localdomain';

export async function listenForTelemetry({ onEvents, port = 0 }: TelemetryListenerOptions): Promise<TelemetryListener> {
  const server = createServer((request, response) => {
    receive(request, onEvents).then(
      (status) => response.writeHead(status).end(),
      () => response.writeHead(500).end(),
    );
  });
  // Outside of an environment the name leads nowhere; then the delivery comes from this machine.
  await listen(server, port, SANDBOX_HOST).catch(() => listen(server, port, '127.0.0.1'));
  server.unref();
  const address = server.address();
  const listening = typeof address === 'object' && address !== null ? address.port : port;
  return {
    uri: `http://${SANDBOX_HOST}:${listening}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function receive(request: IncomingMessage, onEvents: TelemetryListenerOptions['onEvents']): Promise<number> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request) {
    const buffer = Buffer.from(piece);
    bytes += buffer.length;
    if (bytes > DELIVERY_BYTES_MAX) return 413;
    pieces.push(buffer);
  }
  let events: TelemetryEvent[];
  try {
    events = parseTelemetry(Buffer.concat(pieces).toString('utf8'));
  } catch {
    return 400;
  }
  await onEvents(events);
  return 200;
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => reject(error);
    server.once('error', onError);
    server.listen(port, host, () => {
      server.off('error', onError);
      resolve();
    });
  });
}
