/** A worker to be killed: opens a backend, fills it with sandboxes, says so, and waits. Arguments: a mark, then `blank` or nothing. */
import { readFileSync } from 'node:fs';
import { openFixture } from './sandbox-fixture.ts';

const [mark = ''] = process.argv.slice(2);
const opened = await openFixture();
if (opened.fixture === undefined) {
  console.log(JSON.stringify({ reason: opened.reason }));
} else {
  const { fixture } = opened;
  const [running, frozen] = await Promise.all([fixture.bound(), fixture.bound(), fixture.blank()]);
  await running.start(['/bin/busybox', 'sh', '-c', `trap "" TERM INT HUP; (/bin/busybox setsid /bin/busybox sleep 600 &); while :; do sleep 600; done`], { env: { MARK: mark } });
  await frozen.start(['/bin/busybox', 'sleep', '600'], { env: { MARK: mark } });
  await frozen.sandbox.freeze();
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ').map(Number);
  console.log(JSON.stringify({ folder: fixture.folder, children }));
}
setInterval(() => undefined, 1e6);
