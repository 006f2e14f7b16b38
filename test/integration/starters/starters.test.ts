// time-limit-seconds: 400
/** Each starter is made, built and run on the emulator: answers, errors, and an error of the initialisation. Languages that are not here are skipped. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createStarter, STARTER_LANGUAGES } from '../../../runtimes/index.ts';
import { withEmulator } from '../../support/emulated.ts';
import { bundleSdkProgram } from '../../support/sdk-program.ts';
import { withTemporaryFolder } from '../../support/temporary-folder.ts';

const test = suite('integration/starters/starters');

/** Language → what has to succeed for it to be tried; the Debian package is the reason of the skip. */
const NEEDS: Readonly<Record<string, { command: readonly [string, ...string[]]; debianPackage: string }>> = {
  shell: { command: ['curl', '--version'], debianPackage: 'curl' },
  javascript: { command: ['node', '--version'], debianPackage: 'nodejs' },
  typescript: { command: ['node', '--version'], debianPackage: 'nodejs' },
  python: { command: ['python3', '--version'], debianPackage: 'python3' },
  perl: { command: ['perl', '-MHTTP::Tiny', '-MJSON::PP', '-e', '1'], debianPackage: 'perl' },
  ruby: { command: ['ruby', '-rjson', '-rnet/http', '-e', '1'], debianPackage: 'ruby' },
  php: { command: ['php', '--version'], debianPackage: 'php-cli' },
  lua: { command: ['lua5.4', '-e', 'require("socket")'], debianPackage: 'lua5.4 with lua-socket' },
  go: { command: ['go', 'version'], debianPackage: 'golang-go' },
  rust: { command: ['cargo', '--version'], debianPackage: 'cargo' },
  c: { command: ['cc', '--version'], debianPackage: 'gcc' },
};
/** The cases about runtimes that found faults in starters; all of them, for each language, take half a minute and are run by hand. */
const CASES = ['connection-closed-between', 'event-in-single-bytes', 'address-with-host-name', 'response-waits-for-202'];
const EVENT = { name: 'Ada', text: 'é "quoted" \\ 😀' };

test('every language has a way to be tried', () => assert.equal(Object.keys(NEEDS).sort(), [...STARTER_LANGUAGES].sort()));

for (const [language, { command, debianPackage }] of Object.entries(NEEDS)) {
  test(`the ${language} starter answers, reports errors of its function and of its initialisation`, async () => {
    const [program, ...words] = command;
    if (spawnSync(program, words, { stdio: 'ignore' }).status !== 0) return console.log(`skip: no ${language} here (Debian package ${debianPackage})`);
    await withTemporaryFolder(async (parent) => {
      const { folder } = createStarter({ folder: join(parent, `my-${language}`), language });
      await build(language, folder);
      await withRuntime(folder, 'function.handler', async (invoke) => {
        // Twice: what is left over from an invocation must not disturb the next one, nor must a failure.
        for (const event of [EVENT, { fail: true }, EVENT]) {
          const { body, isError } = await invoke(event);
          assert.is(isError, 'fail' in event, JSON.stringify(body));
          if ('fail' in event) assert.equal([member(body, 'errorMessage') !== '', typeof member(body, 'errorType')], [true, 'string'], JSON.stringify(body));
          else assert.equal([String(member(body, 'greeting')).startsWith('Hello from '), member(body, 'event')], [true, EVENT]);
        }
      });
      await withRuntime(folder, 'missing.handler', async (invoke) => {
        const { body, isError } = await invoke(EVENT);
        assert.is(isError, true);
        assert.match(String(member(body, 'errorType')), /^Runtime\.(ImportModuleError|NoSuchHandler)$/);
      });
      assert.match(examine(folder), /4 cases: 4 pass/);
      checkPackages(folder);
    });
  });
}

/** The SDK comes from the sources, as it would from the registry. */
async function build(language: string, folder: string): Promise<void> {
  if (language === 'typescript') {
    await bundleSdkProgram({ source: readFileSync(join(folder, 'index.ts'), 'utf8'), folder });
  } else if (existsSync(join(folder, 'build.sh'))) {
    execFileSync(join(folder, 'build.sh'), { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  }
  assert.ok(existsSync(join(folder, 'bootstrap')));
}

/** With the command that its README names; it builds and packs before. */
function examine(folder: string): string {
  assert.match(readFileSync(join(folder, 'README.md'), 'utf8'), /^npx rik runtime check \.$/m);
  // The TypeScript build takes the SDK from the registry; here it was made from the sources.
  if (existsSync(join(folder, 'package.json'))) leaveOutBuild(folder);
  return rik(folder, ['runtime', 'check', '.', '--tolerance', '3', ...CASES.flatMap((name) => ['--case', name])]);
}

/** Equal bytes each time, and a layer has the runtime. */
function checkPackages(folder: string): void {
  for (const [file, ...words] of [['one.zip'], ['two.zip'], ['layer.zip', '--layer']]) rik(folder, ['runtime', 'package', '.', '--output', file ?? '', ...words]);
  const [one, two, layer] = ['one.zip', 'two.zip', 'layer.zip'].map((file) => readFileSync(join(folder, file)));
  assert.ok(one?.equals(two ?? Buffer.alloc(0)));
  assert.ok(layer?.includes('bootstrap') && layer.length <= (one?.length ?? 0));
}

function leaveOutBuild(folder: string): void {
  const path = join(folder, 'runtime.json');
  const { build: _, ...rest } = JSON.parse(readFileSync(path, 'utf8'));
  writeFileSync(path, JSON.stringify(rest));
}

function rik(folder: string, words: readonly string[]): string {
  const path = `${join(process.execPath, '..')}${delimiter}${process.env['PATH'] ?? ''}`;
  const { stdout, stderr } = spawnSync(process.execPath, [join(process.cwd(), 'cli', 'rik.mjs'), ...words], { cwd: folder, encoding: 'utf8', env: { ...process.env, PATH: path } });
  return `${stdout}${stderr}`;
}

type Invoke = (event: object) => Promise<{ body: unknown; isError: boolean }>;

async function withRuntime(folder: string, handler: string, use: (invoke: Invoke) => Promise<void>): Promise<void> {
  const path = `${join(process.execPath, '..')}${delimiter}${process.env['PATH'] ?? ''}`;
  await withEmulator({ command: [join(folder, 'bootstrap')], workingDirectory: folder, taskRoot: folder, handler, inherited: { PATH: path, HOME: process.env['HOME'] } }, async ({ invoke }) => {
    await use(async (event) => {
      const answer = await invoke(JSON.stringify(event));
      return { body: JSON.parse(answer.body.toString('utf8')), isError: answer.headers.get('x-amz-function-error') !== undefined };
    });
  });
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

test.run();
