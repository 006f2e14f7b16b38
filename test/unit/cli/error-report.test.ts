import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { describeError } from '../../../cli/error-report.ts';
import { escapeControls } from '../../../cli/printable.ts';
import { CodedError } from '../../../foundation/coded-error.ts';

const test = suite('cli/error-report');

test('an error says what failed, why and what to try, in three lines', () => {
  const error = new CodedError({ code: 'a/b', fault: 'caller', message: 'it failed', cause: new Error('because'), hint: 'another way' });
  assert.equal(describeError(error, { debug: false }), ['rik: it failed', 'why: because', 'try: another way']);
});

test('an error without cause and hint is one line', () => {
  assert.equal(describeError(new CodedError({ code: 'a/b', fault: 'caller', message: 'it failed' }), { debug: false }), ['rik: it failed']);
});

test('a mistake of ours says that it is one and how to report it', () => {
  const lines = describeError(new TypeError('x is not a function'), { debug: false });
  assert.is(lines.length, 3);
  assert.match(lines[2] ?? '', '--debug');
});

test('the stack and the code are shown with --debug only', () => {
  const error = new CodedError({ code: 'a/b', fault: 'caller', message: 'it failed', cause: new Error('because') });
  assert.not.match(describeError(error, { debug: false }).join('\n'), 'error-report.test');
  const traced = describeError(error, { debug: true }).join('\n');
  assert.match(traced, 'code: a/b');
  assert.match(traced, 'Error: because');
  assert.match(traced, 'error-report.test');
});

test('an error that causes itself is reported and ends', () => {
  const error = new Error('round');
  error.cause = error;
  assert.ok(describeError(error, { debug: true }).length > 3);
});

test('line breaks and escape sequences in a message cannot leave their line', () => {
  const error = new CodedError({ code: 'a/b', fault: 'caller', message: 'one\ntwo \u001b[2J\u0007', hint: 'x\r\ny' });
  assert.equal(describeError(error, { debug: false }), ['rik: one; two \\x1b[2J\\x07', 'try: x; y']);
});

test('a message that would fill the screen is cut', () => {
  const error = new CodedError({ code: 'a/b', fault: 'caller', message: 'x'.repeat(10_000) });
  assert.ok((describeError(error, { debug: false })[0] ?? '').length < 700);
});

test('no text keeps a control character', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => assert.not.match(escapeControls(text), /[\u0000-\u001f\u007f-\u009f]/)));
});

test.run();
