/** The runtime's process: its output, its end, and the signals that a case sends it. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { within } from '../../http/client.ts';
import { LogText } from '../../kit/log-text.ts';
import { nowMs } from '../../kit/now.ts';

/** More than any case asks for; a runtime that prints without end is stopped here. */
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;
/** The number of the pipe for framed log records in the runtime. */
export const FRAMED_LOG_DESCRIPTOR = 3;

export type Exit = { code: number | null; signal: string | null };

export class RuntimeProcess {
  readonly stdout = new LogText();
  readonly stderr = new LogText();
  readonly frames: Buffer[] = [];
  /** Resolves when it has ended and its output has been read. */
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  #outputBytes = 0;
  #exit: Exit | undefined;
  exitedAtMs: number | undefined;
  hasFlooded = false;

  constructor(options: { command: readonly string[]; workingDirectory: string; environment: Readonly<Record<string, string>>; framedLog: boolean }) {
    const [program = '', ...words] = options.command;
    const stdio: ('ignore' | 'pipe')[] = ['ignore', 'pipe', 'pipe', ...(options.framedLog ? ['pipe' as const] : [])];
    // A group of its own: the bootstrap may be a shell script that does not replace itself.
    this.#child = spawn(program, words, { cwd: options.workingDirectory, env: { ...options.environment }, stdio, detached: true });
    this.#read(this.#child.stdout, (bytes) => this.stdout.add(bytes));
    this.#read(this.#child.stderr, (bytes) => this.stderr.add(bytes));
    const log = this.#child.stdio[FRAMED_LOG_DESCRIPTOR];
    if (log !== undefined && log !== null && 'read' in log) this.#read(log, (bytes) => this.frames.push(bytes));
    this.#child.once('exit', () => (this.exitedAtMs = nowMs()));
    this.exited = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        this.stderr.add(Buffer.from(error.message));
        resolve((this.#exit = { code: null, signal: null }));
      });
      this.#child.once('close', (code, signal) => resolve((this.#exit = { code, signal })));
    });
  }

  /** Undefined while it runs. */
  get ended(): Exit | undefined {
    return this.#exit;
  }

  get processId(): number {
    return this.#child.pid ?? 0;
  }

  get output(): string {
    return `${this.stderr.text}${this.stdout.text}`;
  }

  exit(limitMs: number): Promise<Exit> {
    return within(this.exited, limitMs, 'the end of the runtime process');
  }

  /** To the process group, as the platform does. */
  signal(signal: NodeJS.Signals): void {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, signal);
    } catch {
      // It is gone already.
    }
  }

  async close(): Promise<void> {
    this.signal('SIGKILL');
    // A process outside the group could hold the pipes open for ever.
    for (const stream of this.#child.stdio) stream?.destroy();
    await this.exited;
  }

  #read(stream: Readable | null, keep: (bytes: Buffer) => void): void {
    stream?.on('data', (bytes: Buffer) => {
      this.#outputBytes += bytes.length;
      if (this.#outputBytes <= OUTPUT_BYTES_MAX) return keep(bytes);
      this.hasFlooded = true;
      this.signal('SIGKILL');
    });
  }
}
