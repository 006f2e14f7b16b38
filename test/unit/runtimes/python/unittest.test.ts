/** Runs the tests that are written in Python, in Python's own runner. */
import { spawnSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('runtimes/python/unittest');

for (const script of ['test_reply_reader.py']) {
  test(`${script} passes`, () => {
    const { status, stderr } = spawnSync('python3', ['-B', `${import.meta.dirname}/${script}`], { encoding: 'utf8' });
    assert.is(status, 0, stderr);
    assert.match(stderr, /^Ran [1-9][0-9]* tests/m);
  });
}

test.run();
