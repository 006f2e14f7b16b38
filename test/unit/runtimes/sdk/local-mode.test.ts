import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readOptions } from '../../../../runtimes/sdk/local/local-mode.ts';
import { withSdkProgram, type SdkProgram } from '../../../support/sdk-program.ts';

const test = suite('runtimes/sdk/local-mode');

const HELLO = `import { run } from 'rik/sdk'; await run((event) => { if (event.fail) throw new RangeError('failed'); return { hello: event.name }; });`;

async function addressOf({ printed }: SdkProgram): Promise<string> {
  return /http:\/\/[\d.]+:\d+/.exec(await printed(/running locally on/))?.[0] ?? '';
}

test('an event from standard input is invoked with, and its result is all that goes to standard output', () =>
  withSdkProgram({ source: HELLO, isLocal: true, words: ['--event', '-'] }, async ({ write, exited, stdout }) => {
    write('{"name":"Ada"}');
    assert.equal([(await exited).code, stdout()], [0, '{"hello":"Ada"}\n']);
  }));

test('an event from a file is invoked with, and an error makes the exit code 1', () =>
  withSdkProgram({ source: HELLO, isLocal: true, environment: { RIK_LOCAL_EVENT: 'event.json' } }, async ({ folder, exited, stdout }) => {
    writeFileSync(join(folder, 'event.json'), '{"fail":true}');
    assert.is((await exited).code, 1);
    assert.match(stdout(), /^\{"errorType":"RangeError","errorMessage":"failed"/);
  }));

test('functions of events take POST on the front door, with and without the path of the Invoke API', () =>
  withSdkProgram({ source: HELLO, isLocal: true, words: ['--port', '0'] }, async (program) => {
    const address = await addressOf(program);
    for (const path of ['/', '/2015-03-31/functions/function/invocations']) {
      const response = await fetch(`${address}${path}`, { method: 'POST', body: '{"name":"Ada"}' });
      assert.equal([response.status, await response.json()], [200, { hello: 'Ada' }]);
    }
    const failed = await fetch(address, { method: 'POST', body: '{"fail":true}' });
    assert.equal([failed.status, failed.headers.get('x-amz-function-error')], [200, 'Unhandled']);
    assert.is((await fetch(address)).status, 405);
  }));

test('a web server is spoken to as one, buffered and streamed', () =>
  withSdkProgram(
    {
      source: `import { run, http } from 'rik/sdk'; await run(http(async (request) => new Response(request.method + ' ' + new URL(request.url).search + ' ' + await request.text(), { status: 201, headers: [['set-cookie', 'a=1'], ['set-cookie', 'b=2'], ['content-type', 'text/plain']] }), { responseMode: process.env.MODE }));`,
      isLocal: true,
      words: ['--port', '0'],
      environment: { MODE: 'stream' },
    },
    async (program) => {
      const response = await fetch(`${await addressOf(program)}/p?q=1`, { method: 'PUT', body: 'body' });
      assert.equal([response.status, await response.text(), response.headers.getSetCookie(), response.headers.get('content-type')], [201, 'PUT ?q=1 body', ['a=1', 'b=2'], 'text/plain']);
    },
  ));

test('a stream that fails on the way is cut off', () =>
  withSdkProgram(
    { source: `import { run, stream } from 'rik/sdk'; await run(stream(async function* () { yield 'begun'; throw new Error('broken'); }));`, isLocal: true, words: ['--port', '0'] },
    async (program) => {
      const { port } = new URL(await addressOf(program));
      const socket = connect(Number(port), '127.0.0.1');
      socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}');
      let text = '';
      socket.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      await once(socket, 'close');
      assert.match(text, /begun/);
      assert.not.match(text, /\r\n0\r\n\r\n$/);
    },
  ));

test('an interrupt runs the shutdown hooks', () =>
  withSdkProgram({ source: `import { run } from 'rik/sdk'; await run(() => 1, { onShutdown() { console.log('closed'); } });`, isLocal: true, words: ['--port', '0'] }, async (program) => {
    await addressOf(program);
    program.signal('SIGINT');
    assert.is((await program.exited).code, 0);
    assert.match(program.stderr(), /closed/);
  }));

test('words of the command line win over the environment, and that over the program', () => {
  const given = { port: 1, event: 'a' };
  assert.equal(readOptions(given, {}, []).port, 1);
  assert.equal(readOptions(given, { RIK_LOCAL_PORT: '2', RIK_LOCAL_EVENT: 'b' }, ['--port', '3']), { port: 3, event: 'b', timeoutMs: 30_000 });
  assert.throws(() => readOptions({}, {}, ['--port', '65536']), /no number up to 65535/);
  assert.throws(() => readOptions({}, {}, ['--port', 'x']), /no number/);
});

test.run();
