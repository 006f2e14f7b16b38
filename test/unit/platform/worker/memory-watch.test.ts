import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { SandboxStats } from '../../../../platform/isolation/index.ts';
import { MemoryWatch } from '../../../../platform/worker/memory-watch.ts';
import { fakeClock } from '../../../support/fake-clock.ts';
import { settled } from './fake-sandbox.ts';

const test = suite('platform/worker/memory-watch');
const MIB = 1_048_576;

function watchOf() {
  const clock = fakeClock();
  const figures = { memoryPeakBytes: 0, oomKills: 0, samples: 0, isFailing: false };
  const watch = new MemoryWatch(
    {
      async stats(): Promise<SandboxStats> {
        figures.samples += 1;
        if (figures.isFailing) throw new Error('gone');
        return { memoryPeakBytes: figures.memoryPeakBytes, memoryCurrentBytes: 0, cpuNs: 0, oomKills: figures.oomKills, pidsCurrent: 0, tmpUsedBytes: 0 };
      },
    },
    clock,
  );
  return { clock, figures, watch };
}

test('the figure is the peak rounded up to whole MiB', async () => {
  const { watch, figures } = watchOf();
  watch.begin(128);
  figures.memoryPeakBytes = 35 * MIB + 1;
  assert.equal(await watch.end({ mustSample: false }), { maxUsedMiB: 36, wasOutOfMemory: false });
});

test('it is never above the limit and never goes down', async () => {
  const { watch, figures, clock } = watchOf();
  watch.begin(128);
  figures.memoryPeakBytes = 500 * MIB;
  assert.is((await watch.end({ mustSample: true })).maxUsedMiB, 128);
  clock.advance(1_000);
  watch.begin(128);
  figures.memoryPeakBytes = MIB;
  assert.is((await watch.end({ mustSample: true })).maxUsedMiB, 128);
});

test('a long invocation is sampled every 100 ms and at its end', async () => {
  const { watch, figures, clock } = watchOf();
  watch.begin(128);
  for (let sample = 1; sample <= 3; sample += 1) {
    clock.advance(100);
    await settled();
    assert.is(figures.samples, sample);
  }
  clock.advance(50);
  await watch.end({ mustSample: false });
  assert.is(figures.samples, 4);
});

test('an invocation below 10 ms soon after a sample is not sampled, unless it failed', async () => {
  const { watch, figures, clock } = watchOf();
  watch.begin(128);
  await watch.end({ mustSample: false });
  assert.is(figures.samples, 1, 'the first always is');
  watch.begin(128);
  clock.advance(9);
  await watch.end({ mustSample: false });
  assert.is(figures.samples, 1);
  watch.begin(128);
  clock.advance(10);
  await watch.end({ mustSample: false });
  assert.is(figures.samples, 2);
  watch.begin(128);
  await watch.end({ mustSample: true });
  assert.is(figures.samples, 3);
});

test('a kill by the kernel counts for the invocation in which it happened, with the whole limit as figure', async () => {
  const { watch, figures, clock } = watchOf();
  watch.begin(128);
  figures.oomKills = 1;
  figures.memoryPeakBytes = 90 * MIB;
  assert.equal(await watch.end({ mustSample: true }), { maxUsedMiB: 128, wasOutOfMemory: true });
  clock.advance(1_000);
  watch.begin(128);
  assert.equal(await watch.end({ mustSample: true }), { maxUsedMiB: 128, wasOutOfMemory: false });
});

test('a kill that a sample in between has seen still counts at the end', async () => {
  const { watch, figures, clock } = watchOf();
  watch.begin(128);
  figures.oomKills = 1;
  clock.advance(100);
  await settled();
  assert.ok((await watch.end({ mustSample: false })).wasOutOfMemory);
});

test('after the end, and after a stop, no timer goes on', async () => {
  const { watch, figures, clock } = watchOf();
  watch.begin(128);
  await watch.end({ mustSample: true });
  watch.begin(128);
  watch.stop();
  clock.advance(10_000);
  await settled();
  assert.is(figures.samples, 1);
});

test('a sandbox that gives no figures leaves those there are', async () => {
  const { watch, figures } = watchOf();
  watch.begin(128);
  figures.memoryPeakBytes = 20 * MIB;
  await watch.end({ mustSample: true });
  figures.isFailing = true;
  watch.begin(128);
  assert.equal(await watch.end({ mustSample: true }), { maxUsedMiB: 20, wasOutOfMemory: false });
});

test.run();
