/** A function URL in front of runtimes that stream: as they come, as slowly as the client takes them, and broken where they break. */
import { existsSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { withEmulator } from '../../support/emulated.ts';
import type { Emulated, EmulatedOptions } from '../../support/emulated.ts';

const test = suite('integration/runtime-api/function-url-streaming');
const FIXTURE = join(process.cwd(), 'test', 'fixtures', 'bootstraps', 'streams.mjs');
const INTEGRATION = 'application/vnd.awslambda.http-integration-response';
const NULS = '\0'.repeat(8);

type Step = readonly (string | number)[];

async function withStreams(options: EmulatedOptions, use: (open: (script: readonly Step[]) => Promise<IncomingMessage>, emulated: Emulated) => Promise<void>): Promise<void> {
  if (!existsSync(FIXTURE)) throw new Error(`no fixture at ${FIXTURE}`);
  const url = { listen: { host: '127.0.0.1', port: 0 }, invokeMode: 'stream' } as const;
  await withEmulator({ command: [process.execPath, FIXTURE], url, ...options }, (emulated) => use((script) => open(emulated, script), emulated));
}

function open(emulated: Emulated, script: readonly Step[]): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(emulated.emulator.functions[0]?.url ?? '', { method: 'POST', headers: { 'Content-Type': 'application/json' }, agent: false }, resolve);
    sent.on('error', reject);
    sent.end(JSON.stringify({ script }));
  });
}

async function rest(response: IncomingMessage): Promise<{ bytes: Buffer; isWhole: boolean }> {
  const pieces: Buffer[] = [];
  try {
    for await (const piece of response) pieces.push(piece);
  } catch {
    // It broke off.
  }
  return { bytes: Buffer.concat(pieces), isWhole: response.complete };
}

test('the head is there with the prelude, each chunk before the next one is written', async () => {
  await withStreams({}, async (stream, emulated) => {
    const [first, second] = [join(emulated.folder, 'one'), join(emulated.folder, 'two')];
    const prelude = JSON.stringify({ statusCode: 206, headers: { 'X-A': 'b' }, cookies: ['c=1'] });
    const response = await stream([['head', INTEGRATION], ['write', prelude + NULS], ['wait', first], ['write', 'one'], ['wait', second], ['write', 'two'], ['end']]);
    assert.is(response.statusCode, 206);
    assert.is(response.headers['x-a'], 'b');
    assert.equal(response.headers['set-cookie'], ['c=1']);
    writeFileSync(first, '');
    const [piece] = await new Promise<[Buffer]>((resolve) => response.once('data', (bytes: Buffer) => resolve([bytes])));
    assert.is(piece.toString(), 'one');
    writeFileSync(second, '');
    assert.is((await rest(response)).bytes.toString(), 'two');
  });
});

test('without a prelude the stream is the body, of its own type', async () => {
  await withStreams({}, async (stream) => {
    const response = await stream([['head', 'text/event-stream'], ['write', 'data: 1\n\n'], ['end']]);
    assert.equal([response.statusCode, response.headers['content-type']], [200, 'text/event-stream']);
    assert.is((await rest(response)).bytes.toString(), 'data: 1\n\n');
  });
});

test('20 MB arrive whole, and a client that does not read holds the runtime back', async () => {
  await withStreams({ timeoutMs: 60_000 }, async (stream, emulated) => {
    const { bytes, isWhole } = await rest(await stream([['head', 'application/octet-stream'], ['flood', 320, 65_536], ['end']]));
    assert.equal([bytes.length, isWhole], [320 * 65_536, true]);
    for (let index = 0; index < 320; index += 1) assert.is(bytes[index * 65_536], index % 251);
    const stuck = await stream([['head', 'text/plain'], ['fill', 100_000_000], ['rest'], ['end']]);
    stuck.pause();
    const note = (await emulated.noted(2)).find((line) => line.startsWith('sent ')) ?? '';
    assert.ok(Number(note.slice(5)) < 50_000_000, note);
    stuck.resume();
    await rest(stuck);
  });
});

test('a stream that fails on the way, or whose time is up, never passes for the whole', async () => {
  await withStreams({ timeoutMs: 5_000 }, async (stream) => {
    const failed = await rest(await stream([['head', 'text/plain'], ['write', 'half'], ['fail', 'Function.Gone', '{}']]));
    assert.equal([failed.bytes.toString(), failed.isWhole], ['half', false]);
    const late = await rest(await stream([['head', 'text/plain'], ['write', 'half'], ['forever']]));
    assert.equal([late.bytes.toString(), late.isWhole], ['half', false]);
    const after = await stream([['head', 'text/plain'], ['write', 'again'], ['end']]);
    assert.is((await rest(after)).bytes.toString(), 'again');
  });
});

for (const [title, script] of [
  ['a prelude that is no JSON', [['head', INTEGRATION], ['write', `nonsense${NULS}body`], ['end']]],
  ['a stream that ends inside its prelude', [['head', INTEGRATION], ['write', '{"statusCode":200}'], ['end']]],
  ['an error before anything', [['report', '{"errorMessage":"m"}', 'Function.E']]],
] as const) {
  test(`${title} is 502, and the next request is served`, async () => {
    await withStreams({}, async (stream) => {
      const response = await stream(script);
      assert.is(response.statusCode, 502);
      assert.is((await rest(response)).bytes.toString(), 'Internal Server Error');
      assert.is((await rest(await stream([['head', 'text/plain'], ['write', 'fine'], ['end']]))).bytes.toString(), 'fine');
    });
  });
}

test.run();
