/**
 * Runs the real set-up in a small repository of its own, with programs of its own in the path: `npm`, `apt-get` and
 * `dpkg-query` are scripts that note how they were called and keep what is "installed" in a file.
 */
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { REPOSITORY_ROOT } from '../../../tools/repository.ts';
import { withTemporaryFolder } from '../../support/temporary-folder.ts';

const test = suite('tools/setup');

const LOCK = { packages: { '': {}, 'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' }, 'node_modules/other': { version: '1.0.0', integrity: 'sha512-o', optional: true } } };
const DEBIAN = ['buildah', 'bubblewrap', 'mmdebstrap', 'busybox-static', 'uidmap', 'openjdk-17-jdk-headless', 'ca-certificates', 'debian-archive-keyring', 'iproute2', 'util-linux', 'e2fsprogs', 'curl', 'xz-utils'];

const PROGRAMS: Record<string, string> = {
  npm: `if [ "$1" = --version ]; then cat "$STATE/npm-version"; exit 0; fi
echo "npm $*" >> "$STATE/calls"
if [ -e "$STATE/npm-fails" ]; then echo "npm ERR! code E404" >&2; echo "npm ERR! 404 Not Found - a" >&2; exit 1; fi
mkdir -p "$ROOT/node_modules" && cp "$ROOT/package-lock.json" "$ROOT/node_modules/.package-lock.json"`,
  'dpkg-query': `for name in "$@"; do case "$name" in -*) ;; *) grep -qx "$name" "$STATE/installed" && echo "$name installed" || true ;; esac; done; exit 1`,
  'apt-cache': `grep -qx "$3" "$STATE/unknown" && exit 100; exit 0`,
  'apt-get': `echo "apt-get $*" >> "$STATE/calls"
case "$*" in
  *" update") touch "$STATE/updated"; exit 0 ;;
esac
if [ -e "$STATE/apt-fails" ] || { [ -e "$STATE/apt-stale" ] && [ ! -e "$STATE/updated" ]; }; then echo "E: Unable to locate package x" >&2; exit 100; fi
for name in "$@"; do echo "$name" >> "$STATE/installed"; done`,
};

type Machine = { root: string; state: string; run: (args: string[], more?: RunOptions) => Promise<Run> };
type RunOptions = { isRoot?: boolean; nodeVersion?: string; sendSignal?: NodeJS.Signals };
type Run = { code: number | null; stdout: string; stderr: string; calls: string[] };

async function onMachine(prepare: (machine: Machine) => void, use: (machine: Machine) => Promise<void>): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const root = join(folder, 'rik');
    const state = join(folder, 'state');
    const programs = join(folder, 'bin');
    for (const path of [join(root, 'tools'), state, programs]) mkdirSync(path, { recursive: true });
    copyFileSync(join(REPOSITORY_ROOT, 'tools/setup.mjs'), join(root, 'tools/setup.mjs'));
    writeFileSync(join(root, 'package-lock.json'), JSON.stringify(LOCK));
    writeFileSync(join(state, 'npm-version'), '9.2.0\n');
    writeFileSync(join(state, 'installed'), `${DEBIAN.join('\n')}\n`);
    writeFileSync(join(state, 'unknown'), '');
    for (const [name, script] of Object.entries(PROGRAMS)) writeFileSync(join(programs, name), `#!/bin/sh\nexport ROOT='${root}' STATE='${state}'\n${script}\n`, { mode: 0o755 });
    for (const name of ['sh', 'cat', 'cp', 'mkdir', 'touch', 'grep']) symlinkSync(findProgram(name), join(programs, name));
    // What goes on: prints what it was given, and obeys SIGTERM with a code of its own.
    const target = `console.log(JSON.stringify({ args: process.argv.slice(2), path: process.env.PATH.split(':')[0], cwd: process.cwd() }));
process.on('SIGTERM', () => process.exit(7));
if (process.argv[2] === 'wait') { setInterval(() => {}, 1000); console.log('ready'); } else if (process.argv[2] === 'fail') process.exit(5);\n`;
    for (const verb of ['start', 'test']) writeFileSync(join(root, 'tools', `${verb}.ts`), target);
    const packaged = join(root, 'node_modules', `node-linux-${process.arch}`, 'bin');
    mkdirSync(packaged, { recursive: true });
    symlinkSync(process.execPath, join(packaged, 'node'));
    const machine = { root, state, run: (args: string[], more: RunOptions = {}) => runSetup({ root, state, programs }, args, more) };
    writeFileSync(join(root, 'node_modules/.package-lock.json'), JSON.stringify({ packages: { 'node_modules/a': LOCK.packages['node_modules/a'] } }));
    prepare(machine);
    await use(machine);
  });
}

function findProgram(name: string): string {
  return ['/bin', '/usr/bin'].map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? name;
}

function runSetup(at: { root: string; state: string; programs: string }, args: string[], more: RunOptions): Promise<Run> {
  const preload = [`process.getuid = () => ${more.isRoot === true ? 0 : 1000};`];
  if (more.nodeVersion !== undefined) preload.push(`Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${more.nodeVersion}' } });`);
  const child = spawn(process.execPath, ['--import', `data:text/javascript,${encodeURIComponent(preload.join('\n'))}`, join(at.root, 'tools/setup.mjs'), ...args], {
    env: { PATH: at.programs, HOME: at.root },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const run: Run = { code: null, stdout: '', stderr: '', calls: [] };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    run.stdout += text;
    if (more.sendSignal !== undefined && run.stdout.includes('ready')) child.kill(more.sendSignal);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (run.stderr += text));
  return new Promise((settle) => {
    child.on('close', (code) => {
      const calls = join(at.state, 'calls');
      settle({ ...run, code, calls: existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : [] });
    });
  });
}

const without = (...names: string[]): string => `${DEBIAN.filter((name) => !names.includes(name)).join('\n')}\n`;
const uninstall = (...names: string[]) => ({ state }: Machine): void => writeFileSync(join(state, 'installed'), without(...names));
const flag = (name: string) => ({ state }: Machine): void => writeFileSync(join(state, name), '');
const linesOf = (text: string): string[] => text.trim().split('\n');

if (process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64')) addLinuxTests();
else {
  console.log('skip: the set-up of Debian packages is for Linux on x64 and arm64');
  test.skip('the set-up of Debian packages is for Linux on x64 and arm64', () => {});
}

function addLinuxTests(): void {
  test('where nothing is missing it goes on at once, with the arguments, the exit code and the path', async () => {
    await onMachine(() => {}, async ({ root, run }) => {
      const good = await run(['start', '--', '--once', 'x y']);
      assert.equal([good.code, good.stderr, good.calls], [0, '', []]);
      assert.equal(JSON.parse(good.stdout), { args: ['--', '--once', 'x y'], path: join(root, 'node_modules/.bin'), cwd: root });
      assert.is((await run(['test', 'fail'])).code, 5);
    });
  });

  test('what only tests want is installed by root for tests, and what cannot be had stops nothing', async () => {
    await onMachine(() => {}, async ({ run }) => {
      assert.equal((await run(['start'], { isRoot: true })).calls, []);
      const tested = await run(['test'], { isRoot: true });
      assert.equal([tested.code, tested.calls.length], [0, 1]);
      assert.match(tested.calls[0] ?? '', / install --no-install-recommends cmake g\+\+ make maven python3-pip$/);
    });
    await onMachine(flag('apt-fails'), async ({ run }) => {
      const tested = await run(['test'], { isRoot: true });
      assert.is(tested.code, 0);
      assert.match(tested.stderr, /cannot be installed: cmake [^]*The tests that want them skip\.$/m);
    });
  });

  test('without node_modules npm ci runs once, without scripts, and not again', async () => {
    const prepare = ({ root }: Machine): void => writeFileSync(join(root, 'node_modules/.package-lock.json'), '');
    await onMachine(prepare, async ({ run }) => {
      const first = await run(['test']);
      assert.is(first.code, 0, first.stderr);
      assert.match(first.stderr, /Installing the npm packages/);
      assert.is(first.calls.length, 1);
      assert.match(first.calls[0] ?? '', /^npm ci --ignore-scripts .*--include=optional/);
      assert.is((await run(['test'])).calls.length, 1);
    });
  });

  test('a changed lock file makes npm ci run again', async () => {
    const changed = JSON.stringify({ packages: { 'node_modules/a': { version: '2.0.0', integrity: 'sha512-b' } } });
    await onMachine(({ root }) => writeFileSync(join(root, 'package-lock.json'), changed), async ({ run }) => assert.is((await run(['start'])).calls.length, 1));
  });

  const npmProblems: [title: string, prepare: (machine: Machine) => void, text: RegExp][] = [
    ['an npm that fails', flag('npm-fails'), /cannot be installed\.\n.*404 Not Found - a\n.*registry/],
    ['an npm that is too old', ({ state }) => writeFileSync(join(state, 'npm-version'), '8.19.4\n'), /npm 8\.19\.4 is too old/],
  ];
  for (const [title, prepare, text] of npmProblems) {
    test(`${title} ends in three lines and exit code 3`, async () => {
      const withoutPackages = (machine: Machine): void => {
        writeFileSync(join(machine.root, 'node_modules/.package-lock.json'), '');
        prepare(machine);
      };
      await onMachine(withoutPackages, async ({ run }) => {
        const { code, stderr } = await run(['start']);
        assert.is(code, 3);
        assert.match(stderr, text);
        assert.is(linesOf(stderr).filter((line) => !line.startsWith('Installing')).length, 3);
      });
    });
  }

  test('as root, missing Debian packages are installed without asking for new lists first when there are some', async () => {
    await onMachine(uninstall('buildah', 'curl'), async ({ run }) => {
      const { code, stderr, calls } = await run(['start'], { isRoot: true });
      assert.is(code, 0, stderr);
      const installs = calls.filter((call) => call.includes(' install '));
      assert.is(installs.length, 1);
      assert.match(installs[0] ?? '', /--no-install-recommends buildah curl$/);
      assert.equal((await run(['start'], { isRoot: true })).calls, calls);
    });
  });

  test('as root, lists that are out of date are updated once and the installation is tried again', async () => {
    const prepare = (machine: Machine): void => {
      uninstall('buildah')(machine);
      flag('apt-stale')(machine);
    };
    await onMachine(prepare, async ({ run }) => {
      const { code, calls } = await run(['start'], { isRoot: true });
      assert.is(code, 0);
      assert.is(calls.filter((call) => call.endsWith(' update')).length, 1);
      assert.match(calls.at(-1) ?? '', / install .*buildah$/);
    });
  });

  test('as root, packages that cannot be had end in three lines and exit code 3', async () => {
    const prepare = (machine: Machine): void => {
      uninstall('buildah')(machine);
      flag('apt-fails')(machine);
    };
    await onMachine(prepare, async ({ run }) => {
      const { code, stderr, calls } = await run(['test'], { isRoot: true });
      assert.is(code, 3);
      assert.match(stderr, /cannot be installed: buildah\.\nE: Unable to locate package x\nTry by hand: apt-get install/);
      assert.is(calls.filter((call) => call.endsWith(' update')).length, 1);
    });
  });

  test('as an ordinary user, start names what is missing with the line to type, and installs nothing', async () => {
    await onMachine(uninstall('bubblewrap', 'uidmap'), async ({ run }) => {
      const { code, stdout, stderr, calls } = await run(['start']);
      assert.equal([code, stdout, calls], [3, '', []]);
      assert.equal(linesOf(stderr), ['Debian packages are missing: bubblewrap uidmap.', 'Only root can install them.', 'Type: sudo apt-get install -y --no-install-recommends bubblewrap uidmap']);
    });
  });

  test('as an ordinary user, test says what is missing and goes on', async () => {
    await onMachine(uninstall('bubblewrap'), async ({ run }) => {
      const { code, stdout, stderr } = await run(['test', 'x']);
      assert.is(code, 0);
      assert.match(stderr, /Debian packages are missing: bubblewrap/);
      assert.match(stdout, /"args":\["x"\]/);
    });
  });

  test('where the distribution has only the newer Java, that one is asked for', async () => {
    const prepare = (machine: Machine): void => {
      uninstall('openjdk-17-jdk-headless')(machine);
      writeFileSync(join(machine.state, 'unknown'), 'openjdk-17-jdk-headless\n');
    };
    await onMachine(prepare, async ({ run }) => assert.match((await run(['start'])).stderr, /missing: openjdk-(17|21)-jdk-headless\./));
  });

  test('--check says what is missing and changes nothing', async () => {
    const prepare = (machine: Machine): void => {
      uninstall('buildah')(machine);
      writeFileSync(join(machine.root, 'node_modules/.package-lock.json'), '');
    };
    await onMachine(prepare, async ({ run }) => {
      const { code, stdout, calls } = await run(['--check'], { isRoot: true });
      assert.equal([code, calls], [3, []]);
      assert.match(stdout, /npm packages: missing.*\nDebian packages are missing: buildah\n/);
    });
    await onMachine(() => {}, async ({ run }) => assert.is((await run(['--check'])).code, 0));
  });

  test('a signal is passed on, and the exit code is that of what it went on with', async () => {
    await onMachine(() => {}, async ({ run }) => assert.is((await run(['start', 'wait'], { sendSignal: 'SIGTERM' })).code, 7));
  });

  test('what a signal ended has the code of a shell', async () => {
    await onMachine(() => {}, async ({ run }) => assert.is((await run(['start', 'wait'], { sendSignal: 'SIGINT' })).code, 130));
  });
}

test('a Node that is too old is named with what to install', async () => {
  await onMachine(() => {}, async ({ run }) => {
    const { code, stderr } = await run(['start'], { nodeVersion: '16.20.2' });
    assert.is(code, 3);
    assert.match(stderr, /^Node 16\.20\.2 is too old/);
    assert.is(linesOf(stderr).length, 3);
  });
});

test('a verb that does not exist is a usage error', async () => {
  await onMachine(() => {}, async ({ run }) => {
    for (const args of [['frobnicate'], [], ['constructor']]) assert.is((await run(args)).code, 2);
  });
});

test.run();
