import { createServer } from 'node:net';
import { once } from 'node:events';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { accepts, pickPorts, runProcess, startProcess, waitUntilListening } from '../../../bench/processes.ts';
import { descendantsOf, startTicksOf } from '../../../bench/process-figures.ts';

const test = suite('bench/processes');
const node = process.execPath;

test('picked ports differ and can be listened on', async () => {
  const ports = await pickPorts(3);
  assert.is(new Set(ports).size, 3);
  const server = createServer().listen(ports[0], '127.0.0.1');
  await once(server, 'listening');
  assert.ok(await accepts(ports[0] ?? 0));
  server.close();
});

test('a program that runs to its end gives its output and its status', async () => {
  const script = 'process.stdout.write("out"); process.stderr.write("err"); process.exit(3)';
  assert.equal(await runProcess([node, '-e', script], { timeLimitMs: 30_000 }), { status: 3, stdout: 'out', stderr: 'err' });
});

test('a program that does not end is killed at its time limit', async () => {
  const { status } = await runProcess([node, '-e', 'setInterval(() => {}, 1000)'], { timeLimitMs: 200 });
  assert.is(status, null);
});

test('a program that does not exist is an error, not a crash', async () => {
  try {
    await runProcess(['/nonexistent/program'], { timeLimitMs: 1_000 });
    assert.unreachable();
  } catch (error) {
    assert.match(String(error), /ENOENT/);
  }
});

test('variables that change how a function runs are not handed on', async () => {
  process.env['AWS_LAMBDA_MAX_CONCURRENCY'] = '2';
  try {
    const { stdout } = await runProcess([node, '-e', 'console.log(process.env.AWS_LAMBDA_MAX_CONCURRENCY, process.env.EXTRA)'], { timeLimitMs: 30_000, environment: { EXTRA: 'yes' } });
    assert.is(stdout, 'undefined yes\n');
  } finally {
    delete process.env['AWS_LAMBDA_MAX_CONCURRENCY'];
  }
});

test('a process that ends before it listens is reported with its own words', async () => {
  const [port = 0] = await pickPorts(1);
  const started = startProcess([node, '-e', 'console.error("no luck today"); process.exit(4)']);
  try {
    await waitUntilListening(started, port, 30_000);
    assert.unreachable();
  } catch (error) {
    assert.match(String(error), /ended with status 4/);
    assert.match(String(error), /no luck today/);
  } finally {
    await started.stop();
  }
});

test('a process that is no program is reported, and stopping it is harmless', async () => {
  const started = startProcess(['/nonexistent/program']);
  try {
    await waitUntilListening(started, 1, 30_000);
    assert.unreachable();
  } catch (error) {
    assert.match(String(error), /ENOENT/);
  } finally {
    await started.stop();
  }
});

test('stopping ends a process that ignores the polite signal, and a child that left its group', async () => {
  const stubborn = 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)';
  const [port = 0] = await pickPorts(1);
  const script = `
    process.on("SIGTERM", () => {});
    require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(stubborn)}], { detached: true, stdio: "ignore" });
    require("node:net").createServer().listen(${port}, "127.0.0.1");`;
  const started = startProcess([node, '-e', script]);
  await waitUntilListening(started, port, 30_000);
  const [child = 0] = await descendantsOf(started.pid);
  const childTicks = await startTicksOf(child);
  assert.ok(childTicks !== undefined);
  await started.stop();
  assert.not(await accepts(port));
  // It may be a zombie for a moment until its new parent reaps it.
  for (let left = 200; left > 0 && (await startTicksOf(child)) === childTicks; left -= 1) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.is.not(await startTicksOf(child), childTicks);
});

test.run();
