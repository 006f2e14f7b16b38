// time-limit-seconds: 120
/** `rik up` where it cannot or shall not isolate as root does: as an ordinary user, and without isolation. */
import { chownSync, existsSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startRikUp, stopRikUp, temporaryHome, untilNoTraces } from '../../support/rik-up.ts';
import type { RikUp } from '../../support/rik-up.ts';
import { clientOf, createFunction, zipOfFixture } from './sdk-functions.ts';

const test = suite('integration/platform/other-ways');
const ORDINARY_UID = 12_345;
const isRoot = process.getuid?.() === 0;
const SETPRIV = '/usr/bin/setpriv';

type Way = { title: string; words: readonly string[]; user: 'ordinary' | 'root'; functionUid: (uid: number) => boolean; warning?: RegExp };

const NO_ISOLATION = ['--isolation', 'process', '--insecure-no-isolation'];
const WAYS: readonly Way[] = [
  // Inside its own user namespace it is 993 whoever it is outside.
  { title: 'an ordinary user with --unprivileged', words: ['--unprivileged'], user: 'ordinary', functionUid: (uid) => uid === 993 },
  { title: 'root without isolation: functions are not root', words: NO_ISOLATION, user: 'root', functionUid: (uid) => uid >= 2 ** 30, warning: /no isolation: functions can read your files/ },
  { title: 'an ordinary user without isolation', words: NO_ISOLATION, user: 'ordinary', functionUid: (uid) => uid === (isRoot ? ORDINARY_UID : process.getuid?.()), warning: /no isolation/ },
];

async function serve(up: RikUp, { functionUid }: Way): Promise<void> {
  const client = clientOf(up.url);
  const invoke = async (event: object): Promise<Record<string, unknown>> => {
    const answer = await fetch(`${up.url}/2015-03-31/functions/cases/invocations`, { method: 'POST', body: JSON.stringify(event) });
    return Object(await answer.json());
  };
  await createFunction(client, { name: 'cases', code: await zipOfFixture('node-cases'), runtime: 'nodejs24.x', handler: 'index.handler', timeoutSeconds: 3 });
  assert.equal(await invoke({ do: 'echo', a: 1 }), { do: 'echo', a: 1 });
  const { uid, node } = await invoke({ do: 'identity' });
  assert.ok(functionUid(Number(uid)), `it runs as ${uid}`);
  assert.match(String(node), /^v24\./);
  await invoke({ do: 'leaveDaemon' });
  assert.is((await invoke({ do: 'exit', code: 3 }))['errorType'], 'Runtime.ExitError');
  assert.equal(await invoke({ do: 'echo', again: true }), { do: 'echo', again: true });
  const served = await Promise.all(Array.from({ length: 6 }, (_, n) => invoke({ do: 'echo', n })));
  assert.equal(served.map(({ n }) => n), [0, 1, 2, 3, 4, 5]);
  client.destroy();
}

for (const way of WAYS) {
  test(way.title, async () => {
    if (way.user === 'root' && !isRoot) return void console.log('skip: needs root');
    if (way.user === 'ordinary' && isRoot && !existsSync(SETPRIV)) return void console.log('skip: needs setpriv');
    const made = await temporaryHome(['nodejs24.x']);
    if (made.home === undefined) return void console.log(`skip: ${made.reason}`);
    const { home, remove } = made;
    const becomesOrdinary = way.user === 'ordinary' && isRoot;
    if (becomesOrdinary) chownSync(home, ORDINARY_UID, ORDINARY_UID);
    const prefix = becomesOrdinary ? [SETPRIV, `--reuid=${ORDINARY_UID}`, `--regid=${ORDINARY_UID}`, '--clear-groups', '--'] : [];
    try {
      const up = await startRikUp({ home, words: way.words, prefix }).catch((error: unknown) => String(error));
      if (typeof up === 'string') {
        assert.match(up, /namespace|permission|EACCES|ordinary user/i, up);
        return void console.log(`skip: this machine does not let an ordinary user: ${up.split('\n')[0]}`);
      }
      try {
        await serve(up, way);
        if (way.warning !== undefined) assert.match(up.stderr(), way.warning);
      } finally {
        assert.is(await stopRikUp(up), 0);
      }
      assert.equal(await untilNoTraces({ pid: up.pid, home }), []);
    } finally {
      remove();
    }
  });
}

test('without the second switch there is no platform without isolation', async () => {
  const made = await temporaryHome([]);
  if (made.home === undefined) return void console.log(`skip: ${made.reason}`);
  const refused = await startRikUp({ home: made.home, words: ['--isolation', 'process'] }).catch((error: unknown) => String(error));
  made.remove();
  assert.ok(typeof refused === 'string');
  assert.match(refused, /--insecure-no-isolation/);
});

test.run();
