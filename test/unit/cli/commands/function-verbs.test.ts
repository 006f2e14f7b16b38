import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readArchive } from '../read-archive.ts';
import { runRik, temporaryFolder, type RikEnd } from '../run-rik.ts';
import { closedEndpoint, configuration, startStandInApi, type SeenRequest, type StandInAnswer } from '../stand-in-api.ts';

const test = suite('cli/commands/function-verbs');

const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:hello';

async function run(words: readonly string[], answer: (request: SeenRequest) => StandInAnswer): Promise<RikEnd & { seen: SeenRequest[] }> {
  await using api = await startStandInApi(answer);
  const end = await runRik(['function', ...words], { environment: { RIK_ENDPOINT: api.endpoint } });
  return { ...end, seen: api.seen };
}

function codeFolder(): ReturnType<typeof temporaryFolder> {
  const folder = temporaryFolder();
  mkdirSync(join(folder.path, 'bin'));
  writeFileSync(join(folder.path, 'index.mjs'), 'export const handler = async () => "hi";\n');
  writeFileSync(join(folder.path, 'bin', 'tool'), '#!/bin/sh\n', { mode: 0o755 });
  return folder;
}

function lines(seen: readonly SeenRequest[]): string[] {
  return seen.map(({ method, path }) => `${method} ${path.replace('/2015-03-31/functions', '')}`);
}

function bodyOf(request: SeenRequest | undefined): Record<string, unknown> {
  const parsed: Record<string, unknown> = JSON.parse(String(request?.body));
  return parsed;
}

test('create packs the folder, sends what was asked for, waits until active and prints the function', async () => {
  using folder = codeFolder();
  let asked = 0;
  const words = ['create', 'hello', '--runtime', 'nodejs24.x', '--handler', 'index.handler', '--code', folder.path, '--timeout', '9', '--memory', '256', '--tmp', '600', '--env', 'AB=1', '--env', 'CD=x=y', '--architecture', 'arm64', '--description', ''];
  const { exitCode, stdout, stderr, seen } = await run(words, ({ method }) => {
    if (method === 'POST') return { status: 201, json: configuration('hello', { State: 'Pending' }) };
    asked += 1;
    return { status: 200, json: configuration('hello', { State: asked < 2 ? 'Pending' : 'Active' }) };
  });
  assert.is(exitCode, 0, stderr);
  assert.equal(lines(seen), ['POST ', 'GET /hello/configuration', 'GET /hello/configuration']);
  const { Code: code, ...rest } = bodyOf(seen[0]);
  assert.equal(rest, {
    FunctionName: 'hello',
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Role: 'arn:aws:iam::000000000000:role/rik',
    Description: '',
    Timeout: 9,
    MemorySize: 256,
    EphemeralStorage: { Size: 600 },
    Environment: { Variables: { AB: '1', CD: 'x=y' } },
    Architectures: ['arm64'],
  });
  const zip = Buffer.from(typeof code === 'object' && code !== null && 'ZipFile' in code ? String(code.ZipFile) : '', 'base64');
  assert.equal((await readArchive(zip)).map(({ path, mode }) => `${mode.toString(8)} ${path}`), ['40755 bin/', '100755 bin/tool', '100644 index.mjs']);
  assert.match(stdout, ARN);
  assert.match(stdout, 'Active');
  assert.match(stderr, 'sending');
});

test('create --no-wait returns while the function is pending; --json prints one document and nothing else', async () => {
  using folder = codeFolder();
  const { exitCode, stdout, seen } = await run(['create', 'hello', '--runtime', 'nodejs24.x', '--handler', 'a.b', '--code', folder.path, '--no-wait', '--json'], () => ({ status: 201, json: configuration('hello', { State: 'Pending' }) }));
  assert.is(exitCode, 0);
  assert.is(seen.length, 1);
  const shown: Record<string, unknown> = JSON.parse(stdout);
  assert.is(shown.functionArn, ARN);
  assert.is(shown.state, 'Pending');
  assert.is(shown.memoryMiB, 128);
});

test('a function on a provided runtime needs no handler, and takes this machine’s architecture', async () => {
  using folder = codeFolder();
  const { seen } = await run(['create', 'hello', '--runtime', 'provided.al2023', '--code', folder.path, '--no-wait'], () => ({ status: 201, json: configuration('hello') }));
  assert.is(bodyOf(seen[0]).Handler, 'bootstrap');
  assert.equal(bodyOf(seen[0]).Architectures, [process.arch === 'arm64' ? 'arm64' : 'x86_64']);
});

test('the same folder is sent as the same bytes twice', async () => {
  using folder = codeFolder();
  const words = ['update', 'hello', '--code', folder.path, '--no-wait'];
  const first = await run(words, () => ({ status: 200, json: configuration('hello') }));
  writeFileSync(join(folder.path, 'index.mjs'), 'export const handler = async () => "hi";\n');
  const second = await run(words, () => ({ status: 200, json: configuration('hello') }));
  assert.ok(first.seen[0]?.body.equals(second.seen[0]?.body ?? Buffer.alloc(0)));
});

test('code that cannot be packed is refused before the API hears of it', async () => {
  using folder = temporaryFolder();
  const { exitCode, seen } = await run(['update', 'hello', '--timeout', '5', '--code', folder.path], () => ({ status: 200, json: configuration('hello') }));
  assert.is(exitCode, 2);
  assert.equal(seen, []);
});

test('update sends the configuration first, waits, and then sends the code', async () => {
  using folder = codeFolder();
  const { exitCode, seen } = await run(['update', 'hello', '--code', folder.path, '--runtime', 'python3.11', '--clear-env'], () => ({ status: 200, json: configuration('hello') }));
  assert.is(exitCode, 0);
  assert.equal(lines(seen), ['PUT /hello/configuration', 'GET /hello/configuration', 'PUT /hello/code', 'GET /hello/configuration']);
  assert.equal(bodyOf(seen[0]), { Runtime: 'python3.11', Environment: { Variables: {} } });
  assert.equal(Object.keys(bodyOf(seen[2])), ['ZipFile']);
});

test('an update that fails afterwards is REJECTED with the reason', async () => {
  const { exitCode, stderr } = await run(['update', 'hello', '--timeout', '5'], () => ({ status: 200, json: configuration('hello', { LastUpdateStatus: 'Failed', LastUpdateStatusReason: 'it does not fit' }) }));
  assert.is(exitCode, 6);
  assert.match(stderr, 'it does not fit');
});

test('ls prints a sorted table, or all pages as JSON', async () => {
  const answer = ({ path }: SeenRequest): StandInAnswer => ({ status: 200, json: path.includes('Marker') ? { Functions: [configuration('a')] } : { Functions: [configuration('b')], NextMarker: 'm' } });
  const forPeople = await run(['ls'], answer);
  assert.equal(forPeople.stdout.split('\n').map((line) => line.split(' ')[0]), ['NAME', 'a', 'b', '']);
  const forMachines: { functions: { functionName: string }[] } = JSON.parse((await run(['ls', '--json'], answer)).stdout);
  assert.equal(forMachines.functions.map(({ functionName }) => functionName), ['a', 'b']);
});

test('ls without functions prints no table and says how to make one', async () => {
  const { exitCode, stdout, stderr } = await run(['ls'], () => ({ status: 200, json: { Functions: [] } }));
  assert.is(exitCode, 0);
  assert.is(stdout, '');
  assert.match(stderr, 'rik help function create');
});

test('show prints every field that is set, and text from the API cannot steer the terminal', async () => {
  const { stdout } = await run(['show', 'hello'], () => ({ status: 200, json: configuration('hello', { Description: 'a\u001b]0;owned\u0007b', Environment: { Variables: { STAGE: 'test' } } }) }));
  assert.match(stdout, 'a\\x1b]0;owned\\x07b');
  assert.match(stdout, /env STAGE: +test/);
  assert.not.match(stdout, 'undefined');
});

test('rm prints the ARN of what it removes, and removes that', async () => {
  const { exitCode, stdout, seen } = await run(['rm', 'hello'], ({ method }) => (method === 'DELETE' ? { status: 204 } : { status: 200, json: configuration('hello') }));
  assert.is(exitCode, 0);
  assert.is(stdout, `${ARN}\n`);
  assert.equal(lines(seen), ['GET /hello/configuration', `DELETE /${encodeURIComponent(ARN)}`]);
});

test('rm --dry-run says what would go and removes nothing', async () => {
  const { exitCode, stdout, seen } = await run(['rm', 'hello', '--dry-run', '--json'], () => ({ status: 200, json: configuration('hello') }));
  assert.is(exitCode, 0);
  assert.equal(JSON.parse(stdout), { functionArn: ARN, removed: false });
  assert.equal(lines(seen), ['GET /hello/configuration']);
});

test('a refusal of the API ends as REJECTED with its name and message', async () => {
  const { exitCode, stderr, stdout } = await run(['rm', 'hello'], () => ({ status: 404, headers: { 'x-amzn-errortype': 'ResourceNotFoundException' }, json: { Type: 'User', Message: `Function not found: ${ARN}` } }));
  assert.is(exitCode, 6);
  assert.is(stdout, '');
  assert.match(stderr, `rik: ResourceNotFoundException: Function not found: ${ARN}`);
});

test('a platform that is not running ends as ENVIRONMENT and says how to start it', async () => {
  const end = await runRik(['function', 'ls', '--endpoint', await closedEndpoint()]);
  assert.is(end.exitCode, 3);
  assert.match(end.stderr, 'rik up is not running at http://127.0.0.1:');
  assert.match(end.stderr, 'start it with `rik up`');
});

test.run();
