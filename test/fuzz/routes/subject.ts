/**
 * The real thing under test: Environment and RuntimeApiServer on a real socket, with a clock that stands still and processes that are
 * only names. `settle` waits, without any time limit of its own making, until every byte that was sent has been read and answered.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConcurrentEnvironment } from '../../../runtime-api/concurrent/concurrent-environment.ts';
import { Environment } from '../../../runtime-api/environment.ts';
import type { EnvironmentParts } from '../../../runtime-api/environment-parts.ts';
import type { ExitReport } from '../../../runtime-api/protocol/invocation.ts';
import { RuntimeApiServer } from '../../../runtime-api/runtime-api-server.ts';
import type { Launcher, LaunchRequest } from '../../../runtime-api/supervisor/launcher.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { RawPeer } from '../../support/raw-peer.ts';
import { digest } from './digest.ts';
import { payloadOf } from './model-environment.ts';
import { TIMES } from './tables.ts';

/** Turns of the event loop without any progress that a settling may take: a hang, on however slow a machine. */
const TURNS_MAX = 200_000;
/** For what follows from the last byte: promises, immediates. */
const QUIET_TURNS = 4;

/** Files to find in the folder of extensions; shared by all sequences of a run. */
export class ExtensionFolders {
  readonly #root = mkdtempSync(join(tmpdir(), 'rik-fuzz-'));

  constructor() {
    // Also when a finding ends the run.
    process.once('exit', () => this.remove());
    for (const count of [0, 1, 2]) {
      const folder = join(this.#root, String(count), 'extensions');
      mkdirSync(folder, { recursive: true });
      for (const name of ['ext-a', 'ext-b'].slice(0, count)) {
        writeFileSync(join(folder, name), '#!/bin/sh\n');
        chmodSync(join(folder, name), 0o755);
      }
    }
  }

  of(count: number): string {
    return join(this.#root, String(count));
  }

  remove(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }
}

type Client = { peer: RawPeer; server: Socket; isAbandoned: boolean };

export class Subject {
  readonly heard: string[] = [];
  readonly clock = fakeClock();
  readonly #server = new RuntimeApiServer();
  readonly #environment: Environment | ConcurrentEnvironment;
  readonly #maxConcurrency: number | undefined;
  readonly #processes = new Map<string, (report: ExitReport) => void>();
  readonly #serverSockets = new Map<number, Socket>();
  readonly #clients = new Set<Client>();
  readonly #isInvokerSlow: boolean;
  readonly #layersRoot: string;
  #resume: () => void = () => {};
  #port = 0;
  #pendingResumes = 0;
  #stream = '';
  readonly #onServerSocket = (message: unknown): void => {
    const socket = socketOf(message);
    if (socket?.localPort !== this.#port || socket.remotePort === undefined) return;
    const { remotePort } = socket;
    this.#serverSockets.set(remotePort, socket);
    socket.on('close', () => this.#serverSockets.delete(remotePort));
  };

  /** With `maxConcurrency` it takes several invocations at once. */
  constructor(options: { layersRoot: string; isInvokerSlow: boolean; maxConcurrency?: number | undefined }) {
    this.#isInvokerSlow = options.isInvokerSlow;
    this.#maxConcurrency = options.maxConcurrency;
    const parts: EnvironmentParts = {
      clock: this.clock,
      server: this.#server,
      runtimeApiAddress: '127.0.0.1:9001',
      launcher: this.#launcher(),
      drainLogs() {},
      print() {},
      listener: {
        initReported: ({ phase, status, errorType }) => void this.heard.push(`init ${phase} ${status}${status === 'success' ? '' : ` ${errorType ?? '-'}`}`),
        invocationStarted: (requestId) => void this.heard.push(`started ${requestId}`),
        streamBegun: ({ requestId, resume }) => this.#streamBegun(requestId, resume),
        streamed: (piece) => this.#streamed(piece),
        answered: ({ requestId, body, isFunctionError, errorType, isStreamed }) => {
          const streamed = isStreamed === true ? ` streamed ${digest(this.#stream)}` : '';
          this.heard.push(`answered ${requestId} ${isFunctionError ? `error ${errorType ?? '-'}` : 'ok'} ${digest(body.toString('latin1'))}${streamed}`);
        },
        completed: ({ requestId, status, errorType }) => void this.heard.push(`completed ${requestId} ${status} ${errorType ?? '-'}`),
      },
    };
    this.#environment = options.maxConcurrency === undefined ? new Environment(parts) : new ConcurrentEnvironment({ ...parts, onEnded() {}, onIdle() {} });
    this.#layersRoot = options.layersRoot;
    subscribe('net.server.socket', this.#onServerSocket);
  }

  async open(): Promise<void> {
    this.#port = Number((await this.#server.listen({ host: '127.0.0.1', port: 0 })).split(':')[1]);
    this.#environment.configure({
      bootstrap: { kind: 'command', argv: ['program'] },
      variables: {},
      workingDirectory: '/',
      layersRoot: this.#layersRoot,
      functionTimeoutMs: TIMES.function,
      initTimeoutMs: TIMES.init,
      ...(this.#maxConcurrency === undefined ? {} : { maxConcurrency: this.#maxConcurrency }),
    });
    await this.settle();
  }

  async connect(): Promise<Client> {
    const peer = await RawPeer.connect(this.#port);
    const localPort = peer.socket.localPort ?? 0;
    await this.#until(() => this.#serverSockets.has(localPort), 'a connection is accepted');
    const server = this.#serverSockets.get(localPort);
    if (server === undefined) throw new Error('the connection is gone');
    const client = { peer, server, isAbandoned: false };
    this.#clients.add(client);
    return client;
  }

  invoke(requestId: string, isStreaming: boolean): void {
    this.#environment.invoke({ requestId, functionArn: 'arn', payload: Buffer.from(payloadOf(requestId)), ...(isStreaming ? { responseMode: 'streaming' } : {}) });
  }

  exit(process: string, code: number): void {
    this.#processes.get(process)?.({ code });
  }

  leave(client: Client, how: 'halfClose' | 'abort' | 'reset'): void {
    if (how === 'halfClose') return client.peer.end();
    client.isAbandoned = true;
    if (how === 'abort') client.peer.destroy();
    else client.peer.socket.resetAndDestroy();
  }

  /** Nothing is on its way any more, in either direction. */
  async settle(): Promise<void> {
    let quiet = 0;
    await this.#until(() => {
      quiet = this.#isQuiet() ? quiet + 1 : 0;
      return quiet >= QUIET_TURNS;
    }, 'everything that was sent is read and answered');
  }

  async shutDown(advance: () => Promise<void>): Promise<void> {
    let isDown = false;
    const down = this.#environment.shutDown().then(() => (isDown = true));
    await advance();
    await this.settle();
    if (!isDown) throw new Error('the shutdown does not end');
    await down;
  }

  /** What is left behind, in words; empty when nothing is. */
  async close(): Promise<string[]> {
    for (const { peer } of this.#clients) peer.destroy();
    await this.#server.close();
    await this.#until(() => this.#serverSockets.size === 0, 'every socket is closed');
    unsubscribe('net.server.socket', this.#onServerSocket);
    const left: string[] = [];
    if (this.clock.pendingCount > 0) left.push(`${this.clock.pendingCount} timers`);
    if (this.#processes.size > 0) left.push(`processes ${[...this.#processes.keys()].join(' ')}`);
    return left;
  }

  #isQuiet(): boolean {
    if (this.#pendingResumes > 0) return false;
    for (const client of this.#clients) {
      const { peer, server } = client;
      if (client.isAbandoned) {
        if (!server.destroyed) return false;
      } else {
        if (!server.destroyed && !server.isPaused() && server.bytesRead !== peer.socket.bytesWritten) return false;
        if (peer.isClosed) peer.destroy();
        else if (server.destroyed || server.writableEnded || peer.socket.bytesRead !== server.bytesWritten) return false;
      }
      if (server.destroyed && (client.isAbandoned || peer.isClosed)) this.#clients.delete(client);
    }
    return true;
  }

  async #until(isDone: () => boolean, what: string): Promise<void> {
    for (let turn = 0; !isDone(); turn += 1) {
      if (turn > TURNS_MAX) throw new Error(`hang: waited in vain until ${what}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #streamBegun(requestId: string, resume: () => void): void {
    this.#stream = '';
    this.#resume = resume;
    this.heard.push(`streamBegun ${requestId}`);
  }

  #streamed(piece: Buffer): boolean {
    this.#stream += piece.toString('latin1');
    if (!this.#isInvokerSlow) return true;
    this.#pendingResumes += 1;
    const resume = this.#resume;
    setImmediate(() => {
      this.#pendingResumes -= 1;
      resume();
    });
    return false;
  }

  #launcher(): Launcher {
    return {
      launch: async ({ argv }: LaunchRequest) => {
        const name = argv[0]?.split('/').at(-1) ?? '';
        const process = name === 'program' ? 'runtime' : name;
        if (this.#processes.has(process)) throw new Error(`${process} runs already`);
        let end: (report: ExitReport) => void = () => {};
        const exited = new Promise<ExitReport>((resolve) => (end = resolve));
        const exit = (report: ExitReport): void => {
          this.#processes.delete(process);
          end(report);
        };
        this.#processes.set(process, exit);
        return { processId: undefined, exited, kill: () => exit({ signal: 'SIGKILL' }), terminate() {} };
      },
      endAll: async () => {
        for (const exit of this.#processes.values()) exit({ signal: 'SIGKILL' });
      },
    };
  }
}

function socketOf(message: unknown): Socket | undefined {
  return typeof message === 'object' && message !== null && 'socket' in message && message.socket instanceof Socket ? message.socket : undefined;
}
