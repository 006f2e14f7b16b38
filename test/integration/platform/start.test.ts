// time-limit-seconds: 60
/** `rik up` that cannot start says why in one line, leaves with the code for it, and leaves nothing else. */
import { createServer } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openPlatform } from '../../../platform/index.ts';
import { CLIENTS_FOLDER, machineImages, SERVER_BUNDLE } from '../../support/runtime-images.ts';
import { temporaryHome, untilNoTraces } from '../../support/rik-up.ts';
import { caught } from '../../support/temporary-folder.ts';

const test = suite('integration/platform/start');
const backend = { kind: 'namespace', unprivileged: process.getuid?.() !== 0 } as const;

async function open(home: string, changes: { host?: string; port?: number }): Promise<unknown> {
  const found = await machineImages([]);
  if (found.images === undefined) throw new Error(found.reason);
  const { images } = found;
  return caught(async () => {
    const platform = await openPlatform({
      host: '127.0.0.1', port: 0, region: 'us-east-1', accountId: '000000000000', stateDir: home, backend, images, clientsDir: CLIENTS_FOLDER,
      serverBundlePath: SERVER_BUNDLE, nodePath: process.execPath, bases: ['debian'], logSink: { write: () => {} }, onProblem: () => {}, onWarning: () => {}, ...changes,
    });
    await platform.close();
  });
}

const made = await temporaryHome([]);
if (made.home === undefined) {
  const { reason } = made;
  test.skip(`a start that fails (${reason})`, () => undefined);
  console.log(`skip: ${reason}`);
} else {
  const { home, remove } = made;

  for (const host of ['0.0.0.0', '::', '192.0.2.1', 'example.com', '127.0.0.1.example.com', '']) {
    test(`"${host}" is not listened on, because nobody is authenticated`, async () => {
      const error = await open(home, { host });
      assert.is(Object(error).code, 'platform/not-loopback');
      assert.equal(await untilNoTraces({ pid: process.pid, home }), []);
    });
  }

  test('a port that is taken is told, and everything that was opened before is given back', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = Object(other.address());
    const error = await open(home, { port });
    other.close();
    if (Object(error).code !== 'platform/address-unusable' && /isolation\//.test(String(Object(error).code))) return void console.log(`skip: ${String(error)}`);
    assert.is(Object(error).code, 'platform/address-unusable');
    assert.match(String(error), new RegExp(`cannot listen on 127\\.0\\.0\\.1:${port}: another program listens there`));
    assert.equal(await untilNoTraces({ pid: process.pid, home }), []);
  });

  test.after(remove);
}

test.run();
