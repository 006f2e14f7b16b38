/** The server started alone: one environment, the runtime as a plain child process, and an HTTP front door. Nothing is isolated. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import type { Clock } from '../../foundation/clock.ts';
import { Environment } from '../environment.ts';
import { RuntimeApiServer } from '../runtime-api-server.ts';
import { directLauncher } from '../supervisor/direct-launcher.ts';
import { LogPipe } from '../supervisor/log-pipe.ts';
import { openFrontDoor } from './front-door.ts';
import { InvocationLine } from './invocation-line.ts';
import { LogOutput } from './log-output.ts';
import type { EmulatorOptions } from './options.ts';

export type Emulator = { url: string; runtimeApiAddress: string; close(): Promise<void> };

/** Rejects with the operating system's error when an address cannot be had; nothing is left open then. */
export async function startEmulator(options: EmulatorOptions, clock: Clock, output: Writable): Promise<Emulator> {
  const log = new LogOutput(output);
  const logs = openLogPipe(log);
  const server = new RuntimeApiServer();
  const line = new InvocationLine(options, clock, log);
  try {
    const runtimeApiAddress = await server.listen(options.runtimeApi);
    const launcher = directLauncher({ logDescriptor: logs.writeDescriptor });
    const environment = new Environment({ clock, server, runtimeApiAddress, launcher, drainLogs: () => logs.drain(), print: (text) => log.write(text), listener: line });
    line.environment = environment;
    const frontDoor = await openFrontDoor(options, line);
    return {
      url: frontDoor.url,
      runtimeApiAddress,
      async close() {
        line.close();
        const closed = frontDoor.close();
        await environment.shutDown();
        await server.close();
        await closed;
        logs.drain();
        logs.close();
        log.close();
      },
    };
  } catch (error) {
    logs.close();
    log.close();
    await server.close();
    throw error;
  }
}

function openLogPipe(log: LogOutput): LogPipe {
  const folder = mkdtempSync(join(tmpdir(), 'rik-emulator-'));
  try {
    const fifo = join(folder, 'log');
    execFileSync('mkfifo', ['-m', '0600', fifo]);
    const logs: LogPipe = new LogPipe(fifo, (bytes) => {
      log.write(bytes);
      if (!log.isBlocked || logs.isPaused) return;
      logs.pause();
      log.onceFlowing(() => logs.resume());
    });
    return logs;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
