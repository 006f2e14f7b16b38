import { EventEmitter } from 'node:events';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { watchInterrupts } from '../../../cli/interrupts.ts';
import { fakeClock } from '../../support/fake-clock.ts';

const test = suite('cli/interrupts');

function watch(options: { channel?: { unref(): void } } = {}): { source: EventEmitter; signal: AbortSignal; ends: number[]; advance(byMs: number): void } {
  const clock = fakeClock();
  const source: EventEmitter & { channel?: { unref(): void } } = new EventEmitter();
  if (options.channel !== undefined) source.channel = options.channel;
  const ends: number[] = [];
  const signal = watchInterrupts({ end: (code) => ends.push(code), source, monotonicMs: () => clock.monotonicMs() });
  return { source, signal, ends, advance: (byMs) => clock.advance(byMs) };
}

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`${name} lets the verb clean up and says what came`, () => {
    const { source, signal, ends } = watch();
    source.emit(name);
    assert.ok(signal.aborted);
    assert.is(signal.reason, name);
    assert.equal(ends, []);
  });
}

test('a signal that arrives twice at once, from the terminal and from the launcher, counts once', () => {
  const { source, ends, advance } = watch();
  source.emit('SIGINT');
  advance(300);
  source.emit('SIGINT');
  assert.equal(ends, []);
});

test('a later second signal ends the process with the number of the signal', () => {
  const { source, ends, advance } = watch();
  source.emit('SIGINT');
  advance(301);
  source.emit('SIGTERM');
  assert.equal(ends, [143]);
});

test('a launcher that is gone counts as a signal, and its channel does not keep the process', () => {
  let isKept = true;
  const { source, signal } = watch({ channel: { unref: () => (isKept = false) } });
  assert.not(isKept);
  source.emit('disconnect');
  assert.ok(signal.aborted);
});

test.run();
