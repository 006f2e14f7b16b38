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

test('credentials are handed out to who knows the token, and are in no variable', async () => {
  const variables = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'hidden', AWS_SESSION_TOKEN: 'session' };
  await withEmulator({ ...SNAP_START, scenario: ['environment'], variables }, async (emulated) => {
    const seen = JSON.parse((await emulated.invoke('{}')).body.toString());
    const { AWS_CONTAINER_CREDENTIALS_FULL_URI: uri, AWS_CONTAINER_AUTHORIZATION_TOKEN: token, ...others } = seen.variables;
    assert.is(uri, `http://${emulated.emulator.runtimeApiAddress}/2021-04-23/credentials`);
    assert.not.match(JSON.stringify(others), /AKIDEXAMPLE|hidden/);
    for (const authorization of [undefined, '', `${token}x`, token.slice(1)]) {
      const refused = await fetch(uri, { headers: authorization === undefined ? {} : { Authorization: authorization } });
      assert.is(refused.status, 404);
      assert.is((await refused.text()).trim(), 'cannot get credentials for the provided token');
    }
    const given = JSON.parse(await (await fetch(uri, { headers: { Authorization: token } })).text());
    assert.equal({ ...given, Expiration: '' }, { AccessKeyId: 'AKIDEXAMPLE', SecretAccessKey: 'hidden', Token: 'session', Expiration: '' });
    assert.ok(Date.parse(given.Expiration) > Date.now());
  });
});

test('without credentials, and without SnapStart, none are handed out', async () => {
  for (const initializationType of ['snap-start', 'on-demand'] as const) {
    await withEmulator({ initializationType, scenario: ['environment'] }, async (emulated) => {
      const { variables } = JSON.parse((await emulated.invoke('{}')).body.toString());
      assert.is(variables.AWS_CONTAINER_CREDENTIALS_FULL_URI, undefined);
      assert.is((await fetch(`http://${emulated.emulator.runtimeApiAddress}/2021-04-23/credentials`)).status, 404);
    });
  }
});

test('an emulator that is closed while a runtime restores leaves nothing behind', async () => {
  await withEmulator({ ...SNAP_START, scenario: ['restores', 'hang'] }, async (emulated) => {
    void emulated.invoke('{}').catch(() => undefined);
    await emulated.logged(/last words/);
  });
});

test.run();
