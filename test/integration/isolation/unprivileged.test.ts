// time-limit-seconds: 300
/** The same backend for an ordinary user: with nothing, and with control groups that root has delegated. */
import { spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { detectCgroupLayout, openNamespaceBackend } from '../../../platform/isolation/index.ts';
import { caught } from '../../support/temporary-folder.ts';
import { listed, openFixture } from './sandbox-fixture.ts';

/** `nobody` of most systems; it need not have a name. */
const USER = 65534;
const TESTS = ['isolation/life-cycle', 'isolation/owner-death', 'security/files-and-processes', 'security/kernel-surface', 'security/resources'];

/** Joins the groups, becomes the user, runs one test file with this Node.js. */
const RUN_AS_USER = `
user=$1 node=$2 file=$3
shift 3
for group in "$@"; do echo $$ >"$group/cgroup.procs" || exit 70; done
exec setpriv --reuid="$user" --regid="$user" --clear-groups -- "$node" "$file"
`;

type Ended = { exitCode: number | null; output: string };

function runAsUser(options: { file: string; groups: readonly string[]; scratch: string }): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn('/bin/sh', ['-c', RUN_AS_USER, 'run', String(USER), process.execPath, options.file, ...options.groups], { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'] ?? '', TMPDIR: options.scratch } });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
    child.on('close', (exitCode) => resolve({ exitCode, output }));
  });
}

/** A group of each hierarchy that belongs to the user, as `systemd-run --user -p Delegate=yes` would give. */
function delegateGroups(): string[] {
  return detectCgroupLayout().hierarchies.map(({ mountPoint }) => {
    const path = join(mountPoint, `rik-delegated-${process.pid}`);
    mkdirSync(path);
    chownSync(path, USER, USER);
    for (const name of ['cgroup.procs', 'cgroup.subtree_control', 'cgroup.threads', 'tasks']) if (existsSync(join(path, name))) chownSync(join(path, name), USER, USER);
    return path;
  });
}

function whyNot(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root, to become another user';
  const canRead = spawnSync('setpriv', [`--reuid=${USER}`, `--regid=${USER}`, '--clear-groups', '--', process.execPath, '-e', `require('fs').readFileSync(${JSON.stringify(join(import.meta.dirname, 'life-cycle.test.ts'))})`]);
  return canRead.status === 0 ? undefined : 'an ordinary user cannot read this checkout';
}

const test = suite('integration/isolation/unprivileged');
const probed = await openFixture();
await probed.fixture?.close();
const reason = probed.fixture === undefined ? probed.reason : whyNot();

if (reason !== undefined) {
  test.skip(`an ordinary user can run sandboxes (${reason})`, () => undefined);
  console.log(`skip: ${reason}`);
} else {
  const scratch = mkdtempSync(join(tmpdir(), 'rik-user-'));
  chownSync(scratch, USER, USER);
  chmodSync(scratch, 0o755);

  for (const name of TESTS) {
    test(`${name} passes for an ordinary user without control groups`, async () => {
      const { exitCode, output } = await runAsUser({ file: join(import.meta.dirname, '..', `${name}.test.ts`), groups: [], scratch });
      assert.is(exitCode, 0, output);
      assert.match(output, /Passed: {4}[1-9]/);
      assert.equal(listed(scratch), []);
    });
  }

  test('with delegated control groups an ordinary user has the limits, too', async () => {
    const groups = delegateGroups();
    try {
      for (const name of ['isolation/life-cycle', 'security/resources']) {
        const { exitCode, output } = await runAsUser({ file: join(import.meta.dirname, '..', `${name}.test.ts`), groups, scratch });
        assert.is(exitCode, 0, output);
        assert.not.match(output, /no (memory|cpu|pids) controller|no freezer/);
        assert.match(output, /Passed: {4}[1-9]/);
      }
      assert.equal(listed(scratch), []);
      for (const group of groups) assert.not.ok(existsSync(join(group, 'rik')), group);
    } finally {
      for (const group of groups) rmdirSync(group);
    }
  });

  test('without the switch an ordinary user is refused and told what to do', async () => {
    const { output } = await runAsUser({ file: join(import.meta.dirname, 'refused-user.ts'), groups: [], scratch });
    assert.match(output, /isolation\/not-root/);
    assert.match(output, /--unprivileged/);
  });

  test('an ordinary user who requires limits is refused without control groups', async () => {
    const backend = openNamespaceBackend({ stateDir: scratch, requirements: { hardwareIsolation: 'required' } });
    const error = await caught(() => backend.prepare({ rootPath: '/', rootDigest: '', architecture: 'x86_64', platformDir: '/', command: ['x'], tmpMiB: 64, environment: {} }));
    assert.match(String(error), /hardwareIsolation/);
    await backend.close();
  });

  test.after(() => rmSync(scratch, { recursive: true, force: true }));
}

test.run();
