/** The environment with a launcher and a clock of the test's own, and a runtime that is the test itself on a real socket. */
import { ConcurrentEnvironment } from '../../../runtime-api/concurrent/concurrent-environment.ts';
import { Environment } from '../../../runtime-api/environment.ts';
import type { EnvironmentConfiguration } from '../../../runtime-api/environment-contract.ts';
import type { EnvironmentParts } from '../../../runtime-api/environment-parts.ts';
import { RuntimeApiServer } from '../../../runtime-api/runtime-api-server.ts';
import type { ExitReport, Invocation } from '../../../runtime-api/protocol/invocation.ts';
import type { Launcher, LaunchRequest } from '../../../runtime-api/supervisor/launcher.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { RawPeer } from '../../support/raw-peer.ts';

export const FUNCTION_TIMEOUT_MS = 3_000;
export const INIT_TIMEOUT_MS = 10_000;

export class Started {
  readonly request: LaunchRequest;
  readonly exited: Promise<ExitReport>;
  exit: (report: ExitReport) => void = () => {};
  kills = 0;

  constructor(request: LaunchRequest) {
    this.request = request;
    this.exited = new Promise((resolve) => (this.exit = resolve));
  }
}

/** What the two kinds of environment have in common. */
type AnyEnvironment = {
  readonly state: string;
  configure(configuration: EnvironmentConfiguration): void;
  invoke(invocation: Invocation): unknown;
  shutDown(): Promise<void>;
};

export class EnvironmentHarness<Any extends AnyEnvironment = Environment> {
  readonly clock = fakeClock();
  readonly heard: string[] = [];
  readonly processes: Started[] = [];
  readonly server = new RuntimeApiServer();
  readonly peers: RawPeer[] = [];
  readonly environment: Any;
  port = 0;
  /** Set to hold back the end of all processes until it is called. */
  holdEnding = false;
  ending: () => void = () => {};
  failLaunches = false;

  constructor(make: (parts: EnvironmentParts) => Any) {
    const launcher: Launcher = {
      launch: async (request) => {
        if (this.failLaunches) throw Object.assign(new Error('no'), { code: 'EAGAIN' });
        const started = new Started(request);
        this.processes.push(started);
        return { processId: this.processes.length, exited: started.exited, kill: () => void (started.kills += 1), terminate() {} };
      },
      endAll: () => {
        this.heard.push('endAll');
        return this.holdEnding ? new Promise((resolve) => (this.ending = resolve)) : Promise.resolve();
      },
    };
    this.environment = make({
      clock: this.clock,
      server: this.server,
      runtimeApiAddress: '127.0.0.1:9001',
      launcher,
      drainLogs: () => void this.heard.push('drain'),
      print: (line) => void this.heard.push(line),
      listener: {
        initReported: ({ phase, status, errorType }) => void this.heard.push(`init ${phase} ${status}${errorType === undefined ? '' : ` ${errorType}`}`),
        restoreReported: ({ status, errorType, durationMs }) => void this.heard.push(`restore ${status}${errorType === undefined ? '' : ` ${errorType}`} ${durationMs}`),
        invocationStarted: (requestId) => void this.heard.push(`started ${requestId}`),
        answered: ({ requestId, body, isFunctionError }) => void this.heard.push(`answered ${requestId} ${isFunctionError ? 'error ' : ''}${body.toString()}`),
        completed: ({ requestId, status, errorType, durationMs, initDurationMs, restoreDurationMs }) =>
          void this.heard.push(`completed ${requestId} ${status}${errorType === undefined ? '' : ` ${errorType}`} ${durationMs}${initDurationMs === undefined ? '' : ` init ${initDurationMs}`}${restoreDurationMs === undefined ? '' : ` restore ${restoreDurationMs}`}`),
      },
    });
  }

  async open(): Promise<void> {
    this.port = Number((await this.server.listen({ host: '127.0.0.1', port: 0 })).split(':')[1]);
  }

  configure(changes: Partial<EnvironmentConfiguration> = {}): void {
    this.environment.configure({
      bootstrap: { kind: 'command', argv: ['program'] },
      variables: {},
      workingDirectory: '/',
      functionTimeoutMs: FUNCTION_TIMEOUT_MS,
      initTimeoutMs: INIT_TIMEOUT_MS,
      ...changes,
    });
  }

  /** What the environment returns. */
  invoke(requestId: string): unknown {
    return this.environment.invoke({ requestId, functionArn: 'arn', payload: Buffer.from(`"${requestId}"`) });
  }

  async runtime(): Promise<RawPeer> {
    const peer = await RawPeer.connect(this.port);
    this.peers.push(peer);
    return peer;
  }

  /** What was heard since the last look, once `last` is among it; drains are left out. */
  async until(last: string): Promise<string[]> {
    while (!this.heard.some((each) => each.startsWith(last))) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    return this.heard.splice(0).filter((each) => each !== 'drain');
  }

  async state(wanted: string): Promise<void> {
    while (this.environment.state !== wanted) await new Promise((resolve) => setImmediate(resolve));
  }
}

export function withEnvironment(use: (harness: EnvironmentHarness) => Promise<void>): Promise<void> {
  return withHarness(new EnvironmentHarness((parts) => new Environment(parts)), use);
}

export function withConcurrentEnvironment(use: (harness: EnvironmentHarness<ConcurrentEnvironment>) => Promise<void>): Promise<void> {
  const harness: EnvironmentHarness<ConcurrentEnvironment> = new EnvironmentHarness(
    (parts) => new ConcurrentEnvironment({ ...parts, onEnded: () => void harness.heard.push('ended'), onIdle() {} }),
  );
  return withHarness(harness, use);
}

async function withHarness<Any extends AnyEnvironment>(harness: EnvironmentHarness<Any>, use: (harness: EnvironmentHarness<Any>) => Promise<void>): Promise<void> {
  await harness.open();
  try {
    await use(harness);
  } finally {
    harness.holdEnding = false;
    await harness.environment.shutDown();
    for (const peer of harness.peers) peer.destroy();
    await harness.server.close();
  }
}

export const NEXT = 'GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: a\r\n\r\n';
/** `path` below `/2018-06-01/runtime/`. */
export const post = (path: string, body: string): string => `POST /2018-06-01/runtime/${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
