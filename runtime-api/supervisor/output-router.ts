/**
 * Everything that the processes of an environment print, on its way to the log and to whoever has asked for lines. Bytes go to the log as
 * they are, unless a level leaves lines out; lines are only looked for where somebody wants them.
 */
import { isAtLeast, keepsAll, keepsLine, TEXT_LOGGING } from '../log-format.ts';
import type { Logging } from '../log-format.ts';
import { LineSplitter } from './line-splitter.ts';
import { LogFrames } from './log-frames.ts';
import type { LogFrame } from './log-frames.ts';

export type OutputKind = 'function' | 'extension';
/** The frames are the function's, in another form. */
export type OutputSource = OutputKind | 'frames';

export type LineListener = {
  readonly wantsLines: boolean;
  /** Without its line feed; `epochMs` when the line itself says when it was. */
  line(kind: OutputKind, line: Buffer, epochMs?: number): void;
};

/** What an environment says of its processes' output. */
export type OutputControl = {
  /** A new life of the processes begins. */
  begin(life: { logging: Logging; listener: LineListener; sources: ReadonlySet<OutputSource> }): void;
  /** Whatever has been printed of a line belongs to what ends now. */
  endLines(): void;
};

const LINE_FEED = Buffer.from('\n', 'latin1');

export class OutputRouter implements OutputControl {
  readonly #log: (bytes: Buffer) => void;
  readonly #splitters: Record<OutputKind, LineSplitter>;
  readonly #frames: LogFrames;
  #logging = TEXT_LOGGING;
  #listener: LineListener | undefined;
  #sources: ReadonlySet<OutputSource> = new Set<OutputSource>(['function']);

  constructor(log: (bytes: Buffer) => void) {
    this.#log = log;
    this.#splitters = {
      function: new LineSplitter((line, isEnded) => this.#line('function', line, isEnded)),
      extension: new LineSplitter((line, isEnded) => this.#line('extension', line, isEnded)),
    };
    this.#frames = new LogFrames({
      message: (frame, bytes, isLast) => this.#message(frame, bytes, isLast),
      plain: (bytes) => this.received('function', bytes),
    });
  }

  /** Those that processes of this life print to. */
  get sources(): ReadonlySet<OutputSource> {
    return this.#sources;
  }

  begin({ logging, listener, sources }: Parameters<OutputControl['begin']>[0]): void {
    this.#logging = logging;
    this.#listener = listener;
    this.#sources = sources;
  }

  endLines(): void {
    this.#splitters.function.flush();
    this.#splitters.extension.flush();
  }

  received(source: OutputSource, bytes: Buffer): void {
    if (source === 'frames') return this.#frames.push(bytes);
    const filters = this.#filters(source);
    if (!filters) this.#log(bytes);
    if (filters || this.#listener?.wantsLines === true) this.#splitters[source].push(bytes);
  }

  /** Levels are the function's; what an extension prints is not filtered. */
  #filters(kind: OutputKind): boolean {
    return kind === 'function' && !keepsAll(this.#logging);
  }

  #line(kind: OutputKind, line: Buffer, isEnded: boolean): void {
    if (this.#filters(kind) && keepsLine(this.#logging, line.toString('utf8'))) this.#log(isEnded ? Buffer.concat([line, LINE_FEED]) : line);
    if (this.#listener?.wantsLines === true) this.#listener.line(kind, line);
  }

  /** A frame is one record however many lines it has. */
  #message({ level, epochMs }: LogFrame, bytes: Buffer, isLast: boolean): void {
    const hasEnd = bytes.at(-1) === LINE_FEED[0];
    if (keepsAll(this.#logging) || isKept(this.#logging, level, bytes)) this.#log(isLast && !hasEnd ? Buffer.concat([bytes, LINE_FEED]) : bytes);
    if (this.#listener?.wantsLines === true) this.#listener.line('function', isLast && hasEnd ? bytes.subarray(0, -1) : bytes, epochMs);
  }
}

function isKept(logging: Logging, level: LogFrame['level'], bytes: Buffer): boolean {
  return level === undefined ? keepsLine(logging, bytes.toString('utf8')) : isAtLeast(level, logging.applicationLevel);
}
