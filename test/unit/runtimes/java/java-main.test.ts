/** Runs the tests that are written in Java: small programs beside the classes they test, in the same packages. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { listFiles } from '../../../../runtimes/index.ts';
import { javaSkipReason } from '../../../support/java-functions.ts';
import { withTemporaryFolder } from '../../../support/temporary-folder.ts';

const test = suite('runtimes/java/java-main');
const REPOSITORY_ROOT = join(import.meta.dirname, '..', '..', '..', '..');
const PROGRAMS = ['rik.runtime.json.JsonTest', 'rik.runtime.ReplyReaderTest'];

const skipReason = javaSkipReason();
if (skipReason === undefined) {
  test(`${PROGRAMS.join(' and ')} pass`, () =>
    withTemporaryFolder(async (classFolder) => {
      const sources = [...(await listFiles(join(REPOSITORY_ROOT, 'runtimes', 'java'))), ...(await listFiles(join(import.meta.dirname, 'main')))];
      const javaSources = sources.filter((file) => file.endsWith('.java'));
      // Newer than what the runtime is compiled for, because records are among what it must handle.
      const compiled = spawnSync('javac', ['--release', '17', '-encoding', 'UTF-8', '-d', classFolder, ...javaSources], { encoding: 'utf8' });
      assert.is(compiled.status, 0, compiled.stderr);
      for (const program of PROGRAMS) {
        const { status, stdout, stderr } = spawnSync('java', ['-XX:TieredStopAtLevel=1', '-cp', classFolder, program], { encoding: 'utf8' });
        assert.is(status, 0, stdout + stderr);
        assert.match(stdout, /^[1-9][0-9]* checks, 0 failures$/m);
      }
    }));
} else {
  test.skip('the Java programs pass', () => undefined);
  console.log(`skip: ${skipReason}`);
}

test.run();
