/** One row per public text: what is sent, and the whole answer. Texts are recorded answers of the real service unless a row says otherwise. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fakeClock } from '../../support/fake-clock.ts';
import { ARN, call, createRequest, FUNCTIONS, startControlPlane, until, zipOf, type Answer, type Running } from './support.ts';

const test = suite('integration/control-plane/messages');

type Row = { title: string; send: (running: Running) => Promise<Answer>; status: number; type: string; body: object };

const user = (message: string) => ({ Type: 'User', message });
const invalid = (message: string) => ({ status: 400, type: 'InvalidParameterValueException', body: user(message) });
const validation = (...found: string[]) => ({
  status: 400,
  type: 'ValidationException',
  body: { message: `${found.length} validation error${found.length === 1 ? '' : 's'} detected: ${found.join('; ')}` },
});
const notFound = (text: string) => ({ status: 404, type: 'ResourceNotFoundException', body: { Type: 'User', Message: text } });
const failed = (member: string, value: string, constraint: string) => `Value ${value} at '${member}' failed to satisfy constraint: ${constraint}`;
const notBuilt = (what: string) => ({
  status: 501,
  type: 'NotImplementedException',
  body: { Type: 'Service', message: `${what} is not implemented by this platform yet` },
});

const create = (change: object) => async ({ origin }: Running) => call(origin, 'POST', FUNCTIONS, { ...(await createRequest('fresh')), ...change });
const configure = (change: object, name = 'ready') => ({ origin }: Running) => call(origin, 'PUT', `${FUNCTIONS}/${name}/configuration`, change);
const recode = (change: object, name = 'ready') => ({ origin }: Running) => call(origin, 'PUT', `${FUNCTIONS}/${name}/code`, change);
const ask = (method: string, path: string) => ({ origin }: Running) => call(origin, method, FUNCTIONS + path);

const ZIP = (await zipOf({ 'a.txt': 'a' })).toString('base64');
const layer = (name: string, version: string | number, region = 'us-east-1', account = '000000000000') => `arn:aws:lambda:${region}:${account}:layer:${name}:${version}`;
const P_ROLE = String.raw`arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+`;
const P_LAYER = String.raw`(arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+)`;
const P_CREATE = String.raw`(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?`;
const BLOCKED = (id: string) => `The runtime parameter of ${id} is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.`;
const CREATION_SET = 'nodejs16.x, nodejs18.x, nodejs20.x, nodejs22.x, nodejs24.x, python3.8, python3.9, python3.10, python3.11, python3.12, python3.13, python3.14, java8.al2, java11, java17, java8.al2023, java11.al2023, java17.al2023, java21, java25, dotnet6, dotnet8, dotnet10, ruby3.2, ruby3.3, ruby3.4, ruby4.0, provided.al2, provided.al2023';
const UNKNOWN_RUNTIME = (value: string) => `Value ${value} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [${CREATION_SET}] or be a valid ARN`;
const ENVIRONMENT = 'Lambda was unable to configure your environment variables because the environment variables you have provided';
const LARGE = { BIG_VAR: 'x'.repeat(4083) };
const REVISION = 'The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id';
const STALE = { RevisionId: '00000000-0000-4000-8000-000000000000' };

const ROWS: Row[] = [
  // Existence and reach
  { title: 'get of a missing function', send: ask('GET', '/nobody'), ...notFound(`Function not found: ${ARN('nobody')}`) },
  { title: 'get of a missing function with a qualifier', send: ask('GET', '/nobody?Qualifier=%24LATEST'), ...notFound(`Function not found: ${ARN('nobody')}:$LATEST`) },
  { title: 'get of a missing version', send: ask('GET', '/ready?Qualifier=1221'), ...notFound(`Function not found: ${ARN('ready')}:1221`) },
  { title: 'get of $latest in small letters', send: ask('GET', '/ready?Qualifier=%24latest'), ...notFound(`Function not found: ${ARN('ready')}:$latest`) },
  { title: 'get of an ARN that ends before the name', send: ask('GET', '/arn:aws:lambda:us-east-1:000000000000:function'), ...notFound(`Function not found: ${ARN('function')}`) },
  { title: 'configuration of a missing function', send: ask('GET', '/nobody/configuration'), ...notFound(`Function not found: ${ARN('nobody')}`) },
  { title: 'update of the code of a missing function', send: recode({ ZipFile: ZIP }, 'nobody'), ...notFound(`Function not found: ${ARN('nobody')}`) },
  { title: 'update of the configuration of a missing function', send: configure({}, 'nobody'), ...notFound(`Function not found: ${ARN('nobody')}`) },
  { title: 'deletion of a missing function', send: ask('DELETE', '/nobody'), ...notFound(`Function not found: ${ARN('nobody')}`) },
  { title: 'deletion of a version of a missing function', send: ask('DELETE', '/nobody?Qualifier=1233'), ...notFound(`Function not found: ${ARN('nobody')}`) },
  { title: 'deletion of $latest in small letters', send: ask('DELETE', '/ready?Qualifier=%24latest'), ...notFound(`Function not found: ${ARN('ready')}`) },
  { title: 'another region', send: ask('GET', '/arn:aws:lambda:eu-west-1:000000000000:function:ready'), ...notFound("Functions from 'eu-west-1' are not reachable in this region ('us-east-1')") },
  { title: 'creation for another account', send: create({ FunctionName: 'arn:aws:lambda:us-east-1:111111111111:function:f' }), status: 403, type: 'AccessDeniedException', body: { Message: null } },
  // Names and qualifiers
  { title: 'a name that is no name', send: create({ FunctionName: 'invalid:function:name' }), ...validation(failed('functionName', "'invalid:function:name'", `Member must satisfy regular expression pattern: ${P_CREATE}`)) },
  { title: 'a bare name of 65 characters', send: create({ FunctionName: 'a'.repeat(65) }), ...invalid(`1 validation error detected: ${failed('functionName', `'${'a'.repeat(65)}'`, 'Member must have length less than or equal to 64')}`) },
  { title: 'an ARN of 141 characters', send: create({ FunctionName: ARN('a'.repeat(141 - ARN('').length)) }), ...validation(failed('functionName', `'${ARN('a'.repeat(141 - ARN('').length))}'`, 'Member must have length less than or equal to 140')) },
  { title: 'no name', send: create({ FunctionName: null }), ...validation(failed('functionName', 'null', 'Member must not be null')) },
  { title: 'a qualifier with a wrong character', send: ask('GET', '/ready?Qualifier=invalid!'), ...validation(failed('qualifier', "'invalid!'", String.raw`Member must satisfy regular expression pattern: \$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+`)) },
  { title: 'two qualifiers that differ', send: ask('GET', '/ready:$LATEST?Qualifier=1'), ...invalid('The derived qualifier from the function name does not match the specified qualifier.') },
  { title: 'deletion of $LATEST', send: ask('DELETE', '/ready?Qualifier=%24LATEST'), ...invalid('$LATEST version cannot be deleted without deleting the function.') },
  { title: 'deletion of an alias', send: ask('DELETE', '/ready?Qualifier=live'), ...invalid('Deletion of aliases is not currently supported.') },
  // Members
  { title: 'a role that is no role', send: create({ Role: 'r1' }), ...validation(failed('role', "'r1'", `Member must satisfy regular expression pattern: ${P_ROLE}`)) },
  { title: 'an update to a role that is no role', send: configure({ Role: 'r1' }), ...validation(failed('role', "'r1'", `Member must satisfy regular expression pattern: ${P_ROLE}`)) },
  { title: 'an empty request', send: ({ origin }) => call(origin, 'POST', FUNCTIONS, {}), ...validation(failed('functionName', 'null', 'Member must not be null'), failed('role', 'null', 'Member must not be null'), failed('code', 'null', 'Member must not be null')) },
  { title: 'several wrong members at once', send: create({ Timeout: 0, MemorySize: 127, PackageType: 'Tar' }), ...validation(failed('timeout', "'0'", 'Member must have value greater than or equal to 1'), failed('memorySize', "'127'", 'Member must have value greater than or equal to 128'), failed('packageType', "'Tar'", 'Member must satisfy enum value set: [Image, Zip]')) },
  { title: 'a timeout of 901 seconds', send: create({ Timeout: 901 }), ...validation(failed('timeout', "'901'", 'Member must have value less than or equal to 900')) },
  { title: 'memory above what a function on demand may have', send: create({ MemorySize: 10_241 }), ...invalid("'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to 10240") },
  { title: 'memory above the model', send: create({ MemorySize: 32_769 }), ...validation(failed('memorySize', "'32769'", 'Member must have value less than or equal to 32768')) },
  { title: 'ephemeral storage below its minimum', send: create({ EphemeralStorage: { Size: 511 } }), ...validation(failed('ephemeralStorage.size', "'511'", 'Member must have value greater than or equal to 512')) },
  { title: 'a handler with a space', send: create({ Handler: 'a b' }), ...validation(failed('handler', "'a b'", String.raw`Member must satisfy regular expression pattern: [^\s]+`)) },
  { title: 'a description of 257 characters', send: configure({ Description: 'd'.repeat(257) }), ...validation(failed('description', `'${'d'.repeat(257)}'`, 'Member must have length less than or equal to 256')) },
  { title: 'two architectures', send: create({ Architectures: ['x86_64', 'arm64'] }), ...validation(failed('architectures', "'[x86_64, arm64]'", 'Member must have length less than or equal to 1')) },
  { title: 'an architecture with a capital letter', send: create({ Architectures: ['X86_64'] }), ...validation(failed('architectures', "'[X86_64]'", 'Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]')) },
  { title: 'a list of an unknown function version', send: ask('GET', '/?FunctionVersion=invalid'), ...validation(failed('functionVersion', "'invalid'", 'Member must satisfy enum value set: [ALL]')) },
  { title: 'a page of no items', send: ask('GET', '/?MaxItems=0'), ...validation(failed('maxItems', "'0'", 'Member must have value greater than or equal to 1')) },
  { title: 'a marker that we did not make', send: ask('GET', '/?Marker=abc'), ...invalid('Invalid Marker') },
  { title: 'more than 50 tags', send: create({ Tags: Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, 'v'])) }), ...invalid('Number of tags exceeds resource tag limit.') },
  // Runtime
  { title: 'a blocked runtime', send: create({ Runtime: 'nodejs14.x' }), ...invalid(BLOCKED('nodejs14.x')) },
  { title: 'an unknown runtime', send: create({ Runtime: 'non-existent-runtime' }), ...invalid(UNKNOWN_RUNTIME('non-existent-runtime')) },
  { title: 'a runtime in capitals', send: configure({ Runtime: 'PYTHON3.9' }), ...invalid(UNKNOWN_RUNTIME('PYTHON3.9')) },
  { title: 'an update to an update-blocked runtime', send: configure({ Runtime: 'python3.6' }), ...invalid(BLOCKED('python3.6')) },
  { title: 'no runtime', send: create({ Runtime: null }), ...invalid('Runtime and Handler are mandatory parameters for functions created with deployment packages.') },
  { title: 'no handler', send: create({ Handler: null }), ...invalid('Runtime and Handler are mandatory parameters for functions created with deployment packages.') },
  { title: 'SnapStart with a runtime that has none', send: create({ SnapStart: { ApplyOn: 'PublishedVersions' } }), ...invalid('nodejs24.x is not supported for SnapStart enabled functions.') },
  { title: 'SnapStart with an unknown value', send: create({ SnapStart: { ApplyOn: 'Always' } }), ...validation(failed('snapStart.applyOn', "'Always'", 'Member must satisfy enum value set: [PublishedVersions, None]')) },
  // Environment
  { title: 'a variable whose name begins with an underscore', send: create({ Environment: { Variables: { MINE: 'x', _HANDLER: 'x' } } }), ...validation("Value at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]") },
  { title: 'reserved variables, each named', send: configure({ Environment: { Variables: { MINE: 'x', AWS_REGION: 'x', LAMBDA_TASK_ROOT: 'x' } } }), ...invalid(`${ENVIRONMENT} contains reserved keys that are currently not supported for modification. Reserved keys used in this request: AWS_REGION, LAMBDA_TASK_ROOT`) },
  { title: 'an environment of 4,097 bytes', send: create({ Environment: { Variables: LARGE } }), ...invalid(`${ENVIRONMENT} exceeded the 4KB limit. String measured: ${JSON.stringify(LARGE)}`) },
  // Code
  { title: 'bytes that are no zip', send: create({ Code: { ZipFile: Buffer.from('this is not a zipfile').toString('base64') } }), ...invalid('Could not unzip uploaded file. Please check your file, then try to upload again.') },
  { title: 'an update with bytes that are no zip', send: recode({ ZipFile: Buffer.from('nor this').toString('base64') }), ...invalid('Could not unzip uploaded file. Please check your file, then try to upload again.') },
  { title: 'an empty upload', send: recode({ ZipFile: '' }), ...invalid('Uploaded file must be a non-empty zip') },
  { title: 'no source of code', send: create({ Code: {} }), ...invalid('Please provide a source for function code.') },
  { title: 'two sources of code', send: create({ Code: { ZipFile: ZIP, S3Bucket: 'bucket', S3Key: 'key' } }), ...invalid('Please do not provide other FunctionCode parameters when providing a ZipFile.') },
  { title: 'a bucket that does not exist', send: create({ Code: { S3Bucket: 'bucket', S3Key: 'key' } }), ...invalid('Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket does not exist') },
  { title: 'an image for a zip function', send: recode({ ImageUri: 'registry/image:1' }), ...invalid("Please don't provide ImageUri when updating a function with packageType Zip.") },
  { title: 'a code signing configuration', send: create({ CodeSigningConfigArn: 'arn:x' }), status: 404, type: 'CodeSigningConfigNotFoundException', body: { Type: 'User', Message: 'The code signing configuration cannot be found. Check that the provided configuration is not deleted: arn:x.' } },
  // VPC and layers
  { title: 'a subnet', send: create({ VpcConfig: { SubnetIds: ['subnet-1'], SecurityGroupIds: ['sg-1'] } }), ...invalid("Error occurred while DescribeSubnets. EC2 Error Code: InvalidSubnetID.NotFound. EC2 Error Message: The subnet ID 'subnet-1' does not exist") },
  { title: 'a security group', send: configure({ VpcConfig: { SecurityGroupIds: ['sg-1'] } }), ...invalid("Error occurred while DescribeSecurityGroups. EC2 Error Code: InvalidGroup.NotFound. EC2 Error Message: The security group 'sg-1' does not exist") },
  { title: 'a subnet that is none', send: create({ VpcConfig: { SubnetIds: ['bad'] } }), ...validation(failed('vpcConfig.subnetIds', "'[bad]'", 'Member must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: subnet-[0-9a-z]*]')) },
  { title: 'six layers', send: create({ Layers: Array.from({ length: 6 }, (_, index) => layer(`l${index}`, 1)) }), ...invalid('Cannot reference more than 5 layers.') },
  { title: 'two versions of a layer', send: create({ Layers: [layer('l', 1), layer('l', 2)] }), ...invalid(`Two different versions of the same layer are not allowed to be referenced in the same function. ${layer('l', 1)} and ${layer('l', 2)} are versions of the same layer.`) },
  { title: 'a layer of another region', send: configure({ Layers: [layer('l', 1, 'eu-west-1')] }), ...invalid('Layers are not in the same region as the function. Layers are expected to be in region us-east-1.') },
  { title: 'version 0 of a layer', send: create({ Layers: [layer('l', 0)] }), ...invalid('Layer Version Cannot be less than 1') },
  { title: 'a layer that does not exist', send: create({ Layers: [layer('l', 1)] }), ...invalid(`Layer version ${layer('l', 1)} does not exist.`) },
  { title: 'a layer that is none', send: create({ Layers: ['l'] }), ...validation(failed('layers', "'[l]'", `Member must satisfy constraint: [Member must have length less than or equal to 2048, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: ${P_LAYER}, Member must not be null]`)) },
  // Conflicts and revisions
  { title: 'a taken name', send: create({ FunctionName: 'ready' }), status: 409, type: 'ResourceConflictException', body: user('Function already exist: ready') },
  { title: 'a configuration update of a pending function', send: configure({}, 'pending'), status: 409, type: 'ResourceConflictException', body: user('The operation cannot be performed at this time. The function is currently in the following state: Pending') },
  { title: 'a code update of a pending function', send: recode({ ZipFile: ZIP }, 'pending'), status: 409, type: 'ResourceConflictException', body: user('The operation cannot be performed at this time. The function is currently in the following state: Pending') },
  { title: 'a configuration update during another', send: configure({}, 'updating'), status: 409, type: 'ResourceConflictException', body: user(`The operation cannot be performed at this time. An update is in progress for resource: ${ARN('updating')}`) },
  { title: 'a code update during another', send: recode({ ZipFile: ZIP }, 'updating'), status: 409, type: 'ResourceConflictException', body: user(`The operation cannot be performed at this time. An update is in progress for resource: ${ARN('updating')}`) },
  { title: 'a stale revision of the configuration', send: configure(STALE), status: 412, type: 'PreconditionFailedException', body: user(REVISION) },
  { title: 'a stale revision of the code', send: recode({ ...STALE, ZipFile: ZIP }), status: 412, type: 'PreconditionFailedException', body: user(REVISION) },
  // What this platform does not have (its own texts)
  { title: 'an image function', send: create({ PackageType: 'Image', Code: { ImageUri: 'x' } }), ...notBuilt('PackageType Image') },
  { title: 'publication with creation', send: create({ Publish: true }), ...notBuilt('Publish') },
  { title: 'publication with a code update', send: recode({ ZipFile: ZIP, Publish: true }), ...notBuilt('Publish') },
  { title: 'a file system', send: create({ FileSystemConfigs: [{ LocalMountPath: '/mnt/x' }] }), ...notBuilt('FileSystemConfigs') },
  { title: 'a key of the caller', send: configure({ KMSKeyArn: 'arn:aws:kms:us-east-1:000000000000:key/1' }), ...notBuilt('KMSKeyArn') },
  { title: 'an image configuration', send: configure({ ImageConfig: { Command: ['x'] } }), ...notBuilt('ImageConfig') },
  { title: 'a feature left out', send: create({ DurableConfig: {} }), ...invalid('DurableConfig is not supported by this platform.') },
  { title: 'a new name with a qualifier', send: create({ FunctionName: 'f:1' }), ...invalid('A new function cannot be named with a qualifier.') },
  // Requests
  { title: 'a body that is no JSON', send: ({ origin }) => call(origin, 'POST', FUNCTIONS, '{"FunctionName":'), status: 400, type: 'SerializationException', body: { message: 'Unexpected token found where a JSON structure was expected' } },
  { title: 'a member of the wrong type', send: configure({ Timeout: '3' }), status: 400, type: 'SerializationException', body: { message: 'STRING_VALUE can not be converted to an Integer' } },
];

let running: Running;
const clock = fakeClock(Date.parse('2026-11-23T12:00:00Z'));

/** Three functions, each held in one state: the clock only moves when it is told to. */
test.before(async () => {
  running = await startControlPlane({ clock });
  const { origin } = running;
  for (const name of ['ready', 'updating']) await call(origin, 'POST', FUNCTIONS, await createRequest(name));
  clock.advance(1);
  for (const name of ['ready', 'updating']) await until(origin, name, (shown) => shown['State'] === 'Active');
  const { status } = await call(origin, 'PUT', `${FUNCTIONS}/updating/configuration`, {});
  assert.is(status, 200);
  await call(origin, 'POST', FUNCTIONS, await createRequest('pending'));
});

test.after(async () => {
  await running.close();
});

for (const row of ROWS)
  test(`${row.title} is answered ${row.status} ${row.type}`, async () => {
    const answer = await row.send(running);
    assert.equal(JSON.parse(answer.text), row.body);
    assert.is(answer.status, row.status);
    assert.is(answer.headers.get('x-amzn-errortype'), row.type);
    assert.is(answer.headers.get('content-type'), 'application/json');
  });

test('none of these requests made a function or was the platform\'s fault', async () => {
  const listed = (await call(running.origin, 'GET', FUNCTIONS)).json['Functions'];
  assert.equal(Array.isArray(listed) && listed.map((entry) => entry.FunctionName), ['pending', 'ready', 'updating']);
  assert.equal(running.faults, []);
});

test('deleting a version that is not there is no error, as often as one likes', async () => {
  for (let time = 0; time < 2; time += 1) assert.is((await call(running.origin, 'DELETE', `${FUNCTIONS}/ready?Qualifier=1233`)).status, 204);
});

test('an environment of exactly 4,096 bytes of JSON is accepted, one byte of UTF-8 more is not', async () => {
  const variables = { BIG_VAR: 'x'.repeat(4096 - '{"BIG_VAR":""}'.length) };
  assert.is(JSON.stringify(variables).length, 4096);
  const fits = await call(running.origin, 'POST', FUNCTIONS, await createRequest('fits', { Environment: { Variables: variables } }));
  assert.is(fits.status, 201, fits.text);
  variables.BIG_VAR = `${variables.BIG_VAR.slice(1)}ü`;
  const above = await call(running.origin, 'POST', FUNCTIONS, await createRequest('above', { Environment: { Variables: variables } }));
  assert.is(above.status, 400);
});

for (const path of ['/', '/2015-03-31', '/2015-03-31/functions/a/b/c', '/2025-11-30/capacity-providers'])
  test(`${path} is unknown, as to the real service`, async () => {
    const { status, text, headers } = await call(running.origin, 'GET', path);
    assert.equal([status, text, headers.get('content-length')], [404, '<UnknownOperationException/>\n', '29']);
    assert.ok(headers.get('x-amzn-requestid'));
  });

test.run();
