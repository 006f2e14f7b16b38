import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { firstVersionIn, isAtLeast } from '../../../../cli/doctor/version-order.ts';

const test = suite('cli/doctor/version-order');

for (const [text, version] of [
  ['bubblewrap 0.8.0', '0.8.0'],
  ['buildah version 1.28.2 (image-spec 1.1.0-rc2, runtime-spec 1.0.2-dev)', '1.28.2'],
  ['mmdebstrap 1.3.5', '1.3.5'],
  ['javac 17.0.21.1', '17.0.21.1'],
  ['javac 21', '21'],
  ['openjdk 25-ea', '25'],
  ['no number here', undefined],
  ['', undefined],
] as const) {
  test(`"${text}" holds the version ${version}`, () => assert.is(firstVersionIn(text), version));
}

for (const [version, minimum, isEnough] of [['0.8.0', '0.8.0', true], ['0.12.0', '0.8.0', true], ['0.7.9', '0.8.0', false], ['1', '0.8.0', true], ['17', '17', true], ['1.28', '1.28.2', false], ['1.28.2.1', '1.28.2', true]] as const) {
  test(`${version} is ${isEnough ? '' : 'not '}at least ${minimum}`, () => assert.is(isAtLeast(version, minimum), isEnough));
}

test('of two versions one is at least the other', () => {
  const version = fc.array(fc.nat(30), { minLength: 1, maxLength: 4 }).map((numbers) => numbers.join('.'));
  fc.assert(fc.property(version, version, (one, other) => isAtLeast(one, other) || isAtLeast(other, one)));
});

test.run();
