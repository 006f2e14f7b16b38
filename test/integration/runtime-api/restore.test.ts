/** SnapStart in the emulator, with runtimes that are processes. The limit of the hooks is in the unit tests, with a clock of their own. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { withEmulator } from '../../support/emulated.ts';

const test = suite('integration/runtime-api/restore');
const SNAP_START = { initializationType: 'snap-start' } as const;

test('the runtime waits for its restore before there is an invocation; the first one restores it, and the log says so', async () => {
  await withEmulator({ ...SNAP_START, scenario: ['restores'] }, async (emulated) => {
    await emulated.logged(/^INIT_REPORT Init Duration: \d+\.\d\d ms\tPhase: init\t$/m);
    assert.equal(emulated.notes(), []);
    assert.is((await emulated.invoke('{"a":1}')).body.toString(), '{"a":1}');
    assert.equal(emulated.notes(), ['restored 200 ']);
    assert.is((await emulated.invoke('{"b":1}')).body.toString(), '{"b":1}');
    const log = await emulated.logged(/REPORT[^]*REPORT[^]*REPORT[^]*REPORT.*\n/);
    assert.match(log, /^RESTORE_REPORT Restore Duration: \d+\.\d\d ms\nSTART [^]*^REPORT .*\tRestore Duration: \d+\.\d\d ms\t\nSTART /m);
    assert.not.match(log, /^REPORT .*Init Duration/m);
    assert.is(log.match(/\tRestore Duration/g)?.length, 1);
    assert.is(emulated.starts(), 1);
  });
});

test('hooks that fail fail the invocation with what they say, and the next one begins anew', async () => {
  await withEmulator({ ...SNAP_START, scenario: ['restores', '65'] }, async (emulated) => {
    for (const starts of [1, 2]) {
      const reply = await emulated.invoke('{}');
      assert.is(reply.headers.get('x-amz-function-error'), 'Unhandled');
      assert.is(reply.body.toString(), '{"errorMessage":"hook","errorType":"Hook.Broke"}');
      assert.is(emulated.starts(), starts);
    }
    const log = await emulated.logged(/(?:^REPORT[^]*){2}/m);
    assert.match(log, /^last words\nRESTORE_REPORT Restore Duration: \d+\.\d\d ms\tStatus: error\tError Type: Runtime\.AfterRestoreError\nSTART /m);
    assert.match(log, /^REPORT .*\tStatus: error\tError Type: Runtime\.AfterRestoreError$/m);
  });
});

test('a runtime that has no interest in a restore is asked nothing', async () => {
  await withEmulator({ ...SNAP_START, scenario: ['echo'] }, async (emulated) => {
    assert.is((await emulated.invoke('{"a":1}')).body.toString(), '{"a":1}');
    assert.not.match(await emulated.logged(/^REPORT/m), /RESTORE_REPORT|Restore Duration/);
  });
});

test('the runtime is told how it came to be, and has no names of logs', async () => {
  await withEmulator({ ...SNAP_START, scenario: ['environment'] }, async (emulated) => {
    const { variables } = JSON.parse((await emulated.invoke('{}')).body.toString());
    assert.is(variables.AWS_LAMBDA_INITIALIZATION_TYPE, 'snap-start');
    assert.is(variables.AWS_LAMBDA_LOG_GROUP_NAME, undefined);
    assert.is(variables.AWS_LAMBDA_LOG_STREAM_NAME, undefined);
  });
});

test('an emulator that is closed while a runtime restores leaves nothing behind', async () => {
  await withEmulator({ ...SNAP_START, scenario: ['restores', 'hang'] }, async (emulated) => {
    void emulated.invoke('{}').catch(() => undefined);
    await emulated.logged(/last words/);
  });
});

test.run();
