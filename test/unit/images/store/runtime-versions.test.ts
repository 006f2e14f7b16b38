import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runtimeVersionArn, RuntimeVersions, versionName, type NewVersion } from '../../../../images/store/runtime-versions.ts';
import { codeOf } from '../error-code.ts';

const test = suite('images/store/runtime-versions');
let folder: string;
let versions: RuntimeVersions;
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'rik-versions-'));
  versions = new RuntimeVersions(folder);
});
test.after.each(() => rmSync(folder, { recursive: true, force: true }));

const digest = (seed: string): string => `sha256:${seed.padEnd(64, '0')}`;
const version = (seed: string, reference = 'nodejs24.x@debian'): NewVersion => ({
  reference, identifier: 'nodejs24.x', family: 'nodejs', line: '24', base: 'debian', recipeDigest: digest('a'),
  images: [{ architecture: 'x86_64', imageDigest: digest(seed), rootDigest: digest('c'), environment: { A: 'b' }, languageVersion: '24.1.0', lockDigest: digest('d') }],
});

test('numbers count up per reference and the same digest keeps its number', async () => {
  const numbers = [];
  for (const seed of ['1', '2', '1', '3', '2']) numbers.push((await versions.register(version(seed))).number);
  assert.equal(numbers, [1, 2, 1, 3, 2]);
  assert.is((await versions.register(version('1', 'python3.11@debian'))).number, 1);
  assert.equal((await versions.list('nodejs24.x@debian')).map(({ number }) => number), [1, 2, 3]);
});

test('a withdrawn record leaves a gap below the highest number', async () => {
  for (const seed of ['1', '2', '3']) await versions.register(version(seed));
  rmSync(join(folder, 'nodejs24.x@debian/2.json'));
  assert.is((await versions.register(version('4'))).number, 4);
});

test('twenty writers at once get twenty different numbers', async () => {
  const seeds = Array.from({ length: 20 }, (_, i) => (i + 16).toString(16));
  const records = await Promise.all(seeds.map((seed) => new RuntimeVersions(folder).register(version(seed))));
  assert.equal(records.map(({ number }) => number).sort((a, b) => a - b), seeds.map((_, i) => i + 1));
});

test('what a killed writer left is no version and does not disturb the next', async () => {
  mkdirSync(join(folder, 'nodejs24.x@debian'));
  writeFileSync(join(folder, 'nodejs24.x@debian/.tmp-0123456789abcdef'), '{"schema":1,"numb');
  assert.equal(await versions.list('nodejs24.x@debian'), []);
  assert.is((await versions.register(version('1'))).number, 1);
});

test('a record never changes once it is there', async () => {
  await versions.register(version('1'));
  const before = readFileSync(join(folder, 'nodejs24.x@debian/1.json'), 'utf8');
  await versions.register(version('1'));
  await versions.register(version('2'));
  assert.is(readFileSync(join(folder, 'nodejs24.x@debian/1.json'), 'utf8'), before);
  assert.equal(readdirSync(join(folder, 'nodejs24.x@debian')).sort(), ['1.json', '2.json']);
});

for (const [what, text] of Object.entries({ 'half a record': '{"schema":1', 'another form': '{"schema":9}', nothing: '', 'the record of another number': JSON.stringify({ schema: 1, number: 7, ...version('1') }) })) {
  test(`a record file with ${what} is reported, not skipped`, async () => {
    mkdirSync(join(folder, 'nodejs24.x@debian'));
    writeFileSync(join(folder, 'nodejs24.x@debian/1.json'), text);
    assert.is(await codeOf(() => versions.list('nodejs24.x@debian')), 'images/record-damaged');
  });
}

test('the stable pointer is absent, moves, and is refused when damaged', async () => {
  const reference = 'nodejs24.x@debian';
  assert.is(await versions.stable(reference), undefined);
  await versions.register(version('1'));
  await versions.moveStable(reference, 1);
  await versions.moveStable(reference, 2);
  assert.is(await versions.stable(reference), 2);
  writeFileSync(join(folder, reference, 'stable'), 'x\n');
  assert.is(await codeOf(() => versions.stable(reference)), 'images/record-damaged');
});

test('display name and ARN have the forms of Lambda', async () => {
  const record = await versions.register(version('abc'));
  assert.is(versionName(record), 'nodejs:24.v1');
  assert.is(runtimeVersionArn('eu-west-1', digest('abc')), `arn:aws:lambda:eu-west-1::runtime:${'abc'.padEnd(64, '0')}`);
});

test.run();
