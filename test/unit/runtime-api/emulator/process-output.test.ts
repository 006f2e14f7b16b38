import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LogOutput } from '../../../../runtime-api/emulator/log-output.ts';
import { openProcessOutput } from '../../../../runtime-api/emulator/process-output.ts';

const test = suite('runtime-api/emulator/process-output');

test('a FIFO leaves no name behind', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rik-test-'));
  const [before, log] = [process.env['TMPDIR'], new LogOutput(new PassThrough())];
  process.env['TMPDIR'] = folder;
  try {
    const output = openProcessOutput('fifo', log);
    assert.is(output.childOutput.kind, 'descriptors');
    assert.equal(readdirSync(folder), []);
    output.close();
  } finally {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
    rmSync(folder, { recursive: true });
    log.close();
  }
});

test('where there is no mkfifo, pipes are taken unless a FIFO was asked for', () => {
  const [path, log] = [process.env['PATH'], new LogOutput(new PassThrough())];
  process.env['PATH'] = '/nowhere';
  try {
    const output = openProcessOutput(undefined, log);
    assert.is(output.childOutput.kind, 'pipes');
    output.close();
    assert.throws(() => openProcessOutput('fifo', log), /ENOENT/);
  } finally {
    process.env['PATH'] = path;
    log.close();
  }
});

test('what comes through pipes is settled when nothing more comes', async () => {
  const stream = new PassThrough();
  const log = new LogOutput(stream);
  const output = openProcessOutput('pipes', log);
  const pipe = new PassThrough();
  if (output.childOutput.kind === 'pipes') output.childOutput.attach(pipe, 'function');
  pipe.write('one\n');
  setImmediate(() => pipe.write('two\n'));
  await new Promise<void>((resolve) => output.settled(resolve));
  log.flush();
  assert.is(String(stream.read()), 'one\ntwo\n');
  output.close();
  log.close();
});

test.run();
