/** Ports for targets that must be told one. Below the range from which the system itself takes ports for connections. */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

const LOWEST = 18_000;
const BEYOND = 32_000;
const ATTEMPTS_MAX = 100;

const given = new Set<number>();

export async function findFreePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const port = randomInt(LOWEST, BEYOND);
    if (given.has(port) || !(await canBind(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`no free port between ${LOWEST} and ${BEYOND}`);
}

export async function canBind(port: number): Promise<boolean> {
  const server = createServer();
  try {
    return await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen({ host: '127.0.0.1', port }, () => resolve(true));
    });
  } finally {
    server.close();
  }
}
