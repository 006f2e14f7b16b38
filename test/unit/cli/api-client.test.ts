import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { connectToApi, type LambdaApiClient } from '../../../cli/api-client.ts';
import { CodedError } from '../../../foundation/coded-error.ts';
import { closedEndpoint, configuration, startStandInApi, type SeenRequest, type StandInAnswer } from './stand-in-api.ts';

const test = suite('cli/api-client');

type Exchange<Result> = { result: Result | undefined; error: CodedError | undefined; seen: SeenRequest[] };

async function exchange<Result>(answer: Parameters<typeof startStandInApi>[0], action: (client: LambdaApiClient) => Promise<Result>, basePath = ''): Promise<Exchange<Result>> {
  await using api = await startStandInApi(answer);
  const client = connectToApi(new URL(api.endpoint + basePath));
  try {
    return { result: await action(client), error: undefined, seen: api.seen };
  } catch (error) {
    if (error instanceof CodedError) return { result: undefined, error, seen: api.seen };
    throw error;
  } finally {
    await client.close();
  }
}

test('a function is created with one POST and its configuration is parsed', async () => {
  const { result, seen } = await exchange(
    () => ({ status: 201, json: configuration('hello', { State: 'Pending', Environment: { Variables: { AB: '1' } } }) }),
    (client) => client.createFunction({ FunctionName: 'hello', Role: 'r', Code: { ZipFile: 'UEs=' } }),
  );
  assert.is(`${seen[0]?.method} ${seen[0]?.path}`, 'POST /2015-03-31/functions');
  assert.is(seen[0]?.headers['content-type'], 'application/json');
  assert.equal(JSON.parse(String(seen[0]?.body)), { FunctionName: 'hello', Role: 'r', Code: { ZipFile: 'UEs=' } });
  assert.is(result?.state, 'Pending');
  assert.is(result?.memoryMiB, 128);
  assert.equal(result?.environmentVariables, { AB: '1' });
});

test('each other operation has its method and path, with the name encoded', async () => {
  const name = 'arn:aws:lambda:us-east-1:000000000000:function:a/b';
  const encoded = '/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Aa%2Fb';
  const rows: readonly (readonly [string, (client: LambdaApiClient) => Promise<unknown>, StandInAnswer])[] = [
    [`PUT ${encoded}/code`, (client) => client.updateFunctionCode(name, { ZipFile: '' }), { status: 200, json: configuration('x') }],
    [`PUT ${encoded}/configuration`, (client) => client.updateFunctionConfiguration(name, {}), { status: 200, json: configuration('x') }],
    [`GET ${encoded}/configuration`, (client) => client.getFunctionConfiguration(name), { status: 200, json: configuration('x') }],
    [`DELETE ${encoded}`, (client) => client.deleteFunction(name), { status: 204 }],
    [`POST ${encoded}/invocations`, (client) => client.invoke({ functionName: name, payload: Buffer.from('{}') }), { status: 200, json: 1 }],
  ];
  for (const [line, action, answer] of rows) {
    const { seen, error } = await exchange(() => answer, action, '/prefix/');
    assert.is(error, undefined);
    assert.is(`${seen[0]?.method} ${seen[0]?.path}`, line.replace(' ', ' /prefix'));
  }
});

test('listing follows the markers to the last page', async () => {
  const { result, seen } = await exchange(
    ({ path }) => ({ status: 200, json: path.includes('Marker=') ? { Functions: [configuration('b')] } : { Functions: [configuration('a')], NextMarker: 'x y&z' } }),
    (client) => client.listFunctions(),
  );
  assert.equal(result?.map((entry) => entry.functionName), ['a', 'b']);
  assert.is(seen[1]?.path, '/2015-03-31/functions?Marker=x+y%26z');
});

test('an invocation carries the payload as it is and brings back error marker, log and version', async () => {
  const payload = Buffer.from([0, 1, 255]);
  const headers = { 'x-amz-function-error': 'Unhandled', 'x-amz-log-result': Buffer.from('START ü').toString('base64'), 'x-amz-executed-version': '$LATEST', 'x-amzn-requestid': 'id-1' };
  const { result, seen } = await exchange(() => ({ status: 200, headers, body: payload }), (client) => client.invoke({ functionName: 'f', payload, withLogTail: true, qualifier: '$LATEST' }));
  assert.ok(seen[0]?.body.equals(payload));
  assert.is(seen[0]?.headers['x-amz-log-type'], 'Tail');
  assert.is(seen[0]?.path, '/2015-03-31/functions/f/invocations?Qualifier=%24LATEST');
  assert.equal({ ...result, payload: [...(result?.payload ?? [])] }, { statusCode: 200, payload: [0, 1, 255], functionError: 'Unhandled', logTail: 'START ü', executedVersion: '$LATEST', requestId: 'id-1' });
});

for (const [title, answer, code, message] of [
  ['a refusal is shown with its AWS name and message', { status: 409, headers: { 'x-amzn-errortype': 'ResourceConflictException' }, json: { Type: 'User', message: 'Function already exist: a' } }, 'cli/api-rejected', 'ResourceConflictException: Function already exist: a'],
  ['the other casing of the message is read', { status: 404, headers: { 'x-amzn-errortype': 'ResourceNotFoundException' }, json: { Message: 'Function not found: a' } }, 'cli/api-rejected', 'ResourceNotFoundException: Function not found: a'],
  ['a namespace behind the name is cut off', { status: 400, headers: { 'x-amzn-errortype': 'ValidationException:http://internal/' }, json: { message: 'm' } }, 'cli/api-rejected', 'ValidationException: m'],
  ['a message of null leaves the name', { status: 403, headers: { 'x-amzn-errortype': 'AccessDeniedException' }, json: { Message: null } }, 'cli/api-rejected', 'AccessDeniedException'],
  ['a 502 with a name is a refusal', { status: 502, headers: { 'x-amzn-errortype': 'InvalidZipFileException' }, json: { Message: 'm' } }, 'cli/api-rejected', 'InvalidZipFileException: m'],
  ['a 500 is a failure of the platform', { status: 500, headers: { 'x-amzn-errortype': 'ServiceException' }, json: { Message: 'm' } }, 'cli/api-failed', 'ServiceException: m'],
  ['an error page of another server is no answer of the API', { status: 404, body: '<html>not found</html>' }, 'cli/api-failed', 'answered 404'],
  ['a redirect is not followed', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }, 'cli/api-failed', 'answered 302'],
  ['a success that is not JSON is no answer of the API', { status: 200, body: 'hello' }, 'cli/api-failed', 'not one of the Lambda API'],
  ['a success without a function in it is no answer of the API', { status: 200, json: { FunctionName: 7 } }, 'cli/api-failed', 'not one of the Lambda API'],
  ['an answer of null is no answer of the API', { status: 200, body: 'null' }, 'cli/api-failed', 'not one of the Lambda API'],
] as const) {
  test(title, async () => {
    const { error } = await exchange(() => answer, (client) => client.getFunctionConfiguration('a'));
    assert.is(error?.code, code);
    assert.match(error?.message ?? '', message);
  });
}

test('a server that closes before it answers, and one that breaks off its answer, are failures', async () => {
  const early = await exchange((_request, response) => void response.destroy(), (client) => client.getFunctionConfiguration('a'));
  assert.is(early.error?.code, 'cli/api-failed');
  const late = await exchange(
    (_request, response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('{"Func');
      setImmediate(() => response.destroy());
      return undefined;
    },
    (client) => client.getFunctionConfiguration('a'),
  );
  assert.is(late.error?.code, 'cli/api-failed');
});

test('an answer without end is given up', async () => {
  const { error } = await exchange(
    (_request, response) => {
      response.writeHead(200);
      const block = Buffer.alloc(1024 * 1024, 0x20);
      response.on('error', () => undefined);
      const pour = (): void => {
        while (!response.destroyed && response.write(block)) { /* until the socket is full */ }
      };
      response.on('drain', pour);
      pour();
      return undefined;
    },
    (client) => client.getFunctionConfiguration('a'),
  );
  assert.is(error?.code, 'cli/api-failed');
  assert.match(error?.message ?? '', 'larger than any');
});

test('an address at which nothing listens is an environment error that says how to start the platform', async () => {
  const endpoint = await closedEndpoint();
  const client = connectToApi(new URL(endpoint));
  try {
    await client.listFunctions();
    assert.unreachable();
  } catch (error) {
    assert.ok(error instanceof CodedError);
    assert.is(error.code, 'cli/api-unreachable');
    assert.is(error.message, `rik up is not running at ${endpoint}`);
    assert.match(error.hint ?? '', '`rik up`');
  } finally {
    await client.close();
  }
});

test.run();
