import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runtimeNew } from '../../../cli/commands/runtime-new.ts';
import { STARTER_LANGUAGES } from '../../../runtimes/index.ts';
import { runRik, temporaryFolder } from './run-rik.ts';

const test = suite('cli/runtime-new');

test('every language there is can be chosen', () => {
  const language = runtimeNew.options.find(({ flags }) => flags.startsWith('--language'));
  assert.equal(language?.kind === 'text' ? [...(language.choices ?? [])] : [], [...STARTER_LANGUAGES].sort());
});

test('a starter is made, and its files and the next command are told', async () => {
  using parent = temporaryFolder();
  const folder = join(parent.path, 'mine');
  const end = await runRik(['runtime', 'new', folder, '--language', 'c']);
  assert.is(end.exitCode, 0, end.stderr);
  assert.match(end.stdout, /made .*mine: README\.md, build\.sh, .*\nnext: cd .*mine && \.\/build\.sh && /);
  assert.ok(readdirSync(folder).includes('runtime.c'));
  const again = await runRik(['runtime', 'new', folder, '--language', 'c']);
  assert.equal([again.exitCode, again.stderr.includes('mine is there already')], [6, true]);
});

test.run();
