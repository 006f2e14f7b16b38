import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { launchScript } from '../../../../runtime-api/supervisor/launch-script.ts';

const test = suite('runtime-api/supervisor/launch-script');
const SHELLS = [['busybox', 'sh'], ['/bin/sh']] as const;
/** Prints arguments, working directory and environment, NUL-separated, without a shell in between. */
const SHOW = [process.execPath, '-e', 'const out = (text) => process.stdout.write(`${text}\\0`); out(process.cwd()); process.argv.slice(1).forEach(out); Object.entries(process.env).forEach(([name, value]) => out(`${name}=${value}`));', '--'];

type Seen = { cwd: string; args: string[]; variables: Record<string, string>; stderr: string };

function run(shell: readonly string[], request: { args?: string[]; variables?: Record<string, string>; workingDirectory?: string }): Seen {
  const args = request.args ?? [];
  const script = launchScript({ argv: [...SHOW, ...args], variables: request.variables ?? {}, workingDirectory: request.workingDirectory ?? '/' });
  const end = spawnSync(shell[0] ?? '', [...shell.slice(1), '-s'], { input: script, env: {}, encoding: 'utf8' });
  assert.is(end.status, 0, end.stderr);
  const [cwd = '', ...words] = end.stdout.split('\0').slice(0, -1);
  const variables = Object.fromEntries(words.slice(args.length).map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]));
  return { cwd, args: words.slice(0, args.length), variables, stderr: end.stderr };
}

const HOSTILE = [
  "'", "''", "'\\''", '"', '\\', '$HOME', '$(touch /tmp/rik-launch-script)', '`id`', '\n', '\r\n', 'a\nexec true\n', ';', '&&', '|', '#', '~', '*', '!', '\t',
  '--', '-n', '', ' ', 'ä€😀', '\x01\x7f', '\u0080\u0081\u0088\u00ff', '${IFS}', "';exit 3;'", '=',
];

for (const shell of SHELLS) {
  test(`hostile values reach the program unchanged through ${shell.join(' ')}`, () => {
    const variables = Object.fromEntries(HOSTILE.map((value, index) => [`V${index}`, value]));
    const seen = run(shell, { args: HOSTILE, variables });
    assert.equal(seen.args, HOSTILE);
    assert.equal(seen.variables, variables);
    assert.is(seen.stderr, '');
  });

  test(`names that mean something to the shell are variables like any other through ${shell.join(' ')}`, () => {
    const variables = { PATH: 'x', IFS: 'ab', PS1: 'p', PS4: 'q', PWD: '/nowhere', OLDPWD: 'o', SHLVL: '7', HOME: 'h', ENV: '/etc/passwd', OPTIND: '1', LINENO: '5', PPID: 'z', CDPATH: 'c', TMOUT: '1', _: 'u' };
    // LINENO and PPID are the shell's own where it says so; they are no names of the platform's.
    const { PPID: _ppid, LINENO: _lineno, ...wanted } = variables;
    const seen = run(shell, { variables });
    for (const [name, value] of Object.entries(wanted)) assert.is(seen.variables[name], value, name);
  });

  test(`arbitrary values survive ${shell.join(' ')}`, () => {
    const value = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.replaceAll('\0', ''));
    fc.assert(
      fc.property(fc.array(value, { minLength: 20, maxLength: 60 }), (values) => {
        const variables = Object.fromEntries(values.map((each, index) => [`V${index}`, each]));
        assert.equal(run(shell, { args: values, variables }).variables, variables);
      }),
      { numRuns: 10 },
    );
  });
}

test('nothing is added to the environment', () => {
  for (const shell of SHELLS) assert.equal(run(shell, { variables: {} }).variables, {});
});

test('a name that is no shell name is left out and harms nothing', () => {
  const seen = run(SHELLS[0], { variables: { 'A-B': '1', '1A': '2', 'A;exit 9': '3', '': '4', GOOD: '5' } });
  assert.equal(seen.variables, { GOOD: '5' });
});

test('a NUL is dropped', () => assert.equal(run(SHELLS[0], { variables: { A: 'a\0b' } }).variables, { A: 'ab' }));

test('the program starts in its folder with the recorded limits, no input, and no other descriptor', () => {
  const read = 'const { readFileSync, readdirSync } = require("fs"); const limit = (name) => new RegExp(`${name} +(\\\\S+) +(\\\\S+)`).exec(readFileSync("/proc/self/limits", "utf8")).slice(1).join("/"); console.log(JSON.stringify({ files: limit("Max open files"), locked: limit("Max locked memory"), core: limit("Max core file size"), cwd: process.cwd(), input: require("fs").readlinkSync("/proc/self/fd/0") }));';
  const script = launchScript({ argv: [process.execPath, '-e', read], variables: {}, workingDirectory: '/usr' });
  const end = spawnSync('busybox', ['sh', '-s'], { input: script, env: {}, encoding: 'utf8' });
  assert.equal(JSON.parse(end.stdout), { files: '1024/1024', locked: '65536/65536', core: '0/0', cwd: '/usr', input: '/dev/null' });
  assert.is(end.stderr, '');
});

for (const [who, request, streams, descriptors] of [
  ['a runtime', {}, ['', ''], [0, 1, 2]],
  ['a runtime with frames', { hasLogFrames: true }, ['framed', ''], [0, 1, 2, 3]],
  ['an extension', { output: 'extension' }, ['', ''], [0, 1, 2]],
] as const) {
  test(`${who} prints where it should and has no descriptor that is not its own`, () => {
    // A shell, because Node takes closed descriptors for itself.
    const argv = ['/bin/sh', '-c', 'for fd in 0 1 2 3 4; do if [ -e /proc/$$/fd/$fd ]; then printf "$fd "; fi; done; if [ -n "$FRAMES" ]; then printf framed >&3; fi'];
    const script = launchScript({ argv, variables: 'hasLogFrames' in request ? { FRAMES: '1' } : {}, workingDirectory: '/', ...request });
    const end = spawnSync('busybox', ['sh', '-s'], { input: script, env: {}, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe'] });
    const printed = `${descriptors.join(' ')} `;
    assert.equal([end.output[1], end.output[3], end.output[4]], who === 'an extension' ? ['', '', printed] : [printed, ...streams]);
  });
}

test('a folder that is gone ends the gate with 126', () => {
  const script = launchScript({ argv: ['/bin/true'], variables: {}, workingDirectory: '/nonexistent' });
  assert.is(spawnSync('busybox', ['sh', '-s'], { input: script, env: {} }).status, 126);
});

test.run();
