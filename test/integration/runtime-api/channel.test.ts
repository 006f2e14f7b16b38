/** The server as the worker sees it: a process with one connection, asked and answered in frames; the worker is played by the test. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CHANNEL_PROTOCOL, decodeServerMessage, encodeWorkerMessage, FrameDecoder } from '../../../runtime-api/index.ts';
import type { EnvironmentConfiguration, ServerMessage, WorkerMessage } from '../../../runtime-api/index.ts';
import { processesLeft } from '../../support/processes.ts';
import { withTemporaryFolder } from '../../support/temporary-folder.ts';

const test = suite('integration/runtime-api/channel');
const MAIN = join(process.cwd(), 'runtime-api', 'main.ts');
const SCENARIOS = join(process.cwd(), 'test', 'fixtures', 'bootstraps', 'scenarios.mjs');

type Message<Kind extends ServerMessage['kind']> = Extract<ServerMessage, { kind: Kind }>;

class Worker {
  readonly said: ServerMessage[] = [];
  readonly server: ChildProcess;
  readonly #channel: Duplex;
  readonly #folder: string;
  #wake: () => void = () => {};

  constructor(folder: string, withGate: boolean) {
    this.#folder = folder;
    const gate = withGate ? ['--busybox', '/bin/busybox'] : [];
    this.server = spawn(process.execPath, [MAIN, '--channel', '3', '--port', '0', '--control', folder, ...gate], {
      stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
      env: { PATH: process.env['PATH'], RIK_CHANNEL_TEST: folder },
    });
    const channel: unknown = this.server.stdio[3];
    if (!(channel instanceof Duplex)) throw new Error('no channel');
    this.#channel = channel;
    const decoder = new FrameDecoder();
    channel.on('data', (piece: Buffer) => decoder.push(piece, (frame) => this.#receive(decodeServerMessage(frame))));
    channel.on('error', () => {});
  }

  /** The worker's own part: it admits what it is asked to, and says that all have ended (the gates end what they started). */
  #receive(message: ServerMessage): void {
    this.said.push(message.kind === 'log' ? { kind: 'log', bytes: Buffer.from(message.bytes) } : message);
    if (message.kind === 'admit') this.say({ kind: 'admitted', processId: message.processId, ok: true });
    if (message.kind === 'endAll') this.say({ kind: 'allEnded' });
    this.#wake();
  }

  say(message: WorkerMessage): void {
    for (const bytes of encodeWorkerMessage(message)) this.#channel.write(bytes);
  }

  /** The next message of a kind after those already taken. */
  async next<Kind extends ServerMessage['kind']>(kind: Kind): Promise<Message<Kind>> {
    for (;;) {
      const index = this.said.findIndex((message) => message.kind === kind);
      const [found] = index === -1 ? [] : this.said.splice(index, 1);
      if (found !== undefined && isKind(found, kind)) return found;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  configure(change: Partial<EnvironmentConfiguration>, scenario: readonly string[]): void {
    const notes = join(this.#folder, 'notes');
    writeFileSync(notes, '');
    this.say({
      kind: 'configure',
      configuration: {
        bootstrap: { kind: 'command', argv: [process.execPath, SCENARIOS, ...scenario] },
        variables: { RIK_TEST_NOTES: notes, HOSTILE: "'; exit 1 #\n$(exit 2)" },
        workingDirectory: '/',
        functionTimeoutMs: 20_000,
        initTimeoutMs: 20_000,
        ...change,
      },
    });
  }

  invoke(requestId: string, payload: string | Buffer): void {
    this.say({ kind: 'invoke', invocation: { requestId, functionArn: 'arn', payload: Buffer.from(payload) } });
  }

  disconnect(): void {
    this.#channel.destroy();
  }
}

function isKind<Kind extends ServerMessage['kind']>(message: ServerMessage, kind: Kind): message is Message<Kind> {
  return message.kind === kind;
}

async function withWorker(withGate: boolean, use: (worker: Worker) => Promise<void>): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const worker = new Worker(folder, withGate);
    const ended = new Promise<number | null>((resolve) => worker.server.once('exit', resolve));
    try {
      assert.equal(await worker.next('hello'), { kind: 'hello', protocol: CHANNEL_PROTOCOL });
      await use(worker);
    } finally {
      worker.disconnect();
      assert.is(await ended, 0);
      assert.equal(await processesLeft(folder), [], 'processes are left');
    }
  });
}

for (const withGate of [false, true]) {
  const how = withGate ? 'through a gate' : 'directly';

  test(`an environment is configured, serves, and says everything in order (${how})`, async () => {
    await withWorker(withGate, async (worker) => {
      worker.configure({}, ['obedient']);
      assert.equal(await worker.next('initReported'), { kind: 'initReported', phase: 'init', status: 'success', errorType: undefined });
      for (const id of ['a', 'b']) {
        worker.said.length = 0;
        worker.invoke(id, JSON.stringify({ print: `printed by ${id}\n`, response: `"${id}"` }));
        assert.equal(await worker.next('completed'), { kind: 'completed', requestId: id, status: 'success', errorType: undefined });
        assert.equal(worker.said.map(({ kind }) => kind).filter((kind) => kind !== 'log'), ['started', 'answered']);
        const answered = await worker.next('answered');
        assert.is(answered.answer.body.toString(), `"${id}"`);
        const log = worker.said.flatMap((message) => (message.kind === 'log' ? [message.bytes] : []));
        assert.is(Buffer.concat(log).toString(), `printed by ${id}\n`);
      }
    });
  });

  test(`variables with shell text in them arrive as they are (${how})`, async () => {
    await withWorker(withGate, async (worker) => {
      worker.configure({}, ['environment']);
      worker.invoke('a', '{}');
      const { answer } = await worker.next('answered');
      assert.is(JSON.parse(answer.body.toString()).variables.HOSTILE, "'; exit 1 #\n$(exit 2)");
    });
  });

  test(`6 MB go in and out (${how})`, async () => {
    await withWorker(withGate, async (worker) => {
      worker.configure({}, ['echo']);
      const event = Buffer.from(JSON.stringify('x'.repeat(6_291_454)));
      worker.invoke('a', event);
      assert.ok((await worker.next('answered')).answer.body.equals(event));
      assert.is((await worker.next('completed')).status, 'success');
    });
  });

  test(`a crash asks for the end of all processes before it is completed, and the next one works (${how})`, async () => {
    await withWorker(withGate, async (worker) => {
      worker.configure({}, ['exitAfterNext', '1']);
      await worker.next('initReported');
      for (const id of ['a', 'b']) {
        worker.invoke(id, '{}');
        const { answer } = await worker.next('answered');
        assert.is(answer.isFunctionError, true);
        assert.is(answer.origin, 'crash');
        assert.equal(await worker.next('completed'), { kind: 'completed', requestId: id, status: 'error', errorType: 'Runtime.ExitError' });
        if (withGate) await worker.next('endAll');
      }
    });
  });

  test(`a time-out is reported with what was printed before it (${how})`, async () => {
    await withWorker(withGate, async (worker) => {
      worker.configure({ functionTimeoutMs: 300 }, ['silentOnce']);
      await worker.next('initReported');
      worker.invoke('a', '{}');
      assert.is((await worker.next('answered')).answer.origin, 'timeout');
      assert.equal(await worker.next('completed'), { kind: 'completed', requestId: 'a', status: 'timeout', errorType: undefined });
      worker.invoke('b', '"again"');
      assert.is((await worker.next('answered')).answer.body.toString(), '"again"');
    });
  });

  test(`when the worker is gone, so are the server and its processes (${how})`, async () => {
    await withWorker(withGate, async (worker) => {
      worker.configure({}, ['childKeepsOutput']);
      worker.invoke('a', '{}');
      await worker.next('completed');
    });
  });

  test(`told to shut down, it ends everything and itself (${how})`, async () => {
    await withTemporaryFolder(async (folder) => {
      const worker = new Worker(folder, withGate);
      await worker.next('hello');
      worker.configure({}, ['echo']);
      await worker.next('initReported');
      const ended = new Promise<number | null>((resolve) => worker.server.once('exit', resolve));
      worker.say({ kind: 'shutDown' });
      assert.is(await ended, 0);
      assert.equal(await processesLeft(folder), []);
    });
  });
}

test('a flood of lines arrives whole and before the end of its invocation', async () => {
  const lines = 60_000;
  await withWorker(false, async (worker) => {
    worker.configure({}, ['flood', String(lines)]);
    await worker.next('initReported');
    worker.invoke('a', '{}');
    await worker.next('completed');
    const log = worker.said.flatMap((message) => (message.kind === 'log' ? [message.bytes] : []));
    assert.is(Buffer.concat(log).toString(), Array.from({ length: lines }, (_, line) => `line ${line}\n`).join(''));
  });
});

test.run();
