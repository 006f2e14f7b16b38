/** Several functions and several environments in one emulator, and what becomes of those for whom there is no room. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { defaultFunction, invokeRequest, withEmulator } from '../../support/emulated.ts';
import { withTemporaryFolder } from '../../support/temporary-folder.ts';
import { RawPeer } from '../../support/raw-peer.ts';

const test = suite('integration/runtime-api/emulated-functions');

const pathOf = (name: string): string => `/2015-03-31/functions/${name}/invocations`;

test('several functions have names, environments and Runtime APIs of their own', async () => {
  await withTemporaryFolder(async (folder) => {
    const base = defaultFunction(folder, `${folder}/notes`, ['environment']);
    const functions = ['red', 'blue'].map((functionName) => ({ ...base, functionName, memoryMiB: functionName === 'red' ? 256 : 512 }));
    await withEmulator({ functions }, async (emulated) => {
      for (const [name, memory] of [['red', '256'], ['blue', '512']] as const) {
        const reply = await emulated.send(invokeRequest('{}', {}, pathOf(name)));
        const { variables } = JSON.parse(reply?.body.toString() ?? '');
        assert.is(variables.AWS_LAMBDA_FUNCTION_NAME, name);
        assert.is(variables.AWS_LAMBDA_FUNCTION_MEMORY_SIZE, memory);
      }
      const addresses = emulated.emulator.functions.map(({ runtimeApiAddress }) => runtimeApiAddress);
      assert.is(new Set(addresses).size, 2);
      const log = await emulated.logged(/^blue \| REPORT/m);
      assert.match(log, /^red \| START RequestId/m);
      assert.not.match(log, /^(START|END|REPORT)/m);
    });
  });
});

test('among several functions an unknown name is answered as on AWS', async () => {
  await withTemporaryFolder(async (folder) => {
    const base = defaultFunction(folder, `${folder}/notes`, ['echo']);
    await withEmulator({ functions: [base, { ...base, functionName: 'other' }] }, async (emulated) => {
      const reply = await emulated.send(invokeRequest('{}', {}, pathOf('third')));
      assert.is(reply?.status, 404);
      assert.is(reply?.headers.get('x-amzn-errortype'), 'ResourceNotFoundException');
      assert.equal(JSON.parse(reply?.body.toString() ?? ''), { Type: 'User', Message: 'Function not found: arn:aws:lambda:us-east-1:000000000000:function:third' });
    });
  });
});

test('with room for two, two invocations run at the same time', async () => {
  await withEmulator({ scenario: ['obedient'], environmentsMax: 2 }, async (emulated) => {
    // Neither can end before both have begun.
    const [first, second] = await Promise.all([RawPeer.connect(emulated.port), RawPeer.connect(emulated.port)]);
    for (const peer of [first, second]) peer.send(invokeRequest('{"response":"1","until":"go"}'));
    await emulated.logged(/^START[^]*^START/m);
    assert.not.match(emulated.log(), /^REPORT/m);
    emulated.note('go');
    for (const peer of [first, second]) {
      assert.is((await peer.answer())?.body.toString(), '1');
      peer.destroy();
    }
    assert.is(emulated.starts(), 2);
    await emulated.logged(/(^REPORT[^]*){2}/m);
  });
});

test('when told to reject, the one for whom there is no room gets 429, an event waits', async () => {
  await withEmulator({ scenario: ['obedient'], whenBusy: 'reject' }, async (emulated) => {
    const busy = await RawPeer.connect(emulated.port);
    busy.send(invokeRequest('{"response":"1","until":"go"}'));
    await emulated.logged(/^START/m);
    const refused = await emulated.invoke('{}');
    assert.is(refused.status, 429);
    assert.is(refused.headers.get('x-amzn-errortype'), 'TooManyRequestsException');
    assert.is((await emulated.invoke('{"print":"later\\n"}', { 'X-Amz-Invocation-Type': 'Event' })).status, 202);
    emulated.note('go');
    assert.is((await busy.answer())?.body.toString(), '1');
    busy.destroy();
    await emulated.logged(/^later$/m);
    await emulated.logged(/(^REPORT[^]*){2}/m);
    assert.is((await emulated.invoke('{"response":"2"}')).body.toString(), '2');
  });
});

for (const processOutput of ['fifo', 'pipes'] as const) {
  test(`output, errors and the end of a process are reported in order (${processOutput})`, async () => {
    await withEmulator({ scenario: ['obedient'], processOutput }, async (emulated) => {
      const text = Array.from({ length: 2_000 }, (_, index) => `line ${index}\n`).join('');
      for (const _ of [1, 2, 3]) await emulated.invoke(JSON.stringify({ print: text, response: '1' }));
      const log = await emulated.logged(/(^REPORT[^]*){3}/m);
      for (const part of log.split(/^REPORT.*\n/m).slice(0, 3)) assert.match(part, /^START RequestId: \S+ Version: \S+\nline 0\n[^]*line 1999\nEND RequestId: \S+\n$/);
      await emulated.invoke('{"print":"last words\\n","exit":3}');
      assert.match(await emulated.logged(/Error Type: Runtime\.ExitError\n/), /^last words\nEND[^]*Error Type: Runtime.ExitError$/m);
    });
  });
}

test.run();
