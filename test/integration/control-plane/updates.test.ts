import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ApiError } from '../../../platform/api/index.ts';
import type { ControlPlane } from '../../../platform/control-plane/index.ts';
import { extractArchive } from '../../../layers/index.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { ARN, call, create, FUNCTIONS, ROLE, RUNTIME_VERSION_ARN, until, untilReady, withControlPlane, zipOf } from './support.ts';

const test = suite('integration/control-plane/updates');

const zip64 = async (text: string) => (await zipOf({ 'index.mjs': text })).toString('base64');
const putCode = (origin: string, name: string, body: object) => call(origin, 'PUT', `${FUNCTIONS}/${name}/code`, body);
const putConfiguration = (origin: string, name: string, body: object) => call(origin, 'PUT', `${FUNCTIONS}/${name}/configuration`, body);
const show = (origin: string, name: string) => call(origin, 'GET', `${FUNCTIONS}/${name}/configuration`);

function refusalOf(plane: ControlPlane, reference: string, qualifier?: string): [number, string | null] {
  try {
    plane.resolve(reference, qualifier);
  } catch (error) {
    if (error instanceof ApiError) return [error.status, error.publicMessage];
    throw error;
  }
  throw new Error('the function was resolved');
}

test('the old generation is served until the new one is ready, and each has its own name', async () => {
  const clock = fakeClock();
  await withControlPlane(async ({ origin, plane, changes }) => {
    await create(origin, 'f', { Environment: { Variables: { WHICH: 'old' } } });
    assert.equal(refusalOf(plane, 'f'), [409, 'The operation cannot be performed at this time. The function is currently in the following state: Pending']);
    clock.advance(1);
    await untilReady(origin, 'f');
    const old = plane.resolve('f');
    assert.equal(changes, [ARN('f')]);

    const { json } = await putConfiguration(origin, 'f', { Environment: { Variables: { WHICH: 'new' } }, Timeout: 7 });
    assert.equal([json['State'], json['LastUpdateStatus'], json['LastUpdateStatusReason'], json['LastUpdateStatusReasonCode']], ['Active', 'InProgress', 'The function is being created.', 'Creating']);
    assert.equal(plane.resolve('f'), old);
    assert.is((await show(origin, 'f')).json['Timeout'], 7);
    clock.advance(1);
    await untilReady(origin, 'f');
    const now = plane.resolve('f');
    assert.equal([now.environmentVariables, now.timeoutSeconds], [{ WHICH: 'new' }, 7]);
    assert.is.not(now.generation, old.generation);
    assert.equal(changes, [ARN('f'), ARN('f')]);
  }, { clock });
});

test('a resolved function has everything that an invocation needs, under the ARN by which it was addressed', async () => {
  await withControlPlane(async ({ origin, plane }) => {
    await create(origin, 'f', { MemorySize: 256, EphemeralStorage: { Size: 600 } });
    await untilReady(origin, 'f');
    const { generation, codePath, codeSha256, ...rest } = plane.resolve('f');
    assert.match(generation, /^[0-9a-f-]{36}$/);
    assert.is(codePath.endsWith(Buffer.from(codeSha256, 'base64').toString('hex')), true);
    assert.equal(rest, {
      functionName: 'f', functionArn: ARN('f'), functionArnUnqualified: ARN('f'), version: '$LATEST', runtime: 'nodejs24.x',
      handler: 'index.handler', timeoutSeconds: 3, memoryMiB: 256, ephemeralStorageMiB: 600, environmentVariables: {},
      architecture: 'x86_64', role: ROLE, logGroup: '/aws/lambda/f',
      logging: { format: 'Text', applicationLevel: undefined, systemLevel: undefined },
    });
    for (const [reference, qualifier] of [['f', '$LATEST'], ['f:$LATEST', undefined], [`${ARN('f')}:$LATEST`, '$LATEST']] as const)
      assert.is(plane.resolve(reference, qualifier).functionArn, `${ARN('f')}:$LATEST`);
    assert.is(plane.resolve(ARN('f')).functionArn, ARN('f'));
    assert.equal(refusalOf(plane, 'nobody'), [404, `Function not found: ${ARN('nobody')}:$LATEST`]);
    assert.equal(refusalOf(plane, 'f', '7'), [404, `Function not found: ${ARN('f')}:7`]);
    assert.is(refusalOf(plane, 'f!')[0], 400);
  });
});

test('of two updates at once one is accepted and the other is told so', async () => {
  const clock = fakeClock();
  await withControlPlane(async ({ origin }) => {
    await create(origin, 'f');
    clock.advance(1);
    await untilReady(origin, 'f');
    const sources = await Promise.all(['1', '2', '3', '4'].map((text) => zip64(text)));
    const answers = await Promise.all([
      ...sources.map((ZipFile) => putCode(origin, 'f', { ZipFile })),
      ...[1, 2, 3].map((Timeout) => putConfiguration(origin, 'f', { Timeout })),
    ]);
    assert.equal(answers.map((answer) => answer.status).sort(), [200, 409, 409, 409, 409, 409, 409]);
    const won = answers.find((answer) => answer.status === 200);
    clock.advance(1);
    const shown = await untilReady(origin, 'f');
    assert.equal([shown['CodeSha256'], shown['Timeout']], [won?.json['CodeSha256'], won?.json['Timeout']]);
  }, { clock });
});

test('the revision changes at creation, at activation, at each update and at its completion, and at nothing else', async () => {
  const clock = fakeClock();
  await withControlPlane(async ({ origin }) => {
    const revisions = [(await create(origin, 'f')).json['RevisionId']];
    const asked = async () => (await show(origin, 'f')).json['RevisionId'];
    assert.is(await asked(), revisions[0]);
    clock.advance(1);
    revisions.push((await untilReady(origin, 'f'))['RevisionId']);
    assert.is(await asked(), revisions[1]);
    revisions.push((await putConfiguration(origin, 'f', {})).json['RevisionId']);
    clock.advance(1);
    revisions.push((await untilReady(origin, 'f'))['RevisionId']);
    const [, first, , latest] = revisions;
    assert.is((await putConfiguration(origin, 'f', { RevisionId: first })).status, 412);
    const source = await zip64('x');
    assert.is((await putCode(origin, 'f', { RevisionId: first, ZipFile: source })).status, 412);
    assert.is((await putCode(origin, 'f', { RevisionId: latest, ZipFile: source })).status, 200);
    clock.advance(1);
    revisions.push(...[await untilReady(origin, 'f')].map((shown) => shown['RevisionId']));
    assert.is(new Set(revisions).size, revisions.length);
  }, { clock });
});

test('the same code again is an update, with the same hash', async () => {
  await withControlPlane(async ({ origin, plane }) => {
    const source = await zip64('same');
    const { json: created } = await create(origin, 'f', { Code: { ZipFile: source } });
    await untilReady(origin, 'f');
    const before = plane.resolve('f');
    const { status, json } = await putCode(origin, 'f', { ZipFile: source });
    assert.equal([status, json['LastUpdateStatus'], json['CodeSha256']], [200, 'InProgress', created['CodeSha256']]);
    await untilReady(origin, 'f');
    assert.is.not(plane.resolve('f').generation, before.generation);
    assert.is(plane.resolve('f').codePath, before.codePath);
  });
});

test('a dry run checks the code, shows its hash and changes nothing', async () => {
  await withControlPlane(async ({ origin, plane, stateDir }) => {
    await create(origin, 'f');
    const before = await untilReady(origin, 'f');
    const generation = plane.resolve('f').generation;
    const { status, json } = await putCode(origin, 'f', { ZipFile: await zip64('dry'), DryRun: true });
    assert.equal([status, json['RevisionId'], json['LastUpdateStatus']], [200, before['RevisionId'], 'Successful']);
    assert.is.not(json['CodeSha256'], before['CodeSha256']);
    assert.equal((await show(origin, 'f')).json, before);
    assert.is(plane.resolve('f').generation, generation);
    assert.not.ok(existsSync(join(stateDir, 'code', Buffer.from(String(json['CodeSha256']), 'base64').toString('hex'))));
    assert.is((await putCode(origin, 'f', { ZipFile: 'AAAA', DryRun: true })).status, 400);
  });
});

test('each member that is given replaces the old value and each that is not stays', async () => {
  await withControlPlane(async ({ origin }) => {
    await create(origin, 'f', { Environment: { Variables: { AA: '1', BB: '2' } }, DeadLetterConfig: { TargetArn: 'arn:aws:sqs:q' } });
    await untilReady(origin, 'f');
    const { json } = await putConfiguration(origin, 'f', {
      Handler: 'other.handler', Runtime: 'python3.13', Environment: { Variables: { CC: '3' } }, DeadLetterConfig: { TargetArn: '' }, MemorySize: null,
    });
    assert.equal([json['Handler'], json['Runtime'], json['Environment'], json['DeadLetterConfig'], json['MemorySize']], ['other.handler', 'python3.13', { Variables: { CC: '3' } }, undefined, 128]);
    assert.ok(Object(json['RuntimeVersionConfig'])['Error']);
    await untilReady(origin, 'f');
    const back = await putConfiguration(origin, 'f', { Runtime: 'nodejs24.x' });
    assert.equal(back.json['RuntimeVersionConfig'], { RuntimeVersionArn: RUNTIME_VERSION_ARN });
  });
});

test('updates through the life of a runtime follow the clock: refused from the update block on, leaving it always works', async () => {
  const clock = fakeClock(Date.parse('2027-01-31T23:59:59.000Z'));
  const toDay = (day: string) => clock.advance(Date.parse(`${day}T00:00:00.000Z`) - clock.nowEpochMs());
  const settled = async (origin: string, name: string) => {
    clock.advance(1);
    await untilReady(origin, name);
  };
  await withControlPlane(async ({ origin }) => {
    for (const name of ['old', 'wanderer']) {
      assert.is((await create(origin, name, { Runtime: 'nodejs20.x' })).status, 201);
      await settled(origin, name);
    }
    toDay('2027-02-01');
    assert.is((await create(origin, 'late', { Runtime: 'nodejs20.x' })).status, 400);
    assert.is((await putCode(origin, 'old', { ZipFile: await zip64('a') })).status, 200);
    await settled(origin, 'old');
    for (const runtime of ['nodejs24.x', 'nodejs20.x', 'nodejs24.x']) {
      assert.is((await putConfiguration(origin, 'wanderer', { Runtime: runtime })).status, 200);
      await settled(origin, 'wanderer');
    }
    toDay('2027-03-03');
    const blocked = /The runtime parameter of nodejs20\.x is no longer supported/;
    assert.match((await putCode(origin, 'old', { ZipFile: await zip64('b') })).text, blocked);
    assert.match((await putConfiguration(origin, 'old', { Timeout: 4 })).text, blocked);
    assert.match((await putConfiguration(origin, 'wanderer', { Runtime: 'nodejs20.x' })).text, blocked);
    assert.is((await putConfiguration(origin, 'old', { Runtime: 'nodejs24.x' })).status, 200);
    await settled(origin, 'old');
    assert.is((await putCode(origin, 'old', { ZipFile: await zip64('c') })).status, 200);
    assert.is((await call(origin, 'DELETE', `${FUNCTIONS}/old`)).status, 204);
  }, { clock });
});

test('a function whose code cannot be prepared is Failed, says so to callers and is mended by a code update', async () => {
  const clock = fakeClock();
  await withControlPlane(async ({ origin, plane, stateDir, faults, changes }) => {
    const { json } = await create(origin, 'f');
    const digest = Buffer.from(String(json['CodeSha256']), 'base64').toString('hex');
    const { rmSync } = await import('node:fs');
    rmSync(join(stateDir, 'code', digest), { recursive: true });
    rmSync(join(stateDir, 'control-plane', 'code', `${digest}.zip`));
    clock.advance(1);
    const shown = await until(origin, 'f', (configuration) => configuration['State'] === 'Failed');
    assert.is(shown['StateReasonCode'], 'InternalError');
    assert.not.match(JSON.stringify(shown), /code-missing|\/tmp/);
    assert.is(faults.length, 1);
    assert.match(refusalOf(plane, 'f')[1] ?? '', /following state: Failed$/);
    assert.is((await putCode(origin, 'f', { ZipFile: await zip64('mended') })).json['State'], 'Pending');
    clock.advance(1);
    await untilReady(origin, 'f');
    assert.match(readFileSync(join(plane.resolve('f').codePath, 'index.mjs'), 'utf8'), /mended/);
    assert.equal(changes, [ARN('f')]);
  }, { clock });
});

test('a failed update leaves the old generation in force', async () => {
  const clock = fakeClock();
  let isBroken = false;
  const extract: typeof extractArchive = async (options) => (isBroken ? Promise.reject(new Error('disk')) : extractArchive(options));
  await withControlPlane(async ({ origin, plane, stateDir }) => {
    await create(origin, 'f');
    clock.advance(1);
    await untilReady(origin, 'f');
    const before = plane.resolve('f');
    const { json } = await putCode(origin, 'f', { ZipFile: await zip64('next') });
    const { rmSync } = await import('node:fs');
    rmSync(join(stateDir, 'code', Buffer.from(String(json['CodeSha256']), 'base64').toString('hex')), { recursive: true });
    isBroken = true;
    clock.advance(1);
    const shown = await until(origin, 'f', (configuration) => configuration['LastUpdateStatus'] === 'Failed');
    assert.equal([shown['State'], shown['LastUpdateStatusReasonCode']], ['Active', 'InternalError']);
    assert.equal(plane.resolve('f'), before);
    isBroken = false;
    assert.is((await putConfiguration(origin, 'f', {})).status, 200);
    clock.advance(1);
    await untilReady(origin, 'f');
    assert.is(plane.resolve('f').codeSha256, json['CodeSha256']);
  }, { clock, extractArchive: extract });
});

test('a function that is deleted and created again while the first is being prepared keeps its own life', async () => {
  const clock = fakeClock();
  await withControlPlane(async ({ origin, plane }) => {
    await create(origin, 'f', { Timeout: 1 });
    assert.is((await call(origin, 'DELETE', `${FUNCTIONS}/f`)).status, 204);
    await create(origin, 'f', { Timeout: 2 });
    clock.advance(1);
    await untilReady(origin, 'f');
    assert.is(plane.resolve('f').timeoutSeconds, 2);
  }, { clock });
});

test.run();
