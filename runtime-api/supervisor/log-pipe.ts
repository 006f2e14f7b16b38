/**
 * The pipe that takes what the environment's processes print, standard output and standard error together and in their order.
 *
 * A FIFO, not the socket pair that Node makes for `stdio: 'pipe'`: programs may open `/dev/stderr`, which fails on a socket.
 * One pipe serves all processes of the environment, through resets. Lines printed before a call on the Runtime API are in the
 * pipe when the call arrives; `drain` reads them out at once, so that they are reported before the line that ends the invocation.
 */
import { closeSync, constants, openSync, readSync, unlinkSync } from 'node:fs';
import { Socket } from 'node:net';

/** Most that a pipe can be made to hold, so all that can stand in it when a drain begins. Source: pipe(7), pipe-max-size. */
const PIPE_BYTES_MAX = 1_048_576;
const READ_BYTES = 65_536;

export class LogPipe {
  /** Descriptor for the standard output and error of children. */
  readonly writeDescriptor: number;
  readonly #readDescriptor: number;
  readonly #socket: Socket;
  readonly #onOutput: (bytes: Buffer) => void;
  readonly #drainBuffer = Buffer.allocUnsafeSlow(READ_BYTES);
  #isClosed = false;

  /** `fifoPath` exists and is private to this environment; its name is removed at once. */
  constructor(fifoPath: string, onOutput: (bytes: Buffer) => void) {
    this.#readDescriptor = openSync(fifoPath, constants.O_RDONLY | constants.O_NONBLOCK);
    this.writeDescriptor = openSync(fifoPath, constants.O_WRONLY);
    unlinkSync(fifoPath);
    this.#onOutput = onOutput;
    this.#socket = new Socket({ fd: this.#readDescriptor, readable: true, writable: false });
    this.#socket.on('data', (bytes: Buffer) => onOutput(bytes));
    this.#socket.on('error', () => {
      // The descriptor was closed under a pending read: the environment is ending.
    });
  }

  /** Back-pressure: while paused, a process that prints more than the pipe holds is blocked, and nothing is lost. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#isClosed) this.#socket.resume();
  }

  get isPaused(): boolean {
    return this.#socket.isPaused();
  }

  /** Reports what was printed until now, also while paused: what ends an invocation must not overtake its output. */
  drain(): void {
    if (this.#isClosed) return;
    // What was read before a pause comes first; reading it reports it through 'data'.
    while (this.#socket.readableLength > 0 && this.#socket.read() !== null);
    const previousLimit = Error.stackTraceLimit;
    // "Nothing to read" is the usual end and arrives as an exception; its stack would cost more than the read.
    Error.stackTraceLimit = 0;
    try {
      for (let remaining = PIPE_BYTES_MAX; remaining > 0; ) {
        const count = readSync(this.#readDescriptor, this.#drainBuffer, 0, READ_BYTES, null);
        if (count === 0) return;
        this.#onOutput(Buffer.from(this.#drainBuffer.subarray(0, count)));
        remaining -= count;
      }
    } catch {
      // EAGAIN: the pipe is empty.
    } finally {
      Error.stackTraceLimit = previousLimit;
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.destroy();
    closeSync(this.writeDescriptor);
  }
}
