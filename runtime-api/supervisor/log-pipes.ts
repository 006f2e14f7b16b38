/**
 * The pipes of an environment's processes: the function and the extensions have one each, so that their lines can be told apart, and a
 * third takes the frames of runtimes that write some.
 */
import { LogPipe } from './log-pipe.ts';
import type { OutputRouter, OutputSource } from './output-router.ts';

export type OutputDescriptors = Readonly<Record<OutputSource, number>>;

/** In the order in which they are drained. */
const SOURCES = ['frames', 'function', 'extension'] as const satisfies readonly OutputSource[];

export class LogPipes {
  /** For the children's side. */
  readonly descriptors: OutputDescriptors;
  readonly #router: OutputRouter;
  readonly #pipes: Readonly<Record<OutputSource, LogPipe>>;

  /** The FIFOs exist and are private to this environment; their names are removed at once. */
  constructor(fifoPaths: Readonly<Record<OutputSource, string>>, router: OutputRouter) {
    this.#router = router;
    const open = (source: OutputSource): LogPipe => new LogPipe(fifoPaths[source], (bytes) => router.received(source, bytes));
    this.#pipes = { function: open('function'), extension: open('extension'), frames: open('frames') };
    const { function: ofFunction, extension, frames } = this.#pipes;
    this.descriptors = { function: ofFunction.writeDescriptor, extension: extension.writeDescriptor, frames: frames.writeDescriptor };
  }

  get isPaused(): boolean {
    return this.#pipes.function.isPaused;
  }

  /** Reports what was printed until now. A pipe that no process has is not looked at: a look costs some microseconds of each invocation. */
  drain(): void {
    for (const source of SOURCES) if (this.#router.sources.has(source)) this.#pipes[source].drain();
  }

  pause(): void {
    for (const source of SOURCES) this.#pipes[source].pause();
  }

  resume(): void {
    for (const source of SOURCES) this.#pipes[source].resume();
  }

  close(): void {
    for (const source of SOURCES) this.#pipes[source].close();
  }
}

/** Paths of the three in a folder, by the name of the file. */
export function fifoPathsIn(folder: string, prefix: string): Record<OutputSource, string> {
  return { function: `${folder}/${prefix}log`, extension: `${folder}/${prefix}extensions`, frames: `${folder}/${prefix}frames` };
}
