/**
 * How what a function's processes print reaches the emulator. A FIFO keeps the order of output and platform lines by itself and can be
 * opened through `/dev/stderr`; pipes work on every system, and the order is kept by waiting for them to be read.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { ChildOutput } from '../supervisor/direct-launcher.ts';
import { fifoPathsIn, LogPipes } from '../supervisor/log-pipes.ts';
import { OutputRouter } from '../supervisor/output-router.ts';
import type { OutputControl, OutputSource } from '../supervisor/output-router.ts';
import type { LogOutput } from './log-output.ts';

export type ProcessOutputKind = 'fifo' | 'pipes';

export type ProcessOutput = {
  /** What a process is started with. */
  readonly childOutput: ChildOutput;
  /** What the environment has to say about it. */
  readonly control: OutputControl;
  /** Reports at once what has been printed so far, where that is possible. */
  drain(): void;
  /** Calls back when everything that had been printed has been reported: at once where `drain` does it, which has been called before. */
  settled(then: () => void): void;
  close(): void;
};

/** Windows has no FIFO, and a small image may have no `mkfifo`. */
export function openProcessOutput(kind: ProcessOutputKind | undefined, log: LogOutput): ProcessOutput {
  if (kind === 'pipes' || (kind === undefined && process.platform === 'win32')) return new PipesOutput(log);
  try {
    return fifoOutput(log);
  } catch (error) {
    const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (kind === 'fifo' || !isAbsent) throw error;
    return new PipesOutput(log);
  }
}

function fifoOutput(log: LogOutput): ProcessOutput {
  const folder = mkdtempSync(join(tmpdir(), 'rik-emulator-'));
  try {
    const paths = fifoPathsIn(folder, '');
    execFileSync('mkfifo', ['-m', '0600', ...Object.values(paths)]);
    const router = new OutputRouter((bytes) => {
      log.write(bytes);
      if (!log.isBlocked || pipes.isPaused) return;
      pipes.pause();
      log.onceFlowing(() => pipes.resume());
    });
    const pipes = new LogPipes(paths, router);
    return {
      childOutput: { kind: 'descriptors', descriptors: pipes.descriptors },
      control: router,
      drain: () => pipes.drain(),
      // The environment drains before it says that anything is complete.
      settled: (then) => then(),
      close() {
        pipes.drain();
        router.endLines();
        pipes.close();
      },
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Turns of the event loop that a process which never stops printing can hold up the report of its invocation. */
const SETTLE_TURNS_MAX = 64;

/**
 * What a process printed before a call has reached the pipe when the call is read, and one turn of the event loop reads every pipe that
 * has something: a turn without output, after the call, means that all of it was seen.
 */
class PipesOutput implements ProcessOutput {
  readonly control: OutputRouter;
  readonly #log: LogOutput;
  readonly #streams = new Set<Readable>();
  #pieces = 0;
  #isHeldBack = false;

  constructor(log: LogOutput) {
    this.#log = log;
    this.control = new OutputRouter((bytes) => log.write(bytes));
  }

  readonly childOutput: ChildOutput = { kind: 'pipes', attach: (stream, source) => this.#attach(stream, source) };

  drain(): void {
    // Nothing can be read out of turn; `settled` waits instead.
  }

  settled(then: () => void): void {
    let turns = 0;
    const look = (piecesBefore: number): void => {
      turns += 1;
      if (this.#pieces === piecesBefore || this.#isHeldBack || turns > SETTLE_TURNS_MAX) then();
      else setImmediate(look, this.#pieces);
    };
    // The first turn may have begun before the last output arrived.
    setImmediate(() => setImmediate(look, this.#pieces));
  }

  close(): void {
    this.control.endLines();
    for (const stream of this.#streams) stream.destroy();
  }

  #attach(stream: Readable, source: OutputSource): void {
    this.#streams.add(stream);
    stream.on('data', (bytes: Buffer) => this.#received(source, bytes));
    stream.on('error', () => {
      // 'close' follows.
    });
    stream.on('close', () => this.#streams.delete(stream));
    if (this.#isHeldBack) stream.pause();
  }

  #received(source: OutputSource, bytes: Buffer): void {
    this.#pieces += 1;
    this.control.received(source, bytes);
    if (!this.#log.isBlocked || this.#isHeldBack) return;
    this.#isHeldBack = true;
    for (const stream of this.#streams) stream.pause();
    this.#log.onceFlowing(() => {
      this.#isHeldBack = false;
      for (const stream of this.#streams) stream.resume();
    });
  }
}
