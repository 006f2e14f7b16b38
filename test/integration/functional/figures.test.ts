// time-limit-seconds: 120
/** The figures of a REPORT line are what happened: time by the clock of whoever called, memory by what the function holds. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { leftOnHost, openFunctionHost, parseReport } from '../../support/function-host.ts';
import type { HostedFunction } from '../../support/function-host.ts';

const NODE: HostedFunction = { runtime: 'nodejs24.x', handler: 'index.handler', fixture: 'node-cases', memoryMiB: 512 };
const PYTHON: HostedFunction = { runtime: 'python3.11', handler: 'cases.handler', fixture: 'python-cases', memoryMiB: 512 };

/** Of the exact figure, which the line shows with two decimals. */
function isCeilingOf(billedMs: number, shownMs: number): boolean {
  return billedMs - shownMs > -0.02 && billedMs - shownMs < 1.02;
}

const opened = await openFunctionHost({ images: ['nodejs24.x', 'python3.11'], blankPerRoot: 1 });
const test = suite('integration/functional/figures');

if (opened.host === undefined) {
  test.skip(`the figures of a report (${opened.reason})`, () => undefined);
  console.log(`skip: ${opened.reason}`);
} else {
  const { host } = opened;
  const { capabilities } = await host.runner.check();

  for (const [name, hosted] of [['node', NODE], ['python', PYTHON]] as const) {
    test(`${name}: a cold invocation reports its initialisation, a warm one does not; billed is their ceiling`, async () => {
      host.define(name, hosted);
      const startedMs = performance.now();
      const cold = await host.call(name, { do: 'sleep', ms: 50 });
      const elapsedMs = performance.now() - startedMs;
      const { durationMs, initMs = 0, billedMs } = cold.report;
      assert.ok(durationMs >= 50, cold.report.line);
      assert.ok(initMs > 1, cold.report.line);
      assert.ok(durationMs + initMs <= elapsedMs, `${cold.report.line} within ${elapsedMs} ms`);
      assert.ok(isCeilingOf(billedMs, durationMs + initMs), cold.report.line);
      const warm = await host.call(name, { do: 'sleep', ms: 20 });
      assert.ok(warm.report.durationMs >= 20 && warm.report.initMs === undefined, warm.report.line);
      assert.ok(isCeilingOf(warm.report.billedMs, warm.report.durationMs), warm.report.line);
      assert.is(warm.report.memorySizeMB, 512);
    });

    test(`${name}: 100 MiB that it holds are in the figure, and stay there`, async () => {
      if (!capabilities.memoryLimit.available) {
        console.log(`skip: no control groups: ${capabilities.memoryLimit.how}`);
        return;
      }
      const before = await host.call(name, { do: 'echo' });
      assert.ok(before.report.maxMemoryUsedMB > 5 && before.report.maxMemoryUsedMB < 100, before.report.line);
      const holding = await host.call(name, { do: 'holdMemory', mebibytes: 100 });
      assert.ok(holding.report.maxMemoryUsedMB >= 100 && holding.report.maxMemoryUsedMB < 250, holding.report.line);
      const after = await host.call(name, { do: 'echo' });
      assert.ok(after.report.maxMemoryUsedMB >= holding.report.maxMemoryUsedMB, after.report.line);
    });
  }

  test('START, END and REPORT are the frame of the tail; INIT_START is in the log, once per environment', async () => {
    const lines = (await host.call('node', { do: 'echo' })).logTail.split('\n');
    assert.match(lines[0] ?? '', /^START RequestId: [0-9a-f-]{36} Version: \$LATEST$/);
    assert.match(lines.at(-3) ?? '', /^END RequestId: [0-9a-f-]{36}$/);
    assert.match(lines.at(-2) ?? '', /^REPORT RequestId: [0-9a-f-]{36}\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 512 MB\tMax Memory Used: \d+ MB\t$/);
    assert.is(host.log().match(/^INIT_START Runtime Version: nodejs:24\.v\d+\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:[0-9a-f]{64}$/gm)?.length, 1);
  });

  test('an environment that is idle gets no processor time', async () => {
    if (!capabilities.freeze.available) {
      console.log(`skip: no freezer: ${capabilities.freeze.how}`);
      return;
    }
    const first = Number((await host.call('node', { do: 'ticks' })).text);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const second = Number((await host.call('node', { do: 'ticks' })).text);
    // Every 10 ms while it runs, so some 200 if it did; it runs on for 100 ms after an invocation, and longer where the worker is held up.
    assert.ok(second - first < 100, `${second - first} ticks in 2 s`);
  });

  test('nothing is left when the worker has closed', async () => {
    const log = host.log();
    assert.ok(log.split('\n').filter((line) => line.startsWith('REPORT ')).every((line) => parseReport(line).billedMs > 0));
    await host.close();
    assert.equal(leftOnHost(host.folder), []);
    assert.equal(host.problems, []);
  });
}

test.run();
