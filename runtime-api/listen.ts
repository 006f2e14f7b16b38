/** Listening, and the address that came of it. */
import type { Server } from 'node:net';

/** Resolves to `host:port` as it stands in an address; rejects with the operating system's error. */
export async function listen(server: Server, address: { host: string; port: number }): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: address.host, port: address.port }, () => {
      server.off('error', reject);
      // A connection that could not be accepted (too many descriptors) is that peer's loss, not the server's end.
      server.on('error', () => {});
      resolve();
    });
  });
  const bound = server.address();
  const { host, port } = typeof bound === 'object' && bound !== null ? { host: bound.address, port: bound.port } : address;
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
