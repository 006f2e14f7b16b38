import { spawn } from 'node:child_process';
import { existsSync, fstatSync, readdirSync, writeSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LogPipe } from '../../../../runtime-api/supervisor/log-pipe.ts';
import { makeFifo } from '../../../support/log-fifo.ts';
import { withTemporaryFolder } from '../../../support/temporary-folder.ts';

const test = suite('runtime-api/supervisor/log-pipe');

async function withPipe(use: (pipe: LogPipe, text: () => string) => Promise<void>, onOutput: (pipe: LogPipe) => void = () => {}): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const pieces: Buffer[] = [];
    const path = makeFifo(folder);
    const pipe: LogPipe = new LogPipe(path, (bytes) => {
      pieces.push(bytes);
      onOutput(pipe);
    });
    assert.not.ok(existsSync(path));
    try {
      await use(pipe, () => Buffer.concat(pieces).toString());
    } finally {
      pipe.close();
    }
  });
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('what is printed is reported as it comes', async () => {
  await withPipe(async (pipe, text) => {
    writeSync(pipe.writeDescriptor, 'hello');
    while (text() === '') await turn();
    assert.is(text(), 'hello');
  });
});

test('a drain reports at once what stands in the pipe', async () => {
  await withPipe(async (pipe, text) => {
    writeSync(pipe.writeDescriptor, 'a');
    writeSync(pipe.writeDescriptor, 'b');
    pipe.drain();
    assert.is(text(), 'ab');
    pipe.drain();
    assert.is(text(), 'ab');
  });
});

test('a whole pipe is drained', async () => {
  await withPipe(async (pipe, text) => {
    const full = 'x'.repeat(65_536);
    writeSync(pipe.writeDescriptor, full);
    pipe.drain();
    assert.is(text(), full);
  });
});

test('while paused the writer is blocked, and nothing is lost or reordered', async () => {
  const lines = 40_000;
  const wanted = Array.from({ length: lines }, (_, index) => `${index}\n`).join('');
  // Paused after every piece, as a slow reader would; every other time the rest is drained while paused.
  let count = 0;
  const onOutput = (pipe: LogPipe): void => {
    pipe.pause();
    count += 1;
    const isDraining = count % 2 === 0;
    setImmediate(() => {
      if (isDraining) pipe.drain();
      pipe.resume();
    });
  };
  await withPipe(async (pipe, text) => {
    const writer = spawn('seq', ['0', String(lines - 1)], { stdio: ['ignore', pipe.writeDescriptor, 'inherit'] });
    await new Promise((resolve) => writer.once('exit', resolve));
    pipe.drain();
    assert.is(text().length, wanted.length);
    assert.is(text(), wanted);
  }, onOutput);
});

test('a program may open its standard error by name', async () => {
  await withPipe(async (pipe, text) => {
    const writer = spawn('/bin/sh', ['-c', 'echo named >/dev/stderr'], { stdio: ['ignore', 'ignore', pipe.writeDescriptor] });
    await new Promise((resolve) => writer.once('exit', resolve));
    pipe.drain();
    assert.is(text(), 'named\n');
  });
});

test('after closing nothing is read, resumed or closed twice, and no descriptor is left', async () => {
  const before = readdirSync('/proc/self/fd').length;
  await withPipe(async (pipe) => {
    const descriptor = pipe.writeDescriptor;
    pipe.close();
    pipe.close();
    pipe.drain();
    pipe.resume();
    await turn();
    await turn();
    assert.throws(() => fstatSync(descriptor), /EBADF/);
  });
  assert.is(readdirSync('/proc/self/fd').length, before);
});

test.run();
