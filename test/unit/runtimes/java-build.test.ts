import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isCodedError } from '../../../foundation/coded-error.ts';
import { compileJava, packJar } from '../../../runtimes/java-build.ts';
import { javaSkipReason } from '../../support/java-functions.ts';
import { caught, withTemporaryFolder } from '../../support/temporary-folder.ts';

const test = suite('runtimes/java-build');

test('a jar has the same bytes whatever the times of its files', () =>
  withTemporaryFolder(async (folder) => {
    const classFolder = join(folder, 'classes');
    mkdirSync(join(classFolder, 'b'), { recursive: true });
    for (const name of ['b/B.class', 'A.class']) writeFileSync(join(classFolder, name), name);
    await packJar({ classFolder, jarPath: join(folder, '1.jar') });
    utimesSync(join(classFolder, 'A.class'), 1, 1);
    await packJar({ classFolder, jarPath: join(folder, '2.jar') });
    const [first, second] = [readFileSync(join(folder, '1.jar')), readFileSync(join(folder, '2.jar'))];
    assert.ok(first.equals(second) && first.length > 100);
  }));

const skipReason = javaSkipReason();
if (skipReason === undefined) {
  test('sources that do not compile are an error that shows the first message', () =>
    withTemporaryFolder(async (folder) => {
      const source = join(folder, 'Bad.java');
      writeFileSync(source, 'class Bad {');
      const error = await caught(() => compileJava({ sourceFiles: [source], classFolder: folder }));
      assert.ok(isCodedError(error) && error.code === 'runtimes/compile-failed');
      assert.match(error.message, /reached end of file while parsing/);
    }));
} else {
  test.skip('sources that do not compile are refused', () => undefined);
  console.log(`skip: ${skipReason}`);
}

test.run();
