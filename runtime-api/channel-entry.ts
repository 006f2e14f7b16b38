/**
 * The entry point inside a sandbox: the Runtime API on the environment's own loopback, everything else over one inherited
 * connection to the worker. It is started while the environment is blank and says hello when it is ready to be configured.
 */
import { execFileSync } from 'node:child_process';
import { Socket } from 'node:net';
import { systemClock } from '../foundation/clock.ts';
import { FrameDecoder } from './channel/frames.ts';
import { CHANNEL_PROTOCOL, decodeWorkerMessage, encodeServerMessage } from './channel/messages.ts';
import type { ServerMessage, WorkerMessage } from './channel/messages.ts';
import { StreamWindow } from './channel/stream-window.ts';
import { Environment } from './environment.ts';
import { RuntimeApiServer } from './runtime-api-server.ts';
import { directLauncher } from './supervisor/direct-launcher.ts';
import { gatedLauncher } from './supervisor/gate.ts';
import type { Launcher } from './supervisor/launcher.ts';
import { fifoPathsIn, LogPipes } from './supervisor/log-pipes.ts';
import type { OutputDescriptors } from './supervisor/log-pipes.ts';
import { OutputRouter } from './supervisor/output-router.ts';
import type { OutputSource } from './supervisor/output-router.ts';

export type ChannelEntryOptions = {
  channelDescriptor: number;
  /** Address of the Runtime API inside the environment; port 0 where the loopback is shared with others (`process` backend). */
  listen: { host: string; port: number };
  /** A folder that only this environment can write: a FIFO lives there for an instant. */
  controlDir: string;
  /** With a busybox, processes are started through a gate and limited by the worker; without, directly and without limits. */
  busyboxPath: string | undefined;
};

export async function runInSandbox(options: ChannelEntryOptions): Promise<void> {
  const channel = new Socket({ fd: options.channelDescriptor, readable: true, writable: true });
  const say = (message: ServerMessage): boolean => writeAll(channel, encodeServerMessage(message));
  const router = new OutputRouter((bytes) => {
    if (!say({ kind: 'log', bytes })) logs.pause();
  });
  const logs = new LogPipes(makeFifos(options), router);
  channel.on('drain', () => logs.resume());

  const pending = new PendingRequests();
  const streams = new OutgoingStream(say);
  const launcher = makeLauncher(options, { outputs: logs.descriptors, say, pending });
  const server = new RuntimeApiServer();
  const runtimeApiAddress = await server.listen(options.listen);
  const environment = new Environment({
    clock: systemClock,
    server,
    runtimeApiAddress,
    launcher,
    drainLogs: () => logs.drain(),
    print: (line) => say({ kind: 'log', bytes: Buffer.from(line, 'utf8') }),
    output: router,
    listener: {
      initReported: ({ phase, status, errorType }) => say({ kind: 'initReported', phase, status, errorType }),
      invocationStarted: (requestId) => say({ kind: 'started', requestId }),
      streamBegun: (stream) => streams.begin(stream),
      streamed: (piece) => streams.send(piece),
      answered: (answer) => say({ kind: 'answered', answer }),
      extensionsFound: () => say({ kind: 'extensionsFound' }),
      figuresWanted: ({ requestId, status, errorType }) => say({ kind: 'figuresWanted', requestId, status, errorType }),
      completed: ({ requestId, status, errorType }) => say({ kind: 'completed', requestId, status, errorType }),
    },
  });
  receive(channel, (message) => act(message, { environment, pending, streams, leave: () => sayGoodbye(channel) }), () => abandon(environment));
  say({ kind: 'hello', protocol: CHANNEL_PROTOCOL });
}

function makeLauncher(
  options: ChannelEntryOptions,
  parts: { outputs: OutputDescriptors; say: (message: ServerMessage) => boolean; pending: PendingRequests },
): Launcher {
  if (options.busyboxPath === undefined) return directLauncher({ output: { kind: 'descriptors', descriptors: parts.outputs } });
  const launcher = gatedLauncher({
    busyboxPath: options.busyboxPath,
    outputs: parts.outputs,
    admit(processId) {
      const admitted = parts.pending.admission(processId);
      parts.say({ kind: 'admit', processId });
      return admitted;
    },
    endAll() {
      const ended = parts.pending.ending();
      parts.say({ kind: 'endAll' });
      return ended;
    },
  });
  launcher.prepare();
  return launcher;
}

function act(
  message: WorkerMessage,
  { environment, pending, streams, leave }: { environment: Environment; pending: PendingRequests; streams: OutgoingStream; leave: () => void },
): void {
  switch (message.kind) {
    case 'configure':
      return environment.configure(message.configuration);
    case 'invoke':
      return environment.invoke(message.invocation);
    case 'admitted':
      return pending.admitted(message.processId, message.ok);
    case 'allEnded':
      return pending.ended();
    case 'streamGranted':
      return streams.granted(message.requestId, message.bytes);
    case 'reported':
      return environment.reported(message.figures);
    case 'shutDown':
      void environment.shutDown().then(leave);
      return;
    default:
      return message satisfies never;
  }
}

/** The streamed response of the running invocation, as far as the worker's window lets it. */
class OutgoingStream {
  readonly #say: (message: ServerMessage) => boolean;
  #requestId = '';
  #window = new StreamWindow();
  #resume: () => void = () => {};

  constructor(say: (message: ServerMessage) => boolean) {
    this.#say = say;
  }

  begin({ requestId, contentType, resume }: { requestId: string; contentType: string | undefined; resume(): void }): void {
    this.#requestId = requestId;
    this.#window = new StreamWindow();
    this.#resume = resume;
    this.#say({ kind: 'streamBegun', requestId, contentType });
  }

  send(piece: Buffer): boolean {
    this.#say({ kind: 'streamed', bytes: piece });
    return this.#window.spend(piece);
  }

  /** A grant for an earlier response comes too late to be of use. */
  granted(requestId: string, bytes: number): void {
    if (requestId === this.#requestId && this.#window.grant(bytes)) this.#resume();
  }
}

/** What the server has asked of the worker and waits for. */
class PendingRequests {
  readonly #admissions = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
  #endings: (() => void)[] = [];

  admission(processId: number): Promise<void> {
    return new Promise((resolve, reject) => this.#admissions.set(processId, { resolve, reject }));
  }

  ending(): Promise<void> {
    return new Promise((resolve) => this.#endings.push(resolve));
  }

  admitted(processId: number, ok: boolean): void {
    const waiting = this.#admissions.get(processId);
    this.#admissions.delete(processId);
    if (ok) waiting?.resolve();
    else waiting?.reject(new Error('the worker could not limit the process'));
  }

  ended(): void {
    const endings = this.#endings;
    this.#endings = [];
    for (const resolve of endings) resolve();
  }
}

/** All is said, and everything that was printed before is in front of it. */
function sayGoodbye(channel: Socket): void {
  writeAll(channel, encodeServerMessage({ kind: 'shutDownEnded' }));
  channel.end(() => process.exit(0));
}

/** Nobody is left to end the function's processes together with this one; in a namespace of their own the kernel does it, else this. */
function abandon(environment: Environment): void {
  environment.abandon();
  setImmediate(() => process.exit(0));
}

/** Without its worker an environment has no purpose; it must not outlive it. */
function receive(channel: Socket, onMessage: (message: WorkerMessage) => void, onEnd: () => void): void {
  const decoder = new FrameDecoder();
  channel.on('data', (piece: Buffer) => decoder.push(piece, (frame) => onMessage(decodeWorkerMessage(frame))));
  channel.on('end', onEnd);
  channel.on('error', onEnd);
}

function writeAll(channel: Socket, buffers: readonly Buffer[]): boolean {
  let isFlowing = true;
  channel.cork();
  for (const buffer of buffers) isFlowing = channel.write(buffer);
  channel.uncork();
  return isFlowing;
}

/** Made by a program because Node has no call for it; this happens once, while the environment is blank. */
function makeFifos(options: ChannelEntryOptions): Record<OutputSource, string> {
  const paths = fifoPathsIn(options.controlDir, `${process.pid}-`);
  const program = options.busyboxPath ?? 'mkfifo';
  const applet = options.busyboxPath === undefined ? [] : ['mkfifo'];
  execFileSync(program, [...applet, '-m', '0600', ...Object.values(paths)], { env: { PATH: '/usr/bin:/bin' }, stdio: 'ignore' });
  return paths;
}
