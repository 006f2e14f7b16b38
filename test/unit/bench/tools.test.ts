import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findProgram, prepareTools } from '../../../bench/tools.ts';

const test = suite('bench/tools');
const searchPath = process.env['PATH'] ?? '';
let folder = '';
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'rik-bench-test-'));
});
test.after.each(() => rmSync(folder, { recursive: true }));

function fakeCompiler(script: string): void {
  writeFileSync(join(folder, 'cc'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, 'cc'), 0o755);
}

test('without a compiler load and bootstrap are Node programs, the floor is missing, and a note says what that means', async () => {
  const tools = await prepareTools({ cacheFolder: join(folder, 'cache'), searchPath: '' });
  assert.is(tools.kind, 'portable');
  assert.is(tools.floorBroker, undefined);
  assert.ok(tools.loadGenerator.every((part) => existsSync(part)) && tools.bootstrap.every((part) => existsSync(part)));
  assert.match(tools.notes.join(), /no C compiler/);
  assert.match(tools.notes.join(), /bottleneck/);
  assert.not(existsSync(join(folder, 'cache')));
});

test('a compiler that fails gives the Node programs and its own first error', async () => {
  fakeCompiler('echo "x.c:1: error: this is no C" >&2; exit 1');
  const tools = await prepareTools({ cacheFolder: join(folder, 'cache'), searchPath: `${folder}:/usr/bin:/bin` });
  assert.is(tools.kind, 'portable');
  assert.match(tools.notes.join(), /this is no C/);
});

test('a compiler is called once per program, and what it made is used again', async () => {
  fakeCompiler(`echo called >> ${folder}/calls; while [ "$1" != -o ]; do shift; done; printf '#!/bin/sh\\n' > "$2"; chmod +x "$2"`);
  const options = { cacheFolder: join(folder, 'cache'), searchPath: `${folder}:/usr/bin:/bin` };
  const first = await prepareTools(options);
  const calls = statSync(join(folder, 'calls')).size;
  assert.equal(await prepareTools(options), first);
  assert.is(statSync(join(folder, 'calls')).size, calls);
  assert.is(readdirSync(join(folder, 'cache')).length, 5);
});

test('the programs in C compile with the compiler of this machine', async () => {
  if ((await findProgram(['cc', 'gcc', 'clang'], searchPath)) === undefined) {
    console.log('skip: no C compiler on this machine');
    return;
  }
  const tools = await prepareTools({ cacheFolder: join(folder, 'cache'), searchPath });
  assert.equal(tools.notes, []);
  assert.is(tools.kind, 'native');
});

test('a file that is not executable is no program', async () => {
  writeFileSync(join(folder, 'thing'), '');
  assert.is(await findProgram(['thing'], folder), undefined);
});

test.run();
