import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('platform/isolation/inherited-descriptors');
const MODULE = join(import.meta.dirname, '../../../../platform/isolation/inherited-descriptors.ts');

/**
 * A Node.js that inherits three descriptors, closes, and lists what a child of its own would still get. They are high because
 * Node.js itself marks those up to 15 and further ones only without a gap.
 */
function run(options: string): { closed: number[]; left: string } {
  const file = openSync('/dev/null', 'r');
  try {
    const script = `
      const { closeInheritedDescriptors } = await import(${JSON.stringify(MODULE)});
      const closed = closeInheritedDescriptors(${options});
      const { spawnSync } = await import('node:child_process');
      const left = spawnSync('/bin/sh', ['-c', 'for fd in 40 41 42; do [ -e /proc/self/fd/$fd ] && echo $fd; done'], { encoding: 'utf8' }).stdout.trim();
      console.log(JSON.stringify({ closed, left }));`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'pipe', ...Array<'ignore'>(37).fill('ignore'), file, file, file], encoding: 'utf8' });
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout) as { closed: number[]; left: string };
  } finally {
    closeSync(file);
  }
}

if (process.platform !== 'linux') {
  test.skip('inherited descriptors are closed (needs /proc)', () => undefined);
  console.log('skip: needs Linux');
} else {
  test('inherited descriptors are closed and not passed on', () => {
    const { closed, left } = run('');
    assert.equal([40, 41, 42].filter((descriptor) => !closed.includes(descriptor)), []);
    assert.is(left, '');
  });

  test('a descriptor that was handed over on purpose stays', () => {
    const { closed, left } = run('{ keep: [41] }');
    assert.not.ok(closed.includes(41));
    assert.is(left, '41');
  });
}

test.run();
