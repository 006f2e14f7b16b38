import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fakeClock } from '../../support/fake-clock.ts';
import { ARN, call, create, createRequest, FUNCTIONS, ROLE, RUNTIME_VERSION_ARN, untilReady, withControlPlane } from './support.ts';

const test = suite('integration/control-plane/create-function');

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('a new function is answered with every recorded member, Pending, and no update status', async () => {
  await withControlPlane(async ({ origin }) => {
    const request = await createRequest('f');
    const { status, headers, json } = await call(origin, 'POST', FUNCTIONS, request);
    assert.is(status, 201);
    assert.is(headers.get('content-type'), 'application/json');
    assert.match(headers.get('x-amzn-requestid') ?? '', UUID);
    assert.ok(headers.get('date'));
    assert.match(String(json['RevisionId']), UUID);
    assert.match(String(json['LastModified']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/);
    const zip = Buffer.from(String(Object(request['Code'])['ZipFile']), 'base64');
    const { RevisionId: _revision, LastModified: _modified, ...rest } = json;
    assert.equal(rest, {
      Architectures: ['x86_64'],
      CodeSha256: createHash('sha256').update(zip).digest('base64'),
      CodeSize: zip.length,
      Description: '',
      EphemeralStorage: { Size: 512 },
      FunctionArn: ARN('f'),
      FunctionName: 'f',
      Handler: 'index.handler',
      LoggingConfig: { LogFormat: 'Text', LogGroup: '/aws/lambda/f' },
      MemorySize: 128,
      PackageType: 'Zip',
      Role: ROLE,
      Runtime: 'nodejs24.x',
      RuntimeVersionConfig: { RuntimeVersionArn: RUNTIME_VERSION_ARN },
      SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
      State: 'Pending',
      StateReason: 'The function is being created.',
      StateReasonCode: 'Creating',
      Timeout: 3,
      TracingConfig: { Mode: 'PassThrough' },
      Version: '$LATEST',
    });
  });
});

test('every member that is given is shown again', async () => {
  await withControlPlane(async ({ origin }) => {
    const given = {
      Description: 'a ü b',
      Timeout: 900,
      MemorySize: 10_240,
      EphemeralStorage: { Size: 10_240 },
      Architectures: ['arm64'],
      Environment: { Variables: { ZZ: '1', AA: '' } },
      DeadLetterConfig: { TargetArn: 'arn:aws:sqs:us-east-1:000000000000:q' },
      TracingConfig: { Mode: 'Active' },
      LoggingConfig: { LogFormat: 'JSON', LogGroup: 'my/group' },
      SnapStart: { ApplyOn: 'None' },
      VpcConfig: { SubnetIds: [], SecurityGroupIds: [] },
      Layers: [],
      PackageType: 'Zip',
      Publish: false,
      KMSKeyArn: '',
      ImageConfig: {},
      FileSystemConfigs: [],
      Tags: { team: 'blue' },
      SomethingNew: { ignored: true },
    };
    const { status, json, text } = await create(origin, 'f', given);
    assert.is(status, 201, text);
    for (const member of ['Description', 'Timeout', 'MemorySize', 'EphemeralStorage', 'Architectures', 'Environment', 'DeadLetterConfig', 'TracingConfig'] as const)
      assert.equal(json[member], given[member], member);
    assert.match(text, /"Environment":\{"Variables":\{"ZZ":"1","AA":""\}\}/);
    assert.equal(json['LoggingConfig'], { ApplicationLogLevel: 'INFO', LogFormat: 'JSON', LogGroup: 'my/group', SystemLogLevel: 'INFO' });
    assert.equal(json['VpcConfig'], { SubnetIds: [], SecurityGroupIds: [], VpcId: '', Ipv6AllowedForDualStack: false });
    assert.equal((await call(origin, 'GET', `${FUNCTIONS}/f`)).json['Tags'], { team: 'blue' });
  });
});

test('an empty environment is shown because it was given', async () => {
  await withControlPlane(async ({ origin }) => {
    assert.equal((await create(origin, 'f', { Environment: {} })).json['Environment'], { Variables: {} });
  });
});

test('a runtime without an image is accepted, and its runtime version is an error', async () => {
  await withControlPlane(async ({ origin }) => {
    const { json } = await create(origin, 'f', { Runtime: 'ruby3.4' });
    const Message = 'No image of ruby3.4 for x86_64 is available on this platform';
    assert.equal(json['RuntimeVersionConfig'], { Error: { ErrorCode: 'InvalidRuntime', Message } });
  });
});

for (const reference of ['function:f', '000000000000:f', 'us-east-1:000000000000:function:f', ARN('f')])
  test(`a function can be created and found as ${reference}`, async () => {
    await withControlPlane(async ({ origin }) => {
      const { status, json } = await create(origin, 'f', { FunctionName: reference });
      assert.equal([status, json['FunctionName'], json['FunctionArn']], [201, 'f', ARN('f')]);
      for (const path of [reference, encodeURIComponent(reference), encodeURIComponent(`${reference}:$LATEST`)])
        assert.is((await call(origin, 'GET', `${FUNCTIONS}/${path}`)).status, 200, path);
    });
  });

test('the ARN shown is qualified only if it was asked for so', async () => {
  await withControlPlane(async ({ origin }) => {
    await create(origin, 'f');
    const shown = async (path: string) => (await call(origin, 'GET', `${FUNCTIONS}/${path}`)).json['FunctionArn'];
    assert.is(await shown('f/configuration'), ARN('f'));
    assert.is(await shown('f/configuration?Qualifier=%24LATEST'), `${ARN('f')}:$LATEST`);
    assert.is(await shown('f:$LATEST/configuration'), `${ARN('f')}:$LATEST`);
  });
});

test('of many creations of one name at once exactly one wins, and its code is the one kept', async () => {
  await withControlPlane(async ({ origin, stateDir }) => {
    const bodies = await Promise.all(Array.from({ length: 12 }, (_, index) => createRequest(`code-${index}`, { FunctionName: 'one' })));
    const answers = await Promise.all(bodies.map((body) => call(origin, 'POST', FUNCTIONS, body)));
    const won = answers.filter((answer) => answer.status === 201);
    assert.is(won.length, 1);
    for (const answer of answers.filter((other) => other.status !== 201))
      assert.equal([answer.status, answer.text], [409, '{"Type":"User","message":"Function already exist: one"}']);
    const shown = await untilReady(origin, 'one');
    assert.is(shown['CodeSha256'], won[0]?.json['CodeSha256']);
    assert.is((await readdir(join(stateDir, 'code'))).length, 1);
    assert.is((await readdir(join(stateDir, 'control-plane', 'code'))).length, 1);
  });
});

test('a creation block that begins between the check and the write is not slipped through', async () => {
  const clock = fakeClock(Date.parse('2027-01-31T23:59:59.999Z'));
  const runtimeVersions = async () => {
    clock.advance(1);
    return undefined;
  };
  await withControlPlane(async ({ origin, stateDir }) => {
    const { status, text } = await create(origin, 'f', { Runtime: 'nodejs20.x' });
    assert.is(status, 400);
    assert.match(text, /nodejs20\.x is no longer supported/);
    assert.equal(await readdir(join(stateDir, 'code')), []);
  }, { clock, runtimeVersions });
});

test('the code is unpacked where every user can read it and only the owner can write it', async () => {
  await withControlPlane(async ({ origin, plane, stateDir }) => {
    await create(origin, 'f');
    await untilReady(origin, 'f');
    const { codePath, codeSha256 } = plane.resolve('f');
    assert.is(codePath, join(stateDir, 'code', Buffer.from(codeSha256, 'base64').toString('hex')));
    assert.match(await readFile(join(codePath, 'index.mjs'), 'utf8'), /handler/);
    const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
    assert.equal([mode(codePath), mode(join(codePath, 'index.mjs')), mode(join(stateDir, 'code'))], ['755', '644', '711']);
  });
});

test('a download link gives the exact zip, and no other path below it gives anything', async () => {
  await withControlPlane(async ({ origin }) => {
    const request = await createRequest('f');
    await call(origin, 'POST', FUNCTIONS, request);
    const code = (await call(origin, 'GET', `${FUNCTIONS}/f`)).json['Code'];
    const location = String(Object(code)['Location']);
    assert.is(Object(code)['RepositoryType'], 'S3');
    assert.ok(location.startsWith(`${origin}/_rik/code/`), location);
    const download = await fetch(location);
    assert.is(download.headers.get('content-type'), 'application/zip');
    assert.is(Buffer.from(await download.arrayBuffer()).toString('base64'), Object(request['Code'])['ZipFile']);
    const [bare = ''] = location.split('?');
    for (const address of [bare, `${bare}?expires=9999999999999&signature=${'0'.repeat(64)}`, `${origin}/_rik/code/..%2f..%2fetc%2fpasswd`])
      assert.is((await fetch(address)).status, 403, address);
    await call(origin, 'DELETE', `${FUNCTIONS}/f`);
  });
});

test('a download link repeats a Host header only if it means this machine', async () => {
  await withControlPlane(async ({ origin }) => {
    await create(origin, 'f');
    const port = new URL(origin).port;
    const { request } = await import('node:http');
    const locationFor = (host: string) =>
      new Promise<string>((resolve, reject) => {
        const asked = request(`${origin}${FUNCTIONS}/f`, { headers: { host } }, (response) => {
          let text = '';
          response.on('data', (chunk) => (text += chunk)).on('end', () => resolve(String(JSON.parse(text).Code.Location)));
        });
        asked.on('error', reject).end();
      });
    assert.ok((await locationFor(`localhost:${port}`)).startsWith(`http://localhost:${port}/_rik/`));
    assert.ok((await locationFor('evil.example')).startsWith(`http://127.0.0.1:${port}/_rik/`));
    assert.ok((await locationFor('localhost:1@evil.example')).startsWith(`http://127.0.0.1:${port}/_rik/`));
  });
});

test.run();
