// time-limit-seconds: 300
/** An external extension of the vendor's Rust crate, beside functions of every client that this machine has. */
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { GO, JAVA, NODE, openClient, PYTHON, RUST, withClient } from './client.ts';
import type { Calling, Client, ClientOptions } from './client.ts';

const test = suite('third-party/extension');
const opened = await openClient(RUST);
const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:test_function';
const EVENTS = 10;

type Ending = { notes: string[]; log: string };

async function watch(extension: string, client: Client, folder: string, options: ClientOptions, use: (calling: Calling) => Promise<void>): Promise<Ending> {
  return withClient(client, folder, options, async (calling) => {
    const extensions = join(calling.folder, 'opt', 'extensions');
    mkdirSync(extensions, { recursive: true });
    copyFileSync(extension, join(extensions, 'watcher'));
    await use(calling);
    await calling.emulator.close();
    return { notes: calling.notes(), log: calling.log() };
  });
}

async function invokedId({ invoke }: Calling, event: object): Promise<string> {
  return (await invoke(JSON.stringify(event))).headers.get('x-amzn-requestid') ?? 'none';
}

if (opened.folder === undefined) {
  test.skip('an extension of the Rust crate', () => undefined);
  console.log(`skip: ${opened.reason}`);
} else {
  const extension = join(opened.folder, 'extension');
  const rustFolder = opened.folder;

  for (const client of [NODE, PYTHON, JAVA, GO, RUST]) {
    test(`${client.name}: ten invocations are ten events in order beside this client, then SHUTDOWN with reason spindown`, async () => {
      const beside = await openClient(client);
      if (beside.folder === undefined) return console.log(`skip: ${beside.reason}`);
      const ids: string[] = [];
      const { notes, log } = await watch(extension, client, beside.folder, {}, async (calling) => {
        for (let count = 0; count < EVENTS; count += 1) ids.push(await invokedId(calling, { do: 'return', value: count }));
      });
      assert.equal(notes, [...ids.map((id) => `INVOKE ${id} ${ARN}`), 'SHUTDOWN spindown']);
      assert.match(log, /^EXTENSION\tName: watcher\tState: Ready\tEvents: \[INVOKE, SHUTDOWN\]$/m);
    });
  }

  test('a timeout is SHUTDOWN with reason timeout, a crash one with reason failure, and each time it is started again', async () => {
    const ids: string[] = [];
    const { notes } = await watch(extension, RUST, rustFolder, { timeoutMs: 4_000 }, async (calling) => {
      for (const event of [{ do: 'hang' }, { do: 'exit', code: 1 }, { do: 'return', value: 1 }]) ids.push(await invokedId(calling, event));
    });
    const [hung = '', exited = '', returned = ''] = ids.map((id) => `INVOKE ${id} ${ARN}`);
    assert.equal(notes, [hung, 'SHUTDOWN timeout', exited, 'SHUTDOWN failure', returned, 'SHUTDOWN spindown']);
  });
}

test.run();
