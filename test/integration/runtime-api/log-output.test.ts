/** The lines around each invocation, to the character, and what becomes of what the function prints. */
import { Writable } from 'node:stream';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { withEmulator } from '../../support/emulated.ts';

const test = suite('integration/runtime-api/log-output');

// ref: LOG-001, LOG-002, LOG-003, LOG-004, LOG-009, LOG-016
test('a cold and a warm invocation print exactly these lines', async () => {
  await withEmulator({ scenario: ['obedient'] }, async (emulated) => {
    const cold = (await emulated.invoke('{"print":"one\\ntwo\\n"}')).headers.get('x-amzn-requestid');
    const first = await emulated.logged(/^REPORT.*\n/m);
    const figures = 'Duration: (\\d+\\.\\d\\d) ms\\tBilled Duration: (\\d+) ms\\tMemory Size: 128 MB\\tMax Memory Used: (\\d+) MB\\t';
    const lines = (id: string | null | undefined, output: string, init: string): RegExp =>
      new RegExp(`^START RequestId: ${id} Version: \\$LATEST\\n${output}END RequestId: ${id}\\nREPORT RequestId: ${id}\\t${figures}${init}\\n$`);
    assert.match(first, lines(cold, 'one\\ntwo\\n', 'Init Duration: (\\d+\\.\\d\\d) ms\\t'));
    const [, duration, billed, used, init] = /Duration: ([\d.]+) ms\tBilled Duration: (\d+) ms\t.*Used: (\d+) MB\tInit Duration: ([\d.]+) ms/.exec(first) ?? [];
    // The printed figures are rounded, the billed one is not made of the rounded ones.
    const sum = Number(duration) + Number(init);
    assert.ok(Number(billed) >= Math.ceil(sum - 0.01) && Number(billed) <= Math.ceil(sum + 0.01), first);
    assert.ok(Number(used) > 0 && Number(used) <= 128);
    const warm = (await emulated.invoke('{}')).headers.get('x-amzn-requestid');
    const second = (await emulated.logged(/(^REPORT[^]*\n){2}/m)).slice(first.length);
    assert.match(second, lines(warm, '', ''));
  });
});

// ref: LOG-011, LOG-017, LOG-018
test('carriage returns, long lines and text without a line end are kept as they are', async () => {
  await withEmulator({ scenario: ['obedient'] }, async (emulated) => {
    const texts = ['a\rb\n', `${'x'.repeat(300_000)}\n`, 'no end'];
    for (const print of texts) await emulated.invoke(JSON.stringify({ print }));
    const log = await emulated.logged(/(REPORT[^]*\n){3}/);
    for (const print of texts) assert.ok(log.includes(`$LATEST\n${print}END`));
  });
});

test('a flood is complete, in order, and before the end of its invocation', async () => {
  const lines = 30_000;
  await withEmulator({ scenario: ['flood', String(lines)] }, async (emulated) => {
    await emulated.invoke('{}');
    const log = await emulated.logged(/^REPORT/m);
    const wanted = Array.from({ length: lines }, (_, line) => `line ${line}\n`).join('');
    const between = log.slice(log.indexOf('\n') + 1, log.indexOf('END RequestId'));
    assert.is(between.length, wanted.length);
    assert.is(between, wanted);
  });
});

test('a log that nobody reads holds up the function; when it is read again nothing is missing', async () => {
  const lines = 100_000;
  const pieces: Buffer[] = [];
  const waiting: (() => void)[] = [];
  let isReading = false;
  const output = new Writable({
    highWaterMark: 16_384,
    write(piece: Buffer, _, done) {
      pieces.push(piece);
      if (isReading) done();
      else waiting.push(done);
    },
  });
  const heldBytes = (): number => pieces.reduce((sum, piece) => sum + piece.length, 0) + output.writableLength;
  await withEmulator({ scenario: ['flood', String(lines)], output }, async (emulated) => {
    const answering = emulated.invoke('{}').then((reply) => reply.body.toString());
    while (waiting.length === 0) await new Promise((resolve) => setImmediate(resolve));
    // The function is blocked: however long one waits, no more comes than what pipe and buffers hold.
    const first = await Promise.race([answering, new Promise<string>((resolve) => setTimeout(() => resolve('blocked'), 300))]);
    assert.is(first, 'blocked');
    assert.ok(heldBytes() < 400_000, `${heldBytes()} bytes are held`);
    isReading = true;
    for (const done of waiting.splice(0)) done();
    assert.is(await answering, '{}');
    while (!Buffer.concat(pieces.slice(-1)).includes('REPORT')) await new Promise((resolve) => setTimeout(resolve, 5));
  });
  const text = Buffer.concat(pieces).toString();
  assert.ok(text.includes(Array.from({ length: lines }, (_, line) => `line ${line}\n`).join('')));
  assert.match(text, /^REPORT/m);
});

test('an output that breaks costs no invocation', async () => {
  const output = new Writable({
    write(_, __, done) {
      done(new Error('gone'));
    },
  });
  await withEmulator({ scenario: ['flood', '20000'], output }, async (emulated) => {
    for (const event of ['1', '2', '3']) assert.is((await emulated.invoke(event)).body.toString(), event);
  });
});

test.run();
