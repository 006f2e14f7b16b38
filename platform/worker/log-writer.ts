/**
 * Between the environments and the log sink: gathers what many invocations print into few writes, and holds back the environments
 * that print faster than the sink takes. The limit is each environment's own, so that a flood slows nobody but who makes it.
 */
import type { Clock } from '../../foundation/clock.ts';
import type { FunctionVersion } from './function-version.ts';
import type { LogSink } from './log-sink.ts';

/** What one environment may have waiting before it is read no further. */
export const STREAM_PENDING_BYTES_MAX = 1_048_576;
/** What a piece costs beside its bytes: a flood of single bytes must not be cheaper than one of lines. */
const PIECE_BYTES = 128;
/** Of all environments together: so much is worth a write of its own, whatever the time. */
const FLUSH_BYTES = 65_536;
const LINE_FEED = 0x0a;
const NOTHING = Buffer.alloc(0);

export type LogWriterOptions = {
  clock: Clock;
  sink: LogSink;
  /** How long output may wait for company; 0: none does. */
  gatherMs: number;
  onProblem(error: unknown): void;
};

export class LogWriter {
  readonly #options: LogWriterOptions;
  /** Those with something pending, in the order of their first byte. */
  readonly #pending = new Set<LogStream>();
  #pendingBytes = 0;
  #cancelTimer: (() => void) | undefined;
  #flushing: Promise<void> | undefined;

  constructor(options: LogWriterOptions) {
    this.#options = options;
  }

  stream(version: FunctionVersion, name: string): LogStream {
    return new LogStream({ version, name, onWrite: (stream, bytes) => this.#wrote(stream, bytes), flush: () => this.#flushNow() });
  }

  /** Resolves when the sink has everything that was written so far. */
  async flush(): Promise<void> {
    this.#flushNow();
    await this.#flushing;
  }

  #wrote(stream: LogStream, bytes: number): void {
    this.#pending.add(stream);
    this.#pendingBytes += bytes;
    const { clock, gatherMs } = this.#options;
    if (gatherMs === 0 || this.#pendingBytes >= FLUSH_BYTES) this.#flushNow();
    else this.#cancelTimer ??= clock.schedule(gatherMs, () => this.#flushNow());
  }

  #flushNow(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (this.#flushing !== undefined) return;
    const wait = this.#writeUntilFull();
    if (wait === undefined) return;
    // Whoever writes meanwhile only adds to what the next round takes.
    this.#flushing = wait.catch(this.#options.onProblem).then(() => {
      this.#flushing = undefined;
      this.#flushNow();
      return this.#flushing;
    });
  }

  /** The promise is the sink's that wants no more for now. */
  #writeUntilFull(): Promise<void> | undefined {
    for (const stream of this.#pending) {
      this.#pending.delete(stream);
      const bytes = stream.take();
      this.#pendingBytes -= bytes.length;
      const wait = this.#writeOne(stream, bytes);
      if (wait !== undefined) return wait;
    }
    return undefined;
  }

  #writeOne({ version, name }: LogStream, bytes: Buffer): Promise<void> | undefined {
    try {
      return this.#options.sink.write({ version, logStream: name, bytes }) ?? undefined;
    } catch (error) {
      // A log that cannot be written must not fail an invocation.
      this.#options.onProblem(error);
      return undefined;
    }
  }
}

type StreamParts = { version: FunctionVersion; name: string; onWrite(stream: LogStream, bytes: number): void; flush(): void };

export class LogStream {
  readonly #parts: StreamParts;
  #pieces: Buffer[] = [];
  #heldBytes = 0;
  #endsLine = true;
  #whenRoom: (() => void) | undefined;

  constructor(parts: StreamParts) {
    this.#parts = parts;
  }

  get version(): FunctionVersion {
    return this.#parts.version;
  }

  /** `YYYY/MM/DD/[version]32 hex` */
  get name(): string {
    return this.#parts.name;
  }

  get isFull(): boolean {
    return this.#heldBytes >= STREAM_PENDING_BYTES_MAX;
  }

  /** False behind output without a line feed: a line of the platform then begins with one. */
  get endsLine(): boolean {
    return this.#endsLine;
  }

  /** One listener: the environment that was stopped when the stream was full. */
  onceRoom(listener: () => void): void {
    this.#whenRoom = listener;
  }

  write(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#pieces.push(bytes);
    this.#heldBytes += bytes.length + PIECE_BYTES;
    this.#endsLine = bytes.at(-1) === LINE_FEED;
    this.#parts.onWrite(this, bytes.length);
  }

  /** Lines of the platform, each ended by a line feed; returns what was written. */
  writeLines(text: string): Buffer {
    if (text === '') return NOTHING;
    const bytes = Buffer.from(this.#endsLine ? text : `\n${text}`, 'utf8');
    this.write(bytes);
    return bytes;
  }

  /** Somebody waits for what was written: no more gathering. */
  flush(): void {
    this.#parts.flush();
  }

  /** Everything that waits; for the writer. */
  take(): Buffer {
    const bytes = this.#pieces.length === 1 && this.#pieces[0] !== undefined ? this.#pieces[0] : Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#heldBytes = 0;
    const listener = this.#whenRoom;
    this.#whenRoom = undefined;
    listener?.();
    return bytes;
  }
}
