/**
 * Everything that the processes of an environment print, from the pipes to the log and to whoever has asked for lines. The runtime and
 * the extensions have a pipe each, so that their lines can be told apart; a third takes the frames of runtimes that write some.
 *
 * Bytes go to the log as they are, unless a level leaves lines out; lines are only looked for where somebody wants them.
 */
import { isAtLeast, keepsAll, keepsLine, TEXT_LOGGING } from '../log-format.ts';
import type { Logging } from '../log-format.ts';
import { LineSplitter } from './line-splitter.ts';
import { LogFrames } from './log-frames.ts';
import type { LogFrame } from './log-frames.ts';
import { LogPipe } from './log-pipe.ts';

export type OutputKind = 'function' | 'extension';

export type LineListener = {
  readonly wantsLines: boolean;
  /** Without its line feed; `epochMs` when the line itself says when it was. */
  line(kind: OutputKind, line: Buffer, epochMs?: number): void;
};

/** What an environment says of its processes' output. */
export type OutputControl = {
  /** A new life of the processes begins. */
  begin(life: { logging: Logging; listener: LineListener; hasExtensions: boolean; hasFrames: boolean }): void;
  /** Whatever has been printed of a line belongs to what ends now. */
  endLines(): void;
};

export type OutputDescriptors = { function: number; extension: number; frames: number };

const LINE_FEED = Buffer.from('\n', 'latin1');

export class ProcessOutput implements OutputControl {
  readonly descriptors: OutputDescriptors;
  readonly #log: (bytes: Buffer) => void;
  readonly #pipes: { function: LogPipe; extension: LogPipe; frames: LogPipe };
  readonly #splitters: Record<OutputKind, LineSplitter>;
  #logging = TEXT_LOGGING;
  #listener: LineListener | undefined;
  #hasExtensions = false;
  #hasFrames = false;

  /** The FIFOs exist and are private to this environment; their names are removed at once. */
  constructor(fifoPaths: Record<keyof OutputDescriptors, string>, log: (bytes: Buffer) => void) {
    this.#log = log;
    const frames = new LogFrames({
      message: (frame, bytes, isLast) => this.#message(frame, bytes, isLast),
      plain: (bytes) => this.#received('function', bytes),
    });
    this.#splitters = {
      function: new LineSplitter((line, isEnded) => this.#line('function', line, isEnded)),
      extension: new LineSplitter((line, isEnded) => this.#line('extension', line, isEnded)),
    };
    this.#pipes = {
      function: new LogPipe(fifoPaths.function, (bytes) => this.#received('function', bytes)),
      extension: new LogPipe(fifoPaths.extension, (bytes) => this.#received('extension', bytes)),
      frames: new LogPipe(fifoPaths.frames, (bytes) => frames.push(bytes)),
    };
    const { function: ofFunction, extension, frames: ofFrames } = this.#pipes;
    this.descriptors = { function: ofFunction.writeDescriptor, extension: extension.writeDescriptor, frames: ofFrames.writeDescriptor };
  }

  begin({ logging, listener, hasExtensions, hasFrames }: Parameters<OutputControl['begin']>[0]): void {
    this.#logging = logging;
    this.#listener = listener;
    this.#hasExtensions = hasExtensions;
    this.#hasFrames = hasFrames;
  }

  endLines(): void {
    for (const splitter of Object.values(this.#splitters)) splitter.flush();
  }

  /** Reports what was printed until now; a pipe that nobody has is not looked at, because a look costs as much as a small invocation's share. */
  drain(): void {
    if (this.#hasFrames) this.#pipes.frames.drain();
    this.#pipes.function.drain();
    if (this.#hasExtensions) this.#pipes.extension.drain();
  }

  get isPaused(): boolean {
    return this.#pipes.function.isPaused;
  }

  pause(): void {
    for (const pipe of Object.values(this.#pipes)) pipe.pause();
  }

  resume(): void {
    for (const pipe of Object.values(this.#pipes)) pipe.resume();
  }

  close(): void {
    for (const pipe of Object.values(this.#pipes)) pipe.close();
  }

  /** Levels are the function's; what an extension prints is not filtered. */
  #filters(kind: OutputKind): boolean {
    return kind === 'function' && !keepsAll(this.#logging);
  }

  #received(kind: OutputKind, bytes: Buffer): void {
    const filters = this.#filters(kind);
    if (!filters) this.#log(bytes);
    if (filters || this.#listener?.wantsLines === true) this.#splitters[kind].push(bytes);
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
