import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CLI_ERRORS } from '../../../cli/errors.ts';
import { EXIT_CODES, exitCodeOf } from '../../../cli/exit-codes.ts';
import { exitOfError } from '../../../cli/exit-of-error.ts';
import { IMAGES_ERRORS } from '../../../images/index.ts';
import { CodedError } from '../../../foundation/coded-error.ts';

const test = suite('cli/exit-of-error');

// Retyped from the design, on purpose.
const AGREED = { OK: 0, FINDINGS: 1, USAGE: 2, ENVIRONMENT: 3, INTEGRITY: 4, FUNCTION_ERROR: 5, REJECTED: 6, PLATFORM: 70 };

test('the exit codes are the agreed ones', () => {
  assert.equal(Object.fromEntries(Object.entries(EXIT_CODES).map(([name, { code }]) => [name, code])), AGREED);
  assert.is(exitCodeOf('PLATFORM'), 70);
});

for (const [fault, exit] of [['caller', 'REJECTED'], ['function', 'FUNCTION_ERROR'], ['runtime', 'FUNCTION_ERROR'], ['environment', 'ENVIRONMENT'], ['platform', 'PLATFORM']] as const) {
  test(`an error of another folder with the fault "${fault}" ends in ${exit}`, () => {
    assert.is(exitOfError(new CodedError({ code: 'layers/whatever', fault, message: 'x' })), exit);
  });
}

test('stored bytes without their digest end in INTEGRITY whoever is at fault, and the code is one that images has', () => {
  assert.ok('images/digest-mismatch' in IMAGES_ERRORS);
  assert.is(exitOfError(new CodedError({ code: 'images/digest-mismatch', fault: 'environment', message: 'x' })), 'INTEGRITY');
});

test('each error of the command line ends in the exit code of its table', () => {
  for (const [code, { fault, exit }] of Object.entries(CLI_ERRORS)) assert.is(exitOfError(new CodedError({ code, fault, message: 'x' })), exit);
});

test('a system error that the owner of the machine can mend ends in ENVIRONMENT, anything else in PLATFORM', () => {
  assert.is(exitOfError(Object.assign(new Error('no space'), { code: 'ENOSPC' })), 'ENVIRONMENT');
  assert.is(exitOfError(Object.assign(new Error('gone'), { code: 'EPIPE' })), 'PLATFORM');
  assert.is(exitOfError(new TypeError('x is undefined')), 'PLATFORM');
  assert.is(exitOfError('a thrown string'), 'PLATFORM');
});

test.run();
