/** One running target: its process, its front door, its log, and the probes that it started. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { within } from '../http/client.ts';
import { commandOf, environmentOf, isLookedUp } from './command-line.ts';
import type { StartOverrides } from './command-line.ts';
import { enterView, findViewEntry, placeFile } from './folders-view.ts';
import { LogText } from './log-text.ts';
import { ANSWER_LIMIT_MS } from './nothing-happened.ts';
import { sleep } from './now.ts';
import { findFreePort } from './ports.ts';
import type { Probe } from './probe.ts';
import type { ProbeLink } from './probe-link.ts';
import { filesOf } from './setup.ts';
import type { Setup } from './setup.ts';
import { TargetUnusable } from './target.ts';
import type { Target } from './target.ts';

const START_LIMIT_MS = 15_000;
const POLL_MS = 10;

export type Exit = { code: number | null; signal: string | null };

export class TargetInstance {
  readonly target: Target;
  readonly setup: Setup;
  readonly host = '127.0.0.1';
  readonly ports: { frontDoor: number; runtimeApi: number; functionUrl: number };
  /** Its standard output: platform lines and what the function prints. */
  readonly log = new LogText();
  readonly diagnostics = new LogText();
  readonly probes: Probe[] = [];
  readonly exited: Promise<Exit>;
  #probeCame = Promise.withResolvers<void>();
  #listeners: ((probe: Probe) => void)[] = [];
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly #release: () => void;
  #exit: Exit | undefined;

  private constructor(options: { target: Target; setup: Setup; process: ChildProcess; ports: TargetInstance['ports']; folder: string; release: () => void }) {
    this.target = options.target;
    this.setup = options.setup;
    this.ports = options.ports;
    this.#process = options.process;
    this.#folder = options.folder;
    this.#release = options.release;
    options.process.stdout?.on('data', (bytes: Buffer) => this.log.add(bytes));
    options.process.stderr?.on('data', (bytes: Buffer) => this.diagnostics.add(bytes));
    this.exited = new Promise((resolve) => {
      options.process.once('error', (error) => {
        this.diagnostics.add(Buffer.from(error.message));
        resolve((this.#exit = { code: null, signal: null }));
      });
      options.process.once('exit', (code, signal) => resolve((this.#exit = { code, signal })));
    });
  }

  /** Starts the process and returns at once; `ready` waits until it takes connections. */
  static async launch(options: { target: Target; setup: Setup; link: ProbeLink; overrides?: StartOverrides }): Promise<TargetInstance> {
    const { target, setup, link } = options;
    const ports = { frontDoor: await findFreePort(), runtimeApi: await findFreePort(), functionUrl: await findFreePort() };
    const folder = mkdtempSync(join(tmpdir(), 'conformance-'));
    const token = randomUUID();
    let instance: TargetInstance | undefined;
    const kit = link.register(token, (probe) => instance?.receive(probe));
    const bootstrap = join(folder, 'bootstrap');
    placeFile(bootstrap, { kind: 'probe', mode: 0o755 }, 'runtime');
    const context = { target, setup, ports, bootstrap, kit, overrides: options.overrides ?? {} };
    const [program = '', ...words] = [...prefixFor(target, setup, folder), ...commandOf(context)];
    const child = spawn(program, words, { cwd: folder, env: environmentOf(context), stdio: ['ignore', 'pipe', 'pipe'] });
    instance = new TargetInstance({ target, setup, process: child, ports, folder, release: () => link.unregister(token) });
    return instance;
  }

  get processId(): number {
    return this.#process.pid ?? 0;
  }

  get hasExited(): boolean {
    return this.#exit !== undefined;
  }

  async ready(): Promise<void> {
    const deadlineMs = Date.now() + START_LIMIT_MS;
    while (!(await accepts(this.host, this.ports.frontDoor))) {
      const said = `${this.diagnostics.text}${this.log.text}`.slice(-1_000).trim();
      if (this.hasExited) throw new TargetUnusable(`${this.target.name} ended before it took connections${said === '' ? '' : `: ${said}`}`, 'start its command by hand to see why');
      if (Date.now() > deadlineMs) throw new TargetUnusable(`${this.target.name} takes no connections after ${START_LIMIT_MS / 1000} s${said === '' ? '' : `: ${said}`}`, 'start its command by hand to see why');
      await sleep(POLL_MS);
    }
  }

  async waitForExit(limitMs = ANSWER_LIMIT_MS): Promise<Exit> {
    return within(this.exited, limitMs, `the end of the server's process`);
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Calls back for every probe that is there or still comes. */
  onProbe(listener: (probe: Probe) => void): void {
    this.#listeners.push(listener);
    for (const probe of this.probes) listener(probe);
  }

  /** The first probe that satisfies the condition, now or later. */
  async waitForProbe(condition: (probe: Probe) => boolean, what: string, limitMs = ANSWER_LIMIT_MS): Promise<Probe> {
    const deadlineMs = performance.now() + limitMs;
    for (;;) {
      const found = this.probes.find(condition);
      if (found !== undefined) return found;
      await within(this.#probeCame.promise, deadlineMs - performance.now(), what);
    }
  }

  /** Ends everything, whatever state it is in. */
  async close(): Promise<void> {
    this.#listeners = [];
    if (!this.hasExited) this.#process.kill('SIGKILL');
    for (const probe of this.probes) probe.release();
    this.#release();
    await this.exited;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  receive(probe: Probe): void {
    this.probes.push(probe);
    for (const listener of this.#listeners) listener(probe);
    this.#probeCame.resolve();
    this.#probeCame = Promise.withResolvers<void>();
  }
}

/** With files in the function's folders the target runs where these are visible. */
function prefixFor(target: Target, setup: Setup, folder: string): string[] {
  const files = filesOf(setup);
  if (files.size === 0 && !isLookedUp(setup)) return [];
  const entry = findViewEntry();
  if (entry === undefined) throw new TargetUnusable('this machine allows no mount namespace', 'run as root or with unprivileged user namespaces');
  const staging = join(folder, 'view');
  const { task, opt } = target.folders;
  mkdirSync(join(staging, task), { recursive: true });
  mkdirSync(join(staging, opt), { recursive: true });
  for (const [path, file] of files) {
    const [root, ...rest] = path.split('/');
    placeFile(join(staging, root === 'task' ? task : opt, ...rest), file, path);
  }
  return enterView(entry, { stagingRoot: staging, workingDirectory: task, places: [task, opt] });
}

async function accepts(host: string, port: number): Promise<boolean> {
  const socket = connect({ host, port });
  try {
    return await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
  } finally {
    socket.destroy();
  }
}
