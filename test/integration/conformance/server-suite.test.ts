// time-limit-seconds: 420
// exclusive: many cases measure times, and their limits assume that the machine is theirs
import { existsSync } from 'node:fs';
import { suite } from 'uvu';
import { findProgram } from '../../conformance/index.ts';
import { passesAsExpected } from '../../support/conformance-run.ts';

const test = suite('conformance/server-suite');
/** The catalogue's. */
const count = 304;
/** Two cores are the least that the suite is meant for; a busy machine is given more time. From 2 on a case that is known to fail passes. */
const words = ['--tolerance', '1.5'];

test('our emulator answers every server case as expected', () => passesAsExpected('rik-emulator', { count, words }));

test('our emulator answers every server case as expected in the classic profile', () => passesAsExpected('rik-emulator-rie', { count, words }));

for (const name of ['rie', 'rie-managed']) {
  test(`the emulator of AWS answers every server case as listed (${name})`, async () => {
    const program = process.env['RIK_CONFORMANCE_RIE'];
    const isThere = program === undefined ? findProgram('aws-lambda-rie') !== undefined : existsSync(program);
    if (!isThere) return console.log('skip: aws-lambda-rie is not on PATH and RIK_CONFORMANCE_RIE does not name it');
    await passesAsExpected(name, { count, words });
  });
}

test.run();
