import { spawn } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MemorySampler } from '../../../runtime-api/memory-sampler.ts';

const test = suite('runtime-api/memory-sampler');

test('a process that is gone or was never there has used nothing known', () => {
  assert.is(new MemorySampler().sample(undefined, 0), 0);
  assert.is(new MemorySampler().sample(2 ** 30, 0), 0);
});

test('the peak counts descendants, stays when they are gone, and is looked at now and then only', async () => {
  const sampler = new MemorySampler();
  const own = sampler.sample(process.pid, 0) ?? 0;
  assert.ok(own > 10, `${own} MiB`);
  const child = spawn(process.execPath, ['-e', 'const held = Buffer.alloc(150e6, 1); process.stdout.write("ready"); setInterval(() => held.length, 1e6)'], { stdio: ['ignore', 'pipe', 'ignore'] });
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  assert.is(sampler.sample(process.pid, 50), own);
  const withChild = sampler.sample(process.pid, 100) ?? 0;
  assert.ok(withChild > own + 140, `${own} MiB alone, ${withChild} MiB with the child`);
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  assert.is(sampler.sample(process.pid, 1_000), withChild);
});

test.run();
