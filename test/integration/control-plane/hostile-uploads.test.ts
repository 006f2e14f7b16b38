// time-limit-seconds: 240
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { call, create, createRequest, FUNCTIONS, untilReady, withControlPlane, zipOf, type Running } from './support.ts';

const test = suite('integration/control-plane/hostile-uploads');

const NOT_UNZIPPED = 'Could not unzip uploaded file. Please check your file, then try to upload again.';
const TOO_LARGE = 'Unzipped size must be smaller than 262144000 bytes';

/** A zip of one entry, with everything in its headers as told, true or not. */
function forgedZip(entry: { name: string; data: Buffer; unpackedBytes?: number; crc?: number; mode?: number }): Buffer {
  const packed = deflateRawSync(entry.data);
  const name = Buffer.from(entry.name);
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE(0x0800, 2);
  common.writeUInt16LE(8, 4);
  common.writeUInt32LE(entry.crc ?? crc32(entry.data), 10);
  common.writeUInt32LE(packed.length, 14);
  common.writeUInt32LE(entry.unpackedBytes ?? entry.data.length, 18);
  common.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, name, packed]);
  const attributes = Buffer.alloc(14);
  attributes.writeUInt32LE(((entry.mode ?? 0o100644) << 16) >>> 0, 6);
  const central = Buffer.concat([Buffer.from('PK\x01\x02', 'latin1'), Buffer.from([20, 3]), common, attributes, name]);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}

async function leftOnDisk({ stateDir }: Running): Promise<string[]> {
  return [...(await readdir(join(stateDir, 'code'))), ...(await readdir(join(stateDir, 'control-plane', 'code')))];
}

const honestBomb = zipOf({ bomb: Buffer.alloc(262_144_001) });
const good = await zipOf({ 'index.mjs': 'export const handler = () => 1;' });
const HOSTILE: [string, () => Buffer | Promise<Buffer>, string][] = [
  ['a text file', () => Buffer.from('this is not a zipfile, just a random string'), NOT_UNZIPPED],
  ['a zip that is cut off', () => good.subarray(0, good.length - 30), NOT_UNZIPPED],
  ['a path that climbs out', () => forgedZip({ name: '../../escaped', data: Buffer.from('x') }), NOT_UNZIPPED],
  ['an absolute path', () => forgedZip({ name: '/tmp/escaped', data: Buffer.from('x') }), NOT_UNZIPPED],
  ['a link that leads out', () => forgedZip({ name: 'link', data: Buffer.from('/etc/passwd'), mode: 0o120777 }), NOT_UNZIPPED],
  ['a device', () => forgedZip({ name: 'device', data: Buffer.alloc(0), mode: 0o020666 }), NOT_UNZIPPED],
  ['a wrong checksum', () => forgedZip({ name: 'file', data: Buffer.from('x'), crc: 1 }), NOT_UNZIPPED],
  ['an entry that inflates further than it says', () => forgedZip({ name: 'bomb', data: Buffer.alloc(50_000_000), unpackedBytes: 10 }), NOT_UNZIPPED],
  ['an honest bomb', () => honestBomb, TOO_LARGE],
];

for (const [title, make, message] of HOSTILE)
  test(`${title} is refused on creation and on update, and leaves nothing on disk`, async () => {
    await withControlPlane(async (running) => {
      const { origin } = running;
      const ZipFile = (await make()).toString('base64');
      const created = await create(origin, 'f', { Code: { ZipFile } });
      assert.equal([created.status, created.json], [400, { Type: 'User', message }]);
      assert.equal(await leftOnDisk(running), []);
      assert.is((await create(origin, 'f')).status, 201);
      const before = await untilReady(origin, 'f');
      const kept = await leftOnDisk(running);
      const updated = await call(origin, 'PUT', `${FUNCTIONS}/f/code`, { ZipFile });
      assert.equal([updated.status, updated.json], [400, { Type: 'User', message }]);
      assert.equal(await leftOnDisk(running), kept);
      assert.equal((await call(origin, 'GET', `${FUNCTIONS}/f/configuration`)).json, before);
      assert.equal(running.faults, []);
    });
  });

test('the same forgery without a lie in it is accepted', async () => {
  await withControlPlane(async ({ origin }) => {
    const ZipFile = forgedZip({ name: 'file', data: Buffer.from('x') }).toString('base64');
    assert.is((await create(origin, 'f', { Code: { ZipFile } })).status, 201);
  });
});

test('a creation that loses to an existing name leaves its code nowhere', async () => {
  await withControlPlane(async (running) => {
    await create(running.origin, 'f');
    await untilReady(running.origin, 'f');
    const kept = await leftOnDisk(running);
    const other = (await zipOf({ other: 'code' })).toString('base64');
    assert.is((await create(running.origin, 'f', { Code: { ZipFile: other } })).status, 409);
    assert.equal(await leftOnDisk(running), kept);
  });
});

test('a zip above 52,428,800 bytes is refused before anything else is looked at', async () => {
  await withControlPlane(async (running) => {
    const ZipFile = Buffer.alloc(52_428_801).toString('base64');
    const answer = await call(running.origin, 'POST', FUNCTIONS, { Code: { ZipFile } });
    assert.equal([answer.status, answer.text], [413, '{"message":"Zipped size must be smaller than 52428800 bytes"}']);
    assert.is(answer.headers.get('x-amzn-errortype'), 'RequestEntityTooLargeException');
    const atTheLimit = await create(running.origin, 'f', { Code: { ZipFile: Buffer.alloc(52_428_800).toString('base64') } });
    assert.is(atTheLimit.json['message'], NOT_UNZIPPED);
    assert.equal(await leftOnDisk(running), []);
  });
});

test('a request above 70,167,211 bytes is refused by the name of its operation, and one of exactly that size is read', async () => {
  await withControlPlane(async ({ origin }) => {
    const request = JSON.stringify(await createRequest('f'));
    const padded = (bytes: number) => request + ' '.repeat(bytes - request.length);
    const above = await call(origin, 'POST', FUNCTIONS, padded(70_167_212));
    assert.equal([above.status, above.text], [413, '{"message":"Request must be smaller than 70167211 bytes for the CreateFunction operation"}']);
    const update = await call(origin, 'PUT', `${FUNCTIONS}/f/code`, padded(70_167_212));
    assert.match(update.text, /for the UpdateFunctionCode operation/);
    assert.is((await call(origin, 'POST', FUNCTIONS, padded(70_167_211))).status, 201);
  });
});

test('a client that hangs up in the middle of its request is forgotten', async () => {
  await withControlPlane(async (running) => {
    const { port } = new URL(running.origin);
    for (const sent of ['', '{"FunctionName":"f"']) {
      const socket = connect(Number(port), '127.0.0.1');
      socket.write(`POST ${FUNCTIONS} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n${sent}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
      socket.destroy();
    }
    assert.is((await create(running.origin, 'f')).status, 201);
    assert.equal(running.faults, []);
  });
});

test('a failure of ours is answered without a word of it, and handed to the log', async () => {
  await withControlPlane(async ({ origin, faults, stateDir }) => {
    const { status, text, headers } = await create(origin, 'f');
    assert.is(status, 500);
    assert.is(headers.get('x-amzn-errortype'), 'ServiceException');
    assert.is(text, '{"Type":"Service","Message":"An error occurred and the request cannot be processed."}');
    assert.match(String(faults[0]), /secret detail/);
    assert.equal(await readdir(join(stateDir, 'code')), []);
  }, { runtimeVersions: async () => Promise.reject(new Error('secret detail in /some/path')) });
});

test.run();
