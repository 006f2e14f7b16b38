/** Runtimes that end, or do not answer: what the invoker is told, what is printed, and that the next invocation works. */
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { withEmulator } from '../../support/emulated.ts';
import type { Emulated } from '../../support/emulated.ts';
import { processesWith } from '../../support/processes.ts';
import { RawPeer } from '../../support/raw-peer.ts';
import { invokeRequest } from '../../support/emulated.ts';

const test = suite('integration/runtime-api/endings');

/** The invocation failed in the platform's words; the id in the message is the invocation's. */
async function assertFailure(emulated: Emulated, wanted: { errorType: string; errorMessage: string }): Promise<string> {
  const reply = await emulated.invoke('{}');
  const id = reply.headers.get('x-amzn-requestid') ?? '';
  assert.is(reply.status, 200);
  assert.is(reply.headers.get('x-amz-function-error'), 'Unhandled');
  assert.equal(JSON.parse(reply.body.toString()), { errorType: wanted.errorType, errorMessage: wanted.errorMessage.replace('ID', id) });
  return id;
}

const EXITS = [
  ['0', 'Runtime exited without providing a reason'],
  ['1', 'Runtime exited with error: exit status 1'],
  ['255', 'Runtime exited with error: exit status 255'],
  ['SIGKILL', 'Runtime exited with error: signal: killed'],
  ['SIGSEGV', 'Runtime exited with error: signal: segmentation fault'],
  ['SIGTERM', 'Runtime exited with error: signal: terminated'],
] as const;

for (const [how, text] of EXITS) {
  // ref: LOG-008
  test(`a runtime that ends with ${how} before it is ready fails the invocation after a second try`, async () => {
    await withEmulator({ scenario: ['exitAtOnce', how] }, async (emulated) => {
      const id = await assertFailure(emulated, { errorType: 'Runtime.ExitError', errorMessage: `RequestId: ID Error: ${text}` });
      const log = await emulated.logged(/^REPORT/m);
      const report = (phase: string): string => `INIT_REPORT Init Duration: \\d+\\.\\d\\d ms\\tPhase: ${phase}\\tStatus: error\\tError Type: Runtime.ExitError\\n`;
      const duration = 'Duration: \\d+\\.\\d\\d ms\\tBilled Duration: \\d+ ms\\tMemory Size: 128 MB\\tMax Memory Used: \\d+ MB\\t';
      assert.match(
        log,
        new RegExp(`^${report('init')}${report('invoke')}START RequestId: ${id} Version: \\$LATEST\\nEND RequestId: ${id}\\nREPORT RequestId: ${id}\\t${duration}Status: error\\tError Type: Runtime.ExitError\\n$`),
      );
      assert.is(emulated.starts(), 2);
    });
  });

  // ref: LOG-007
  test(`a runtime that ends with ${how} after it took an event fails that invocation, each time anew`, async () => {
    await withEmulator({ scenario: ['exitAfterNext', how] }, async (emulated) => {
      for (const starts of [1, 2, 3]) {
        await assertFailure(emulated, { errorType: 'Runtime.ExitError', errorMessage: `RequestId: ID Error: ${text}` });
        assert.is(emulated.starts(), starts);
      }
      assert.match(await emulated.logged(/(\nREPORT[^]*){3}/), /^REPORT .*Status: error\tError Type: Runtime\.ExitError$/m);
    });
  });
}

test('a reply that was sent before the runtime ended stands, and the report tells of the end', async () => {
  await withEmulator({ scenario: ['exitAfterReply', '1'] }, async (emulated) => {
    for (const _ of [1, 2]) {
      const reply = await emulated.invoke('{}');
      assert.is(reply.body.toString(), '"kept"');
      assert.is(reply.headers.has('x-amz-function-error'), false);
    }
    assert.match(await emulated.logged(/(\nREPORT[^]*){2}/), /^REPORT .*Status: error\tError Type: Runtime\.ExitError$/m);
  });
});

test('a runtime that ends in the middle of its response never succeeds with a part of it', async () => {
  await withEmulator({ scenario: ['exitMidResponse'] }, async (emulated) => {
    const reply = await emulated.invoke('{}');
    assert.is(reply.headers.get('x-amz-function-error'), 'Unhandled');
    const { errorType } = JSON.parse(reply.body.toString());
    // Whether the broken connection or the end of the process is seen first is the kernel's to say.
    assert.ok(errorType === 'Runtime.TruncatedResponse' || errorType === 'Runtime.ExitError', errorType);
    assert.match(await emulated.logged(/^REPORT/m), /Status: error\tError Type: Runtime\.ExitError\n$/);
  });
});

// ref: RT-004, LOG-006
test('a runtime that never answers runs out of time, and the deadline is the one that it was told', async () => {
  await withEmulator({ scenario: ['silentOnce'], timeoutMs: 400 }, async (emulated) => {
    const before = Date.now();
    const reply = await emulated.invoke('{}');
    const after = Date.now();
    const [id = '', deadline = ''] = (emulated.notes()[0] ?? '').split(' ');
    assert.is(reply.headers.get('x-amz-function-error'), 'Unhandled');
    assert.equal(JSON.parse(reply.body.toString()), {
      errorType: 'Sandbox.Timedout',
      errorMessage: `RequestId: ${id} Error: Task timed out after 0.40 seconds`,
    });
    assert.ok(Number(deadline) >= before + 400 && Number(deadline) <= after + 1, `${before} ${deadline} ${after}`);
    assert.match(await emulated.logged(/^REPORT/m), /REPORT .*Status: timeout\n$/);
    assert.is((await emulated.invoke('"again"')).body.toString(), '"again"');
    assert.is(emulated.starts(), 2);
  });
});

test('a reply for an invocation that ran out of time is refused, and the running one is unharmed', async () => {
  await withEmulator({ scenario: ['lateReply'], timeoutMs: 400 }, async (emulated) => {
    assert.match((await emulated.invoke('1')).body.toString(), 'Sandbox.Timedout');
    assert.is((await emulated.invoke('2')).body.toString(), '"in time"');
    assert.match(emulated.notes()[1] ?? '', /^400 .*InvalidRequestID/);
  });
});

test('an initialisation over its limit is repeated inside the invocation, whose clock starts then', async () => {
  await withEmulator({ scenario: ['slowFirstInit'], initTimeoutMs: 300 }, async (emulated) => {
    assert.is((await emulated.invoke('"served"')).body.toString(), '"served"');
    const log = await emulated.logged(/^REPORT/m);
    assert.match(log, /^INIT_REPORT Init Duration: \d+\.\d\d ms\tPhase: init\tStatus: timeout\nSTART/);
    assert.not.match(log, /REPORT RequestId.*Init Duration/);
    assert.is(emulated.starts(), 2);
  });
});

test('an initialisation that never ends gives two reports and the time-out of the invocation', async () => {
  await withEmulator({ scenario: ['slowEveryInit'], initTimeoutMs: 300, timeoutMs: 300 }, async (emulated) => {
    await assertFailure(emulated, { errorType: 'Sandbox.Timedout', errorMessage: 'RequestId: ID Error: Task timed out after 0.30 seconds' });
    const log = await emulated.logged(/^REPORT/m);
    assert.match(log, /^INIT_REPORT Init Duration: \d+\.\d\d ms\tPhase: init\tStatus: timeout\nINIT_REPORT Init Duration: \d+\.\d\d ms\tPhase: invoke\tStatus: timeout\nSTART .*\nEND .*\nREPORT .*Status: timeout\n$/);
  });
});

// ref: RT-043
for (const how of ['1', '0', 'stay']) {
  test(`a reported init error is what the invoker gets, with all that was printed (then: ${how})`, async () => {
    await withEmulator({ scenario: ['initError', how] }, async (emulated) => {
      const reply = await emulated.invoke('{}');
      assert.is(reply.headers.get('x-amz-function-error'), 'Unhandled');
      assert.equal(JSON.parse(reply.body.toString()), { errorMessage: 'no', errorType: 'Init.No' });
      assert.equal(emulated.notes(), ['202 {"status":"OK"}', '202 {"status":"OK"}']);
      const report = (phase: string): string => `last words\\nINIT_REPORT Init Duration: \\d+\\.\\d\\d ms\\tPhase: ${phase}\\tStatus: error\\tError Type: Runtime.NoInit\\n`;
      assert.match(await emulated.logged(/^REPORT/m), new RegExp(`^${report('init')}${report('invoke')}START .*\\nEND .*\\nREPORT .*Status: error\\tError Type: Runtime.NoInit\\n$`));
    });
  });
}

// ref: RT-044, RT-045
test('after an init error every further call is refused', async () => {
  await withEmulator({ scenario: ['initErrorTwice'] }, async (emulated) => {
    await emulated.invoke('{}');
    const text = 'failed for runtime. Error: State transition is not allowed';
    assert.equal(emulated.notes().slice(0, 3), [
      '202 {"status":"OK"}',
      `403 {"errorMessage":"State transition from InitError to InitError ${text}","errorType":"InvalidStateTransition"}`,
      `403 {"errorMessage":"State transition from InitError to Ready ${text}","errorType":"InvalidStateTransition"}`,
    ]);
  });
});

// ref: RT-046, RT-047
test('an init error is refused while the runtime waits, while it works and after it replied', async () => {
  await withEmulator({ scenario: ['initErrorTooLate'] }, async (emulated) => {
    await emulated.invoke('{}');
    await emulated.noted(1);
    assert.is((await emulated.invoke('{}')).body.toString(), '"done"');
    const notes = await emulated.noted(3);
    for (const [index, state] of ['Ready', 'Running', 'RuntimeResponseSentState'].entries()) {
      assert.match(notes[index] ?? '', `403 {"errorMessage":"State transition from ${state} to InitError failed for runtime.`);
    }
  });
});

test('a command that is absent, not executable or of an unknown format is an invalid entry point', async () => {
  await withEmulator({ command: ['/nonexistent/bootstrap'] }, (emulated) =>
    assertFailure(emulated, { errorType: 'Runtime.InvalidEntrypoint', errorMessage: 'RequestId: ID Error: fork/exec /nonexistent/bootstrap: no such file or directory' }).then(() => undefined),
  );
  for (const [content, mode, reason] of [['#!/bin/sh\n', 0o644, 'permission denied'], ['no program\n', 0o755, 'exec format error'], ['#!/nonexistent\n', 0o755, 'no such file or directory']] as const) {
    await withProgram(content, mode, async (path) => {
      await withEmulator({ command: [path] }, async (emulated) => {
        await assertFailure(emulated, { errorType: 'Runtime.InvalidEntrypoint', errorMessage: `RequestId: ID Error: fork/exec ${path}: ${reason}` });
        assert.match(await emulated.logged(/^REPORT/m), /INIT_REPORT .*Phase: init\tStatus: error\tError Type: Runtime\.InvalidEntrypoint\n/);
      });
    });
  }
});

async function withProgram(content: string, mode: number, use: (path: string) => Promise<void>): Promise<void> {
  const { withTemporaryFolder } = await import('../../support/temporary-folder.ts');
  await withTemporaryFolder(async (folder) => {
    const path = join(folder, 'bootstrap');
    writeFileSync(path, content);
    chmodSync(path, mode);
    await use(path);
  });
}

test('without a command the usual places are looked at, and named when there is nothing', async () => {
  const places = ['/var/runtime/bootstrap', '/var/task/bootstrap', '/opt/bootstrap'];
  if (places.some((place) => existsSync(place))) return;
  await withEmulator({ command: [] }, async (emulated) => {
    await assertFailure(emulated, { errorType: 'Runtime.InvalidEntrypoint', errorMessage: `RequestId: ID Error: Couldn't find valid bootstrap(s): [${places.join(' ')}]` });
  });
});

test('a working directory that is gone is reported as that', async () => {
  await withEmulator({ workingDirectory: '/nonexistent' }, async (emulated) => {
    await assertFailure(emulated, { errorType: 'Runtime.InvalidWorkingDir', errorMessage: "RequestId: ID Error: the working directory doesn't exist: /nonexistent" });
  });
});

test('a child that keeps the output open holds nothing up', async () => {
  await withEmulator({ scenario: ['childKeepsOutput'] }, async (emulated) => {
    assert.is((await emulated.invoke('"a"')).body.toString(), '"a"');
    assert.match(await emulated.logged(/^REPORT/m), /END/);
    assert.is((await emulated.invoke('"b"')).body.toString(), '"b"');
  });
});

test('what a dead runtime leaves running is ended before the next one starts', async () => {
  await withEmulator({ scenario: ['dieLeavingChild'] }, async (emulated) => {
    await emulated.invoke('{}');
    await emulated.logged(/^REPORT/m);
    assert.equal(processesWith(emulated.folder), []);
  });
});

test('closing while an invocation runs and others wait ends all of them', async () => {
  let peers: RawPeer[] = [];
  await withEmulator({ scenario: ['silent'] }, async (emulated) => {
    peers = await Promise.all([1, 2, 3].map(() => RawPeer.connect(emulated.port)));
    for (const peer of peers) peer.send(invokeRequest('{}'));
    await emulated.noted(1);
  });
  for (const peer of peers) {
    assert.is(await peer.answer(), undefined);
    peer.destroy();
  }
});

test.run();
