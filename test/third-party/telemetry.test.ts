// time-limit-seconds: 300
/** An external extension of the vendor's Rust crate that subscribes to telemetry or logs; the crate refuses every record that it cannot read. */
import { copyFileSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { GO, openClient, RUST, withClient } from './client.ts';

const test = suite('third-party/telemetry');
const [rust, go] = [await openClient(RUST), await openClient(GO)];
const EVENTS = 10;

type Watched = { ids: string[]; notes: string[] };

/** The extension listens where its own options say, as the crate has it; that the port is free is all that can be known before. */
function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** Ten invocations, of which every third fails, and the end of the environment. */
async function watch(folders: { rust: string; go: string }, api: 'telemetry' | 'logs'): Promise<Watched> {
  const variables = { EXTENSION_PORT: String(await findFreePort()), EXTENSION_API: api };
  return withClient(GO, folders.go, { variables }, async (calling) => {
    const extensions = join(calling.folder, 'opt', 'extensions');
    mkdirSync(extensions, { recursive: true });
    copyFileSync(join(folders.rust, 'subscriber'), join(extensions, 'subscriber'));
    const ids: string[] = [];
    for (let count = 0; count < EVENTS; count += 1) {
      const reply = await calling.invoke(JSON.stringify(eventOf(count)));
      ids.push(reply.headers.get('x-amzn-requestid') ?? 'none');
    }
    // The environment's end in the middle of an invocation would be another story.
    await calling.logged(new RegExp(`^REPORT RequestId: ${ids.at(-1)}`, 'm'));
    await calling.emulator.close();
    return { ids, notes: calling.notes() };
  });
}

const isFailure = (count: number): boolean => count % 3 === 2;
const eventOf = (count: number): object => (isFailure(count) ? { do: 'fail', message: `failed ${count}` } : { do: 'log', text: `said ${count}` });

type Record = { type: string; record: unknown };
const member = (record: unknown, ...names: string[]): unknown => names.reduce((value, name) => Object(value)[name], record);

function recordsOf(notes: readonly string[]): Record[] {
  return notes.filter((note) => note.startsWith('TELEMETRY ')).map((note) => JSON.parse(note.slice('TELEMETRY '.length)));
}

if (rust.folder === undefined || go.folder === undefined) {
  test.skip('an extension of the Rust crate with a subscription', () => undefined);
  console.log(`skip: ${rust.folder === undefined ? rust.reason : go.folder === undefined ? go.reason : ''}`);
} else {
  const folders = { rust: rust.folder, go: go.folder };

  test('every telemetry event of ten invocations arrives once, in order, and SHUTDOWN comes with reason spindown', async () => {
    const { ids, notes } = await watch(folders, 'telemetry');
    assert.equal(notes.filter((note) => !note.startsWith('TELEMETRY ')), [...ids.map((id) => `INVOKE ${id}`), 'SHUTDOWN spindown']);
    const records = recordsOf(notes);
    const init = ['platform.initStart', 'platform.telemetrySubscription', 'platform.initRuntimeDone', 'platform.extension', 'platform.initReport'];
    const each = ['platform.start', 'function', 'platform.runtimeDone', 'platform.report'];
    // Runtime and extension are ready in whichever order.
    assert.equal(records.slice(0, init.length).map(({ type }) => type).sort(), [...init].sort());
    assert.equal(records.slice(init.length).map(({ type }) => type), ids.flatMap(() => each));
    const ofInvocations = records.slice(init.length);
    for (const [count, id] of ids.entries()) {
      const [start, line, done, report] = ofInvocations.slice(count * each.length).map(({ record }) => record);
      const status = isFailure(count) ? 'error' : 'success';
      assert.equal([member(start, 'requestId'), member(done, 'requestId'), member(report, 'requestId')], [id, id, id]);
      assert.equal([member(done, 'status'), member(report, 'status')], [status, status]);
      assert.ok(String(line).includes(isFailure(count) ? `failed ${count}` : `said ${count}`), String(line));
      assert.is(typeof member(report, 'metrics', 'initDurationMs') === 'number', count === 0);
      assert.is(member(start, 'tracing', 'type'), 'X-Amzn-Trace-Id');
    }
  });

  test('every log line of ten invocations arrives once and in order through the Logs API', async () => {
    const { notes } = await watch(folders, 'logs');
    const lines = notes.filter((note) => note.startsWith('LOG '));
    assert.is(lines.length, EVENTS, notes.join('\n'));
    for (const [count, line] of lines.entries()) assert.ok(line.startsWith('LOG Function(') && line.includes(isFailure(count) ? `failed ${count}` : `said ${count}`), line);
    assert.is(notes.at(-1), 'SHUTDOWN spindown');
  });
}

test.run();
