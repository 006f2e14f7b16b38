import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseVariables } from '../../../cli/function-options.ts';
import { isCodedError } from '../../../foundation/coded-error.ts';

const test = suite('cli/function-options');

test('a value may be empty and may hold equals signs, spaces and line breaks', () => {
  assert.equal(parseVariables(['AB=', 'CD=a=b c', 'EF=x\ny']), { AB: '', CD: 'a=b c', EF: 'x\ny' });
});

for (const word of ['AB', '=x', 'A=x', '1A=x', '_AB=x', 'A-B=x', 'A B=x', '']) {
  test(`--env "${word}" is refused`, () => {
    assert.throws(() => parseVariables([word]), (error: unknown) => isCodedError(error) && error.code === 'cli/usage');
  });
}

test('a value does not appear in the refusal, because it may be a secret', () => {
  assert.throws(() => parseVariables(['A-B=hunter2']), (error: unknown) => error instanceof Error && !error.message.includes('hunter2'));
});

test('a key that is given twice is refused', () => {
  assert.throws(() => parseVariables(['AB=1', 'AB=2']), /sets AB twice/);
});

test.run();
