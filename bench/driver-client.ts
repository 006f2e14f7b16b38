/** The bench's end of a cold-start driver: see cold-start-cases.ts for the lines that go back and forth. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { benchError } from './errors.ts';

const READY_LIMIT_MS = 120_000;
const START_LIMIT_MS = 60_000;
const END_LIMIT_MS = 15_000;
const ANSWER = z.union([z.object({ elapsedMs: z.number().nonnegative() }), z.object({ error: z.string() })]);

export type Driver = { start(): Promise<number>; close(): Promise<void> };

/** Returns once the driver has said `ready`. Its stderr goes to ours. */
export async function openDriver(argv: readonly string[]): Promise<Driver> {
  const [program = '', ...parameters] = argv;
  const child = spawn(program, parameters, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
  child.stdin.on('error', () => undefined);
  const close = async (): Promise<void> => {
    // Its end is its own affair as long as it comes: it has a platform to stop.
    child.stdin.end();
    await Promise.race([ended, sleep(END_LIMIT_MS, undefined, { ref: false })]);
    child.kill('SIGKILL');
  };
  const readLine = async (limitMs: number): Promise<string> => {
    const line = await Promise.race([lines.next(), sleep(limitMs, undefined, { ref: false })]);
    if (line === undefined || line.done === true) throw benchError('bench/not-ready', `${argv.join(' ')}: ${line === undefined ? `silent for ${limitMs} ms` : 'ended'}`);
    return line.value;
  };
  try {
    const greeting = await readLine(READY_LIMIT_MS);
    if (greeting !== 'ready') throw benchError('bench/not-ready', `${argv.join(' ')}: ${greeting}`);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    async start() {
      child.stdin.write('start\n');
      const answer = parseAnswer(await readLine(START_LIMIT_MS));
      if ('error' in answer) throw benchError('bench/not-ready', answer.error);
      return answer.elapsedMs;
    },
    close,
  };
}

function parseAnswer(line: string): z.infer<typeof ANSWER> {
  try {
    return ANSWER.parse(JSON.parse(line));
  } catch (cause) {
    throw benchError('bench/bad-report', `a cold-start driver answered ${line.slice(0, 200)}`, { cause });
  }
}
