// time-limit-seconds: 120
/** Telemetry in real sandboxes: what the worker measures reaches subscribers inside, and the log has the format of the function. */
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { UpdateFunctionConfigurationCommand, waitUntilFunctionUpdatedV2 } from '@aws-sdk/client-lambda';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { writeExtensionProgram } from '../../support/extension-file.ts';
import { startRikUp, temporaryHome } from '../../support/rik-up.ts';
import { REPOSITORY } from '../../support/runtime-images.ts';
import { withTemporaryFolder } from '../../support/temporary-folder.ts';
import { clientOf, createFunction, zipOf } from './sdk-functions.ts';

const test = suite('integration/platform/telemetry');

/** With the image's own Node. It says at the end what it was told, which is the log of the function. */
const SUBSCRIBER = `#!/var/lang/bin/node
const { writeSync } = require('node:fs');
const { createServer } = require('node:http');
const api = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API;
const seen = [];
const server = createServer((request, answer) => {
  const pieces = [];
  request.on('data', (piece) => pieces.push(piece));
  request.on('end', () => {
    seen.push(...JSON.parse(Buffer.concat(pieces).toString()));
    answer.end();
  });
}).listen(4243, 'sandbox.localdomain', async () => {
  const registered = await fetch(api + '/2020-01-01/extension/register', { method: 'POST', headers: { 'Lambda-Extension-Name': 'subscriber' }, body: '{"events":["INVOKE","SHUTDOWN"]}' });
  const headers = { 'Lambda-Extension-Identifier': registered.headers.get('lambda-extension-identifier') };
  const subscription = { schemaVersion: '2025-01-29', types: ['platform', 'function'], destination: { protocol: 'HTTP', URI: 'http://sandbox.localdomain:4243' } };
  const subscribed = await fetch(api + '/2022-07-01/telemetry', { method: 'PUT', headers, body: JSON.stringify(subscription) });
  if (subscribed.status !== 200) throw new Error(await subscribed.text());
  for (;;) {
    const event = await (await fetch(api + '/2020-01-01/extension/event/next', { headers })).json();
    if (event.eventType !== 'SHUTDOWN') continue;
    for (const { type, record } of seen) writeSync(1, 'seen ' + type + ' ' + JSON.stringify(record) + '\\n');
    writeSync(1, 'told ' + event.shutdownReason + '\\n');
    process.exit(0);
  }
});
`;

const HANDLER = `
export const handler = async ({ fails }) => {
  console.log('two\\nlines');
  if (fails) process.exit(3);
  return { format: process.env.AWS_LAMBDA_LOG_FORMAT, level: process.env.AWS_LAMBDA_LOG_LEVEL, group: process.env.AWS_LAMBDA_LOG_GROUP_NAME };
};
`;

const made = await temporaryHome(['nodejs24.x']);
if (made.home === undefined) {
  const { reason } = made;
  test.skip(`telemetry in sandboxes (${reason})`, () => undefined);
  console.log(`skip: ${reason}`);
} else {
  const { home, remove } = made;
  const isolation = process.getuid?.() === 0 ? [] : ['--unprivileged'];

  // ref: TEL-017, TEL-023, TEL-026, TEL-039
  for (const fails of [false, true]) {
    test(`an extension in a sandbox sees all of an invocation that ${fails ? 'fails' : 'succeeds'}, with the worker's own figures, before it is told of the end`, async () => {
      const log = await invokeWithSubscriber(home, isolation, { fails });
      const seen = [...log.matchAll(/^seen (\S+) (.*)$/gm)].map(([, type, record]) => ({ type, record: JSON.parse(record ?? '') }));
      assert.equal(seen.map(({ type }) => type), [
        ...['platform.initStart', 'platform.telemetrySubscription', 'platform.initRuntimeDone', 'platform.extension', 'platform.initReport'],
        ...['platform.start', 'function', 'platform.runtimeDone', 'platform.report'],
      ], log);
      assert.match(log, fails ? /^told failure$/m : /^told spindown$/m);
      const recordOf = (wanted: string) => seen.find(({ type }) => type === wanted)?.record;
      // A framed message of the managed client stays one record.
      assert.match(recordOf('function'), /two\nlines$/);
      assert.match(recordOf('platform.initStart').runtimeVersion, /^nodejs:24/);
      const { status, metrics } = recordOf('platform.report');
      assert.is(status, fails ? 'error' : 'success');
      const [, billed, used] = /\tBilled Duration: (\d+) ms\tMemory Size: 512 MB\tMax Memory Used: (\d+) MB\t/.exec(log) ?? [];
      assert.is(String(metrics.maxMemoryUsedMB), used);
      // The clock of a failed invocation stops when its failure is told.
      if (!fails) assert.is(String(metrics.billedDurationMs), billed);
    });
  }

  // ref: LOG-012, LOG-013, LOG-014
  test('the LoggingConfig of a function decides the form of its log, and what its runtime is told', async () => {
    const up = await startRikUp({ home, words: isolation });
    const client = clientOf(up.url);
    const invoke = async (): Promise<unknown> => (await fetch(`${up.url}/2015-03-31/functions/logged/invocations`, { method: 'POST', body: '{}' })).json();
    await createFunction(client, { name: 'logged', code: await zipOf({ 'index.mjs': HANDLER }), runtime: 'nodejs24.x', handler: 'index.handler' });
    assert.equal(await invoke(), { group: '/aws/lambda/logged' });
    while (!/^REPORT .*\n/m.test(up.stderr())) await new Promise((resolve) => setTimeout(resolve, 5));
    const linesBefore = up.stderr().length;
    const LoggingConfig = { LogFormat: 'JSON', ApplicationLogLevel: 'WARN', SystemLogLevel: 'DEBUG', LogGroup: 'my/group' } as const;
    await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'logged', LoggingConfig }));
    await waitUntilFunctionUpdatedV2({ client, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, { FunctionName: 'logged' });
    client.destroy();
    assert.equal(await invoke(), { format: 'JSON', level: 'WARN', group: 'my/group' });
    up.child.kill('SIGTERM');
    await up.ended;
    const objects = up.stderr().slice(linesBefore).split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
    assert.equal(objects.map(({ type }) => type), ['platform.initStart', 'platform.initRuntimeDone', 'platform.initReport', 'platform.start', 'platform.runtimeDone', 'platform.report']);
    assert.is(/^(?:END|REPORT|START|INIT_START) /m.test(up.stderr().slice(linesBefore)), false);
  });

  test.after(remove);
}

test.run();

/** The log of `rik invoke` with the subscriber in a layer. */
async function invokeWithSubscriber(home: string, isolation: readonly string[], event: { fails: boolean }): Promise<string> {
  return withTemporaryFolder(async (folder) => {
    writeExtensionProgram({ layersRoot: join(folder, 'layer'), name: 'subscriber', text: SUBSCRIBER });
    mkdirSync(join(folder, 'function'));
    writeFileSync(join(folder, 'function', 'index.mjs'), HANDLER);
    const words = ['invoke', join(folder, 'function'), '--runtime', 'nodejs24.x', '--handler', 'index.handler', '--memory', '512', '--layer', join(folder, 'layer'), '--event', JSON.stringify(event), ...isolation];
    const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', RIK_HOME: home, NODE_DISABLE_COMPILE_CACHE: '1' };
    // A function error is a status of its own; the log is what counts here.
    const run = promisify(execFile)(process.execPath, [join(REPOSITORY, 'cli', 'main.ts'), ...words], { cwd: '/', env });
    const { stderr } = await run.catch((error: unknown) => ({ stderr: String(Object(error).stderr) }));
    return stderr;
  });
}
