/**
 * Real sandboxes for tests: a root of nothing but busybox, the packaged Node.js at /var/rapid, and a small server in the
 * place of ours, which starts programs behind a gate exactly as the real one does.
 */
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findTools, openNamespaceBackend, platformFolder, ROOT_FOLDERS } from '../../../platform/isolation/index.ts';
import type { IsolationBackend, Sandbox, SandboxLimits, SandboxRequest } from '../../../platform/isolation/index.ts';

export type RunResult = { exitCode: number | null; signal: string | null; stdout: string; stderr: string };
/** `exited` of a program that goes on running; `pid` is its id inside. */
export type Running = { pid: number; exited: Promise<RunResult>; release(): void };

export const LIMITS: SandboxLimits = { memoryMiB: 128, pidsMax: 64 };

/** Speaks JSON lines on descriptor 3. The gate takes descriptor 3 in the child, so that the channel is not inherited. */
export const serverScript = (options: { shell: readonly string[]; taskPath: string }): string => `
const { spawn } = require('node:child_process');
const { createInterface } = require('node:readline');
const channel = new (require('node:net').Socket)({ fd: 3 });
const say = (message) => channel.write(JSON.stringify(message) + '\\n');
const gates = new Map();
createInterface({ input: channel }).on('line', (line) => {
  const { id, op, argv, code, env } = JSON.parse(line);
  if (op === 'release') return gates.get(id).end('go\\n');
  if (op === 'evaluate') {
    let value;
    try { value = eval(code); } catch (error) { value = { code: error.code, message: error.message }; }
    return Promise.resolve(value).catch((error) => ({ code: error.code, message: error.message })).then((value) => say({ id, value: value === undefined ? null : value }));
  }
  const child = spawn('${options.shell[0]}', [...${JSON.stringify(options.shell.slice(1))}, '-c', 'read -r go <&3 || exit 99; exec 3<&-; exec "$@"', 'gate', ...argv], { stdio: ['ignore', 'pipe', 'pipe', 'pipe'], detached: true, cwd: '${options.taskPath}', env: { PATH: '/bin:/var/rapid', ...env } });
  gates.set(id, child.stdio[3]);
  child.stdio[3].on('error', () => {});
  let stdout = '', stderr = '';
  child.stdout.on('data', (chunk) => { if (stdout.length < 4e6) stdout += chunk.toString('latin1'); });
  child.stderr.on('data', (chunk) => { if (stderr.length < 1e6) stderr += chunk.toString('latin1'); });
  child.on('error', (error) => say({ id, pid: -1, error: error.message }));
  if (child.pid !== undefined) say({ id, pid: child.pid });
  child.on('exit', (exitCode, signal) => {
    // Daemons keep the pipes open; what they print later is not waited for.
    setTimeout(() => say({ id, result: { exitCode, signal, stdout, stderr } }), 20);
  });
});
say({ id: 0, value: 'up' });
`;

export class TestSandbox {
  readonly sandbox: Sandbox;
  readonly #waiting = new Map<string, (message: Message) => void>();
  #last = 0;
  readonly ready: Promise<unknown>;

  constructor(sandbox: Sandbox) {
    this.sandbox = sandbox;
    this.ready = this.#next('0:value').then((message) => message.value);
    createInterface({ input: sandbox.channel }).on('line', (line) => {
      const message = parseMessage(line);
      const kind = message.result !== undefined ? 'result' : message.pid !== undefined ? 'pid' : 'value';
      this.#waiting.get(`${message.id}:${kind}`)?.(message);
    });
  }

  /** Starts a program behind the gate, admits it and lets it go. */
  async start(argv: readonly string[], options: { env?: Record<string, string>; isHeld?: boolean } = {}): Promise<Running> {
    const id = (this.#last += 1);
    const started = this.#next(`${id}:pid`);
    const exited = this.#next(`${id}:result`).then((message) => message.result ?? { exitCode: null, signal: null, stdout: '', stderr: 'the sandbox ended' });
    this.#send({ id, op: 'run', argv, env: options.env ?? {} });
    const { pid } = await started;
    const running: Running = { pid: pid ?? -1, exited, release: () => this.#send({ id, op: 'release' }) };
    if (options.isHeld === true) return running;
    await this.sandbox.admit(running.pid);
    running.release();
    return running;
  }

  async run(argv: readonly string[], options: { env?: Record<string, string> } = {}): Promise<RunResult> {
    return (await this.start(argv, options)).exited;
  }

  /** A shell script as the function. */
  shell(script: string): Promise<RunResult> {
    return this.run(['/bin/busybox', 'sh', '-c', script]);
  }

  /** JavaScript in the server itself: what a function that took it over could do. */
  async evaluate(code: string): Promise<unknown> {
    const id = (this.#last += 1);
    const answered = this.#next(`${id}:value`);
    this.#send({ id, op: 'evaluate', code });
    return (await answered).value;
  }

  #send(message: Record<string, unknown>): void {
    this.sandbox.channel.write(`${JSON.stringify(message)}\n`);
  }

  #next(key: string): Promise<Message> {
    return new Promise((resolve) => {
      this.#waiting.set(key, resolve);
      void this.sandbox.died.then(() => resolve({ id: -1 }));
    });
  }
}

type Message = { id: number; pid?: number; value?: unknown; result?: RunResult };

function parseMessage(line: string): Message {
  return JSON.parse(line) as Message;
}

export type Fixture = {
  folder: string;
  codePath: string;
  layersPath: string;
  backend: IsolationBackend;
  request: SandboxRequest;
  /** Blank: server up, nothing bound. */
  blank(changes?: Partial<SandboxRequest>): Promise<TestSandbox>;
  /** Blank, then bound to `codePath` and `layersPath`. */
  bound(changes?: { limits?: Partial<SandboxLimits>; request?: Partial<SandboxRequest> }): Promise<TestSandbox>;
  close(): Promise<void>;
};

/** Undefined, and the reason, where this machine cannot run the namespace backend. */
export async function openFixture(options: { unprivileged?: boolean } = {}): Promise<{ fixture: Fixture } | { fixture: undefined; reason: string }> {
  const nodePath = packagedNode();
  if (process.platform !== 'linux') return { fixture: undefined, reason: 'needs Linux' };
  if (nodePath === undefined) return { fixture: undefined, reason: 'the packaged Node.js for this architecture is not installed' };
  const tools = findTools();
  const [missing] = tools.problems;
  if (missing !== undefined) return { fixture: undefined, reason: missing.message };
  const folder = mkdtempSync(join(tmpdir(), 'rik-isolation-'));
  chmodSync(folder, 0o755);
  const backend = openNamespaceBackend({ stateDir: join(folder, 'state'), unprivileged: options.unprivileged ?? true });
  const report = await backend.probe();
  const [problem] = report.problems;
  if (problem !== undefined) {
    await backend.close();
    rmSync(folder, { recursive: true, force: true });
    return { fixture: undefined, reason: problem.message };
  }
  const { rootPath, codePath, layersPath, serverBundlePath } = makeTrees(folder, tools.paths?.busybox ?? '/bin/busybox');
  const platform = await platformFolder({ stateDir: join(folder, 'state'), nodePath, serverBundlePath });
  const request: SandboxRequest = { rootPath, rootDigest: 'sha256:test', architecture: process.arch === 'arm64' ? 'arm64' : 'x86_64', platformDir: platform.dir, command: platform.command, tmpMiB: 64, environment: { MARK: 'server' } };
  const blank: Fixture['blank'] = async (changes = {}) => {
    const sandbox = new TestSandbox(await backend.prepare({ ...request, ...changes }));
    if ((await sandbox.ready) !== 'up') throw new Error(`the server did not come up: ${sandbox.sandbox.diagnostics()}`);
    return sandbox;
  };
  return {
    fixture: {
      folder,
      codePath,
      layersPath,
      backend,
      request,
      blank,
      async bound(changes = {}) {
        const sandbox = await blank(changes.request);
        await sandbox.sandbox.bind({ codePath, layersPath, limits: { ...LIMITS, ...changes.limits } });
        return sandbox;
      },
      async close() {
        await backend.close();
        rmSync(folder, { recursive: true, force: true });
      },
    },
  };
}

export function makeTrees(folder: string, busyboxPath: string): { rootPath: string; codePath: string; layersPath: string; serverBundlePath: string } {
  const rootPath = join(folder, 'root');
  for (const name of [...ROOT_FOLDERS, 'bin', 'usr/bin', 'home', 'run']) mkdirSync(join(rootPath, name), { recursive: true });
  copyFileSync(busyboxPath, join(rootPath, 'bin/busybox'));
  chmodSync(join(rootPath, 'bin/busybox'), 0o755);
  for (const name of ['sh', 'cat', 'ls', 'sleep', 'env', 'id']) symlinkSync('busybox', join(rootPath, 'bin', name));
  // A setuid program in the root, owned by whoever runs the test: root when it is root.
  copyFileSync(busyboxPath, join(rootPath, 'usr/bin/su'));
  chmodSync(join(rootPath, 'usr/bin/su'), 0o4755);
  writeFileSync(join(rootPath, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\nsbx_user1051:x:993:990::/home/sbx_user1051:/sbin/nologin\n');
  writeFileSync(join(rootPath, 'etc/hosts'), '127.0.0.1 localhost sandbox.localdomain\n');
  const codePath = join(folder, 'code');
  const layersPath = join(folder, 'layers');
  for (const [path, name] of [[codePath, 'handler.txt'], [layersPath, 'layer.txt']] as const) {
    mkdirSync(path);
    writeFileSync(join(path, name), name);
    chmodSync(path, 0o755);
  }
  const serverBundlePath = join(folder, 'server.cjs');
  writeFileSync(serverBundlePath, serverScript({ shell: ['/var/rapid/busybox', 'sh'], taskPath: '/var/task' }));
  return { rootPath, codePath, layersPath, serverBundlePath };
}

function packagedNode(): string | undefined {
  const path = join(repositoryRoot(), 'node_modules', `node-linux-${process.arch}`, 'bin/node');
  return existsSync(path) ? path : undefined;
}

function repositoryRoot(): string {
  for (let at = import.meta.dirname; at !== dirname(at); at = dirname(at)) if (readdirSync(at).includes('package.json')) return at;
  throw new Error('the repository was not found above the test');
}

/** What a sandbox could leave on the host; everything that this process's workers own. */
export function leftovers(): string[] {
  const found: string[] = [];
  const owner = `${process.pid}-`;
  for (const base of hierarchyFolders()) for (const name of listed(join(base, 'rik'))) if (name.startsWith(owner)) found.push(join(base, 'rik', name));
  for (const name of listed('/run')) if (name.startsWith(`rik-${owner}`)) found.push(`/run/${name}`);
  if (/ \/run\/rik-/.test(readFileSync('/proc/self/mountinfo', 'utf8'))) found.push('a mount that the host sees');
  return found;
}

function hierarchyFolders(): string[] {
  return ['/sys/fs/cgroup', ...listed('/sys/fs/cgroup').map((name) => join('/sys/fs/cgroup', name))];
}

export function listed(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** Backing files of loop devices, the deleted ones too. */
export function loopBackingFiles(): string[] {
  return listed('/sys/block').flatMap((device) => {
    try {
      return device.startsWith('loop') ? [readFileSync(join('/sys/block', device, 'loop/backing_file'), 'utf8').trim()] : [];
    } catch {
      return [];
    }
  });
}
