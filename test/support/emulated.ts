/** An emulator with a runtime that a test chooses, its log, and the certainty that nothing of it is left afterwards. */

import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { Writable } from 'node:stream';
import * as assert from 'uvu/assert';
import { systemClock } from '../../foundation/clock.ts';
import { startEmulator } from '../../runtime-api/index.ts';
import type { Emulator, EmulatorOptions, FunctionOptions } from '../../runtime-api/index.ts';
import { processesLeft } from './processes.ts';
import { RawPeer } from './raw-peer.ts';
import type { RawAnswer } from './raw-peer.ts';
import { withTemporaryFolder } from './temporary-folder.ts';

const SCENARIOS = join(import.meta.dirname, '..', 'fixtures', 'bootstraps', 'scenarios.mjs');

export type Emulated = {
  emulator: Emulator;
  port: number;
  /** A folder for the test's own files. */
  folder: string;
  invoke(body: string | Buffer, headers?: Record<string, string>): Promise<RawAnswer>;
  send(request: string | Buffer): Promise<RawAnswer | undefined>;
  /** Everything printed until now. */
  log(): string;
  /** Resolves to the log once it has a match. */
  logged(pattern: RegExp): Promise<string>;
  /** What the fixture noted, line by line, without its start marks. */
  notes(): string[];
  /** For a fixture that waits for a line. */
  note(line: string): void;
  /** Resolves to the notes once there are so many. */
  noted(count: number): Promise<string[]>;
  starts(): number;
};

export type EmulatedOptions = Partial<EmulatorOptions> & Partial<FunctionOptions> & {
  /** Words for the fixture; ignored with a `command`. */
  scenario?: readonly string[];
  /** What the runtime's environment has besides. */
  variables?: Readonly<Record<string, string>>;
  output?: Writable;
};

export async function withEmulator<Result>(options: EmulatedOptions, use: (emulated: Emulated) => Promise<Result>): Promise<Result> {
  return withTemporaryFolder(async (folder) => {
    const notesFile = join(folder, 'notes');
    writeFileSync(notesFile, '');
    const temporary = process.env['TMPDIR'];
    const { scenario = ['echo'], variables = {}, output = new PassThrough(), listen, processOutput, diagnose, cors, readLimits, profile = 'aws', functions, ...given } = options;
    const log = collect(output);
    // The emulator's own temporary files must come and go in here.
    process.env['TMPDIR'] = folder;
    const starting = startEmulator(
      {
        profile,
        listen: listen ?? { host: '127.0.0.1', port: 0 },
        diagnose,
        cors,
        readLimits,
        processOutput: processOutput ?? (process.env['RIK_TEST_PROCESS_OUTPUT'] === 'pipes' ? 'pipes' : undefined),
        functions: functions ?? [{ ...defaultFunction(folder, notesFile, scenario, variables), profile, ...given }],
      },
      systemClock,
      output,
    );
    if (temporary === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = temporary;
    const emulator = await starting;
    try {
      return await use(describe(emulator, folder, notesFile, log));
    } finally {
      await emulator.close();
      assert.equal(await processesLeft(notesFile), [], 'processes are left');
      assert.equal(readdirSync(folder).filter((name) => name.startsWith('rik-emulator')), [], 'temporary folders are left');
    }
  });
}

/** What a test gets that says nothing else. */
export function defaultFunction(folder: string, notesFile: string, scenario: readonly string[], variables: Readonly<Record<string, string>> = {}): FunctionOptions {
  return {
    profile: 'aws',
    runtimeApi: { host: '127.0.0.1', port: 0 },
    command: [process.execPath, fixturePath(), ...scenario],
    workingDirectory: folder,
    layersRoot: join(folder, 'opt'),
    functionName: 'test_function',
    functionVersion: '$LATEST',
    memoryMiB: 128,
    timeoutMs: 20_000,
    initTimeoutMs: 20_000,
    region: 'us-east-1',
    accountId: '000000000000',
    inherited: { PATH: process.env['PATH'], RIK_TEST_NOTES: notesFile, ...variables },
  };
}

/** The fixtures are found from the repository's folder too, because the test runner bundles its tests elsewhere. */
export function fixturePath(): string {
  const fromHere = join(process.cwd(), 'test', 'fixtures', 'bootstraps', 'scenarios.mjs');
  return existsSync(fromHere) ? fromHere : SCENARIOS;
}

function describe(emulator: Emulator, folder: string, notesFile: string, log: Log): Emulated {
  const port = Number(new URL(emulator.url).port);
  const lines = (): string[] => readFileSync(notesFile, 'utf8').split('\n').filter((line) => line !== '');
  const notes = (): string[] => lines().filter((line) => line !== 'started');
  const send = async (request: string | Buffer): Promise<RawAnswer | undefined> => {
    const peer = await RawPeer.connect(port);
    try {
      peer.send(request);
      return await peer.answer();
    } finally {
      peer.destroy();
    }
  };
  return {
    emulator,
    port,
    folder,
    send,
    log: () => log.text(),
    logged: (pattern) => log.until(pattern),
    notes,
    note: (line) => appendFileSync(notesFile, `${line}\n`),
    starts: () => lines().length - notes().length,
    async noted(count) {
      while (notes().length < count) await new Promise((resolve) => setTimeout(resolve, 5));
      return notes();
    },
    async invoke(body, headers = {}) {
      const reply = await send(invokeRequest(body, headers));
      if (reply === undefined) throw new Error('the front door closed the connection');
      return reply;
    },
  };
}

export function invokeRequest(body: string | Buffer, headers: Record<string, string> = {}, path = '/2015-03-31/functions/function/invocations'): Buffer {
  const bytes = typeof body === 'string' ? Buffer.from(body, 'utf8') : body;
  const lines = Object.entries({ Host: 'front', 'Content-Length': String(bytes.length), ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1'), bytes]);
}

type Log = { text(): string; until(pattern: RegExp): Promise<string> };

/** Reads an output that can be read; with any other the test looks for itself. */
function collect(output: Writable): Log {
  const pieces: Buffer[] = [];
  let wake: () => void = () => {};
  if (output instanceof PassThrough && output.listenerCount('data') === 0 && !output.isPaused()) {
    output.on('data', (piece: Buffer) => {
      pieces.push(piece);
      wake();
    });
  }
  const text = (): string => Buffer.concat(pieces).toString('utf8');
  return {
    text,
    async until(pattern) {
      while (!pattern.test(text())) await new Promise<void>((resolve) => (wake = resolve));
      return text();
    },
  };
}
