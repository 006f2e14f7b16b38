import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isCodedError } from '../../../../foundation/coded-error.ts';
import { createStarter, STARTER_LANGUAGES } from '../../../../runtimes/starters/create-starter.ts';
import { caught, withTemporaryFolder } from '../../../support/temporary-folder.ts';

const test = suite('runtimes/starters/create-starter');

for (const language of STARTER_LANGUAGES) {
  test(`the ${language} starter has a README, a program or a build for it, and no placeholder left`, () =>
    withTemporaryFolder((parent) => {
      const { folder, files, build } = createStarter({ folder: join(parent, 'my-runtime'), language });
      assert.ok(files.includes('README.md'));
      assert.ok(build === undefined ? files.includes('bootstrap') : files.includes('build.sh'));
      for (const file of files) {
        const text = readFileSync(join(folder, file), 'utf8');
        assert.not.match(text, /\{\{name\}\}/, file);
        assert.is((statSync(join(folder, file)).mode & 0o111) !== 0, text.startsWith('#!'), file);
      }
      assert.match(readFileSync(join(folder, 'README.md'), 'utf8'), /^# my-runtime\n/);
    }));
}

/** What is refused, and why. */
const REFUSED: { title: string; name: string; language: string; prepare?: (folder: string) => void; message: RegExp }[] = [
  { title: 'a language that is not there', name: 'x', language: 'cobol', message: /no starter for "cobol"/ },
  { title: 'a language with the name of a member of every object', name: 'x', language: 'constructor', message: /no starter for/ },
  { title: 'a name with capitals', name: 'Mine', language: 'c', message: /no name for a runtime/ },
  { title: 'a name that begins with a digit', name: '1', language: 'c', message: /no name for a runtime/ },
  { title: 'a name of 65 letters', name: 'a'.repeat(65), language: 'c', message: /no name for a runtime/ },
  { title: 'a folder that is not empty', name: 'x', language: 'c', prepare: (folder) => { mkdirSync(folder); writeFileSync(join(folder, 'a'), ''); }, message: /is there already/ },
  { title: 'a file of the name', name: 'x', language: 'c', prepare: (folder) => writeFileSync(folder, ''), message: /is there already/ },
];
for (const { title, name, language, prepare, message } of REFUSED) {
  test(`${title} is refused and nothing is written`, () =>
    withTemporaryFolder(async (parent) => {
      prepare?.(join(parent, name));
      const before = readdirSync(parent, { recursive: true });
      const error = await caught(() => createStarter({ folder: join(parent, name), language }));
      assert.ok(isCodedError(error) && error.code === 'runtimes/starter-unusable');
      assert.match(error instanceof Error ? error.message : '', message);
      assert.equal(readdirSync(parent, { recursive: true }), before);
    }));
}

test('an empty folder and a name of 64 letters are taken', () =>
  withTemporaryFolder((parent) => {
    const folder = join(parent, 'a'.repeat(64));
    mkdirSync(folder);
    assert.ok(createStarter({ folder, language: 'c' }).files.length > 3);
  }));

test.run();
