/**
 * Cold-start driver for the whole platform: starts `rik up` once; each `start` creates a function that has never run,
 * lets the pool fill up again, and times its first invocation through the API. What is timed is what a caller sees.
 * The lines that go back and forth are described in cold-start-cases.ts.
 */
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startPlatform, zipFolder, type Platform } from '../platform-client.ts';
import { killAllStarted } from '../processes.ts';

/** Long enough for a blank environment to take the place of the one that the last start used. */
const POOL_SETTLE_MS = 1_500;

const { values } = parseArgs({
  options: { runtime: { type: 'string', default: '' }, handler: { type: 'string', default: '' }, code: { type: 'string', default: '' } },
});

process.on('exit', killAllStarted);
try {
  await serve();
} catch (error) {
  // In place of `ready`: the bench prints it as the reason.
  print(error instanceof Error ? error.message.replaceAll('\n', ' ') : String(error));
  process.exitCode = 1;
}

async function serve(): Promise<void> {
  const code = await zipFolder(values.code);
  const platform = await startPlatform();
  try {
    print('ready');
    let number = 0;
    for await (const line of createInterface({ input: process.stdin })) {
      if (line !== 'start') continue;
      number += 1;
      print(JSON.stringify(await answer(platform, code, `bench-${process.pid}-${number}`)));
    }
  } finally {
    await platform.stop();
  }
}

async function answer(platform: Platform, code: Buffer, name: string): Promise<{ elapsedMs: number } | { error: string }> {
  try {
    await platform.createFunction({ name, runtime: values.runtime, handler: values.handler, code });
    try {
      await sleep(POOL_SETTLE_MS);
      return { elapsedMs: await platform.invoke(name, '{"name":"bench"}') };
    } finally {
      await platform.deleteFunction(name);
    }
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
