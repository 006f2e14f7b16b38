import { createHash } from 'node:crypto';
import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetAccountSettingsCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  InvalidParameterValueException,
  LambdaServiceException,
  ListFunctionsCommand,
  paginateListFunctions,
  PreconditionFailedException,
  PublishVersionCommand,
  ResourceConflictException,
  ResourceNotFoundException,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionActiveV2,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ARN, ROLE, RUNTIME_VERSION_ARN, withControlPlane, zipOf, type Running } from './support.ts';

const test = suite('integration/control-plane/sdk');

const WAIT = (client: Running['client']) => ({ client, maxWaitTime: 30, minDelay: 1, maxDelay: 1 });

function createCommand(name: string, zip: Buffer) {
  return new CreateFunctionCommand({
    FunctionName: name,
    Role: ROLE,
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Code: { ZipFile: zip },
  });
}

async function failureOf(action: Promise<unknown>): Promise<unknown> {
  return action.then(
    () => assert.unreachable('the call succeeded'),
    (error: unknown) => error,
  );
}

test('the JavaScript SDK takes a function through its whole life with waiters', async () => {
  await withControlPlane(async ({ client, changes }) => {
    const first = await zipOf({ 'index.mjs': 'export const handler = () => 1;' });
    const created = await client.send(createCommand('lively', first));
    assert.is(created.State, 'Pending');
    assert.is(created.LastUpdateStatus, undefined);
    assert.is(created.FunctionArn, ARN('lively'));
    assert.is(created.RuntimeVersionConfig?.RuntimeVersionArn, RUNTIME_VERSION_ARN);
    await waitUntilFunctionActiveV2(WAIT(client), { FunctionName: 'lively' });

    const second = await zipOf({ 'index.mjs': 'export const handler = () => 2;' });
    const updated = await client.send(new UpdateFunctionCodeCommand({ FunctionName: 'lively', ZipFile: second }));
    assert.is(updated.State, 'Active');
    assert.is(updated.LastUpdateStatus, 'InProgress');
    assert.is(updated.CodeSha256, createHash('sha256').update(second).digest('base64'));
    assert.is(updated.CodeSize, second.length);
    await waitUntilFunctionUpdatedV2(WAIT(client), { FunctionName: 'lively' });

    const change = { FunctionName: 'lively', Timeout: 9, Environment: { Variables: { COLOUR: 'green' } } };
    const configured = await client.send(new UpdateFunctionConfigurationCommand(change));
    assert.is(configured.LastUpdateStatus, 'InProgress');
    await waitUntilFunctionUpdatedV2(WAIT(client), { FunctionName: 'lively' });

    const got = await client.send(new GetFunctionCommand({ FunctionName: ARN('lively') }));
    assert.is(got.Configuration?.Timeout, 9);
    assert.equal(got.Configuration?.Environment?.Variables, { COLOUR: 'green' });
    const download = await fetch(got.Code?.Location ?? '');
    assert.is(download.status, 200);
    assert.ok(Buffer.from(await download.arrayBuffer()).equals(second));

    const deleted = await client.send(new DeleteFunctionCommand({ FunctionName: 'lively' }));
    assert.is(deleted.$metadata.httpStatusCode, 204);
    assert.equal(changes, [ARN('lively'), ARN('lively'), ARN('lively'), ARN('lively')]);
  });
});

test('errors arrive as the exception classes of the SDK, with their text in the member that the class has', async () => {
  await withControlPlane(async ({ client }) => {
    const missing = await failureOf(client.send(new GetFunctionConfigurationCommand({ FunctionName: 'nobody' })));
    assert.instance(missing, ResourceNotFoundException);
    if (missing instanceof ResourceNotFoundException) {
      assert.is(missing.message, `Function not found: ${ARN('nobody')}`);
      assert.is(missing.Type, 'User');
      assert.match(missing.$metadata.requestId ?? '', /^[0-9a-f-]{36}$/);
    }
    const unreadable = await failureOf(client.send(createCommand('bad', Buffer.from('this is not a zip'))));
    assert.instance(unreadable, InvalidParameterValueException);
    const zip = await zipOf({ 'index.mjs': '' });
    await client.send(createCommand('taken', zip));
    assert.instance(await failureOf(client.send(createCommand('taken', zip))), ResourceConflictException);
    await waitUntilFunctionActiveV2(WAIT(client), { FunctionName: 'taken' });
    const stale = { FunctionName: 'taken', RevisionId: '00000000-0000-4000-8000-000000000000' };
    const refused = await failureOf(client.send(new UpdateFunctionConfigurationCommand(stale)));
    assert.instance(refused, PreconditionFailedException);
  });
});

test('an operation that is not built is refused by its name, once, as an error of the service', async () => {
  await withControlPlane(async ({ client }) => {
    const refused = await failureOf(client.send(new PublishVersionCommand({ FunctionName: 'any' })));
    assert.instance(refused, LambdaServiceException);
    if (!(refused instanceof LambdaServiceException)) return;
    assert.is(refused.name, 'NotImplementedException');
    assert.is(refused.message, 'The operation PublishVersion is not implemented by this platform yet');
    assert.is(refused.$metadata.httpStatusCode, 501);
  });
});

test('the SDK lists functions page by page, in the order of their names', async () => {
  await withControlPlane(async ({ client }) => {
    const zip = await zipOf({ 'index.mjs': '' });
    const names = ['b', 'a', 'Z', 'c2', 'c10'];
    for (const name of names) await client.send(createCommand(name, zip));
    const pages: string[][] = [];
    for await (const page of paginateListFunctions({ client, pageSize: 2 }, {}))
      pages.push((page.Functions ?? []).map((entry) => entry.FunctionName ?? ''));
    assert.equal(pages, [['Z', 'a'], ['b', 'c10'], ['c2']]);
    const all = await client.send(new ListFunctionsCommand({ FunctionVersion: 'ALL' }));
    assert.is(all.Functions?.[0]?.FunctionArn, `${ARN('Z')}:$LATEST`);
    assert.is(all.Functions?.[0]?.State, undefined);
    const { AccountUsage: usage, AccountLimit: limit } = await client.send(new GetAccountSettingsCommand({}));
    assert.equal(usage, { TotalCodeSize: 5 * zip.length, FunctionCount: 5 });
    assert.is(limit?.CodeSizeUnzipped, 262_144_000);
  });
});

test.run();
