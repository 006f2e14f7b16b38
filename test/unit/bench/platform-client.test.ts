import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startPlatform, zipFolder } from '../../../bench/platform-client.ts';
import { accepts } from '../../../bench/processes.ts';

const test = suite('bench/platform-client');

/** A platform of one file: `Pending` once, then as told; a function named `bad` fails. */
const PLATFORM = `
  const [port, state] = process.argv.slice(1);
  const asked = new Map();
  require("node:http").createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const [, , , name, rest] = request.url.split("/");
    const answer = (status, text, headers) => response.writeHead(status, headers).end(text);
    if (request.method === "GET" && name === "") return answer(200, "{}");
    if (request.method === "POST" && name === undefined) {
      const { FunctionName, Code } = JSON.parse(body);
      return Buffer.from(Code.ZipFile, "base64").toString("latin1", 0, 2) === "PK" ? answer(201, "{}") : answer(400, FunctionName);
    }
    if (rest === "configuration") {
      asked.set(name, (asked.get(name) ?? 0) + 1);
      return answer(200, JSON.stringify({ State: asked.get(name) > 1 ? state : "Pending" }));
    }
    if (rest === "invocations") return answer(200, "{}", name === "bad" ? { "X-Amz-Function-Error": "Unhandled" } : {});
    if (request.method === "DELETE") return answer(204);
    answer(404, "");
  }).listen(port, "127.0.0.1");`;

async function failureOf(run: Promise<unknown>): Promise<string> {
  return run.then(
    () => 'no failure',
    (error: unknown) => String(error),
  );
}

async function withPlatform(state: string, use: (platform: Awaited<ReturnType<typeof startPlatform>>) => Promise<void>): Promise<void> {
  const platform = await startPlatform(['{node}', '-e', PLATFORM, '{front-port}', state]);
  try {
    await use(platform);
  } finally {
    await platform.stop();
  }
}

const zip = async (): Promise<Buffer> => {
  const folder = mkdtempSync(join(tmpdir(), 'rik-bench-test-'));
  try {
    writeFileSync(join(folder, 'b.py'), 'b');
    writeFileSync(join(folder, 'a.py'), 'a');
    return await zipFolder(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

test('a function is created, awaited, timed and deleted', async () => {
  await withPlatform('Active', async (platform) => {
    await platform.createFunction({ name: 'good', runtime: 'r', handler: 'h', code: await zip() });
    assert.ok((await platform.invoke('good', '{}')) > 0);
    await platform.deleteFunction('good');
  });
});

test('a function error has no time', async () => {
  await withPlatform('Active', async (platform) => {
    assert.match(await failureOf(platform.invoke('bad', '{}')), /the function bad failed/);
  });
});

test('a function that fails to become active is reported', async () => {
  await withPlatform('Failed', async (platform) => {
    assert.match(await failureOf(platform.createFunction({ name: 'f', runtime: 'r', handler: 'h', code: await zip() })), /f is Failed/);
  });
});

test('a refusal of the API is reported with its body', async () => {
  await withPlatform('Active', async (platform) => {
    assert.match(await failureOf(platform.createFunction({ name: 'f', runtime: 'r', handler: 'h', code: Buffer.from('no zip') })), /CreateFunction answered 400: f/);
  });
});

test('a platform that ends at once is reported with its own words', async () => {
  assert.match(await failureOf(startPlatform(['{node}', '-e', 'console.error("no images"); process.exit(3)'])), /no images/);
});

test('something that listens and is no platform is refused and stopped', async () => {
  const script = 'require("node:http").createServer((_, response) => { response.statusCode = 404; response.end("" + process.argv[1]); }).listen(process.argv[1], "127.0.0.1")';
  const failure = await failureOf(startPlatform(['{node}', '-e', script, '{front-port}']));
  const port = Number(/ListFunctions answered 404: (\d+)/.exec(failure)?.[1]);
  assert.ok(port > 0);
  assert.not(await accepts(port));
});

test('the zip of a folder has its files in order and the same bytes each time', async () => {
  const bytes = await zip();
  assert.is(Buffer.compare(bytes, await zip()), 0);
  assert.ok(bytes.indexOf('a.py') < bytes.indexOf('b.py'));
});

test.run();
