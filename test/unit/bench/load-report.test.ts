import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { mergeLoadReports, parseLoadReport, runLoad, type LoadReport } from '../../../bench/load-report.ts';
import { REPOSITORY_FOLDER } from '../../../bench/repository-folder.ts';
import { portableTools, prepareTools } from '../../../bench/tools.ts';
import { isCodedError } from '../../../foundation/coded-error.ts';

const test = suite('bench/load-report');
const native = await prepareTools({ cacheFolder: join(REPOSITORY_FOLDER, 'dist', 'bench'), searchPath: process.env['PATH'] ?? '' });
const generators = [
  { name: 'the Node generator', argv: portableTools('in this test').loadGenerator },
  ...(native.kind === 'native' ? [{ name: 'the C generator', argv: native.loadGenerator }] : []),
];
if (native.kind === 'portable') console.log('skip: no C compiler on this machine, the C generator is not tested');

type Reply = { status: number; body: Buffer; chunked?: boolean; close?: boolean };

/** A front door that answers each event as `reply` says. */
async function listen(reply: (event: Buffer, number: number) => Reply): Promise<{ server: Server; port: number }> {
  let number = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const { status, body, chunked, close } = reply(Buffer.concat(chunks), number++);
    const framing = chunked === true ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': body.length };
    response.writeHead(status, { ...framing, ...(close === true ? { Connection: 'close' } : {}) });
    if (chunked === true) for (let at = 0; at < body.length; at += 1_000) response.write(body.subarray(at, at + 1_000));
    response.end(chunked === true ? undefined : body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return { server, port: address !== null && typeof address === 'object' ? address.port : 0 };
}

async function loadOn(argv: readonly string[], bytes: number, reply: (event: Buffer, number: number) => Reply) {
  const { server, port } = await listen(reply);
  try {
    return await runLoad(argv, { port, bytes, seconds: 20, warmupSeconds: 0, connections: 2, count: 5, watch: [process.pid] });
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

async function failureOf(run: Promise<unknown>): Promise<string> {
  try {
    await run;
  } catch (error) {
    assert.ok(isCodedError(error), String(error));
    return `${error.code}: ${error.message}`;
  }
  return 'no failure';
}

for (const { name, argv } of generators) {
  for (const bytes of [2, 9, 10, 1_024, 300_000]) {
    test(`${name} counts the echoes of ${bytes} bytes and sends other events each time`, async () => {
      const events = new Set<string>();
      const report = await loadOn(argv, bytes, (event) => {
        events.add(event.toString());
        JSON.parse(event.toString());
        return { status: 200, body: event };
      });
      assert.is(report.count, 10);
      assert.is(events.size, 10);
      assert.is(report.histogram.reduce((sum, [, count]) => sum + count, 0), 10);
      assert.is(report.watched.length, 1);
      assert.ok((report.watched[0]?.cpuUs ?? -1) >= 0);
    });
  }

  test(`${name} joins a chunked answer`, async () => {
    const report = await loadOn(argv, 70_000, (event) => ({ status: 200, body: event, chunked: true }));
    assert.is(report.count, 10);
  });

  test(`${name} refuses an answer that is another event's echo`, async () => {
    let first: Buffer | undefined;
    assert.match(await failureOf(loadOn(argv, 2, (event) => ({ status: 200, body: (first ??= event) }))), /bench\/load-failed.*not the echo/);
  });

  test(`${name} refuses an answer of another length`, async () => {
    assert.match(await failureOf(loadOn(argv, 100, (event) => ({ status: 200, body: event.subarray(1) }))), /bench\/load-failed.*not the echo/);
  });

  test(`${name} refuses any status but 200`, async () => {
    assert.match(await failureOf(loadOn(argv, 2, (event, number) => ({ status: number < 3 ? 200 : 502, body: event }))), /bench\/load-failed.*502/);
  });

  test(`${name} says so when nothing listens`, async () => {
    const { server, port } = await listen((event) => ({ status: 200, body: event }));
    server.close();
    await once(server, 'close');
    assert.match(await failureOf(runLoad(argv, { port, bytes: 2, seconds: 1, warmupSeconds: 0, connections: 1 })), /bench\/(load-failed|bad-report).*refused|ECONNREFUSED/);
  });
}

test('a report that is no JSON is refused with what was printed instead', async () => {
  assert.match(await failureOf(Promise.resolve().then(() => parseLoadReport('', 'usage: …'))), /bench\/bad-report.*usage/);
});

test('a report of another shape is refused', async () => {
  const text = JSON.stringify({ count: -1, warmupCount: 0, elapsedNs: 1, failure: '', generatorCpuUs: 0, machineBusyUs: 0, watched: [], histogram: [] });
  assert.match(await failureOf(Promise.resolve().then(() => parseLoadReport(text, ''))), /bench\/bad-report.*another shape/);
});

test('several loads add up, and a process that was gone once has no processor time', () => {
  const first: LoadReport = {
    count: 2, warmupCount: 1, elapsedNs: 10, failure: '', generatorCpuUs: 3, machineBusyUs: 4,
    watched: [{ pid: 1, cpuUs: 5 }, { pid: 2, cpuUs: 6 }], histogram: [[100, 2]],
  };
  const second: LoadReport = { ...first, watched: [{ pid: 1, cpuUs: 7 }, { pid: 2, cpuUs: -1 }], histogram: [[50, 2]] };
  assert.equal(mergeLoadReports([first, second]), {
    count: 4, warmupCount: 2, elapsedNs: 20, failure: '', generatorCpuUs: 6, machineBusyUs: 8,
    watched: [{ pid: 1, cpuUs: 12 }, { pid: 2, cpuUs: -1 }], histogram: [[100, 2], [50, 2]],
  });
});

test.run();
