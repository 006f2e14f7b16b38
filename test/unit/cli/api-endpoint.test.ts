import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ENDPOINT_DEFAULT, resolveEndpoint } from '../../../cli/api-endpoint.ts';
import { isCodedError } from '../../../foundation/coded-error.ts';

const test = suite('cli/api-endpoint');

test('the option wins over the variables, rik’s variable over that of the AWS tools, and the default is last', () => {
  const environment = { RIK_ENDPOINT: 'http://127.0.0.1:2', AWS_ENDPOINT_URL_LAMBDA: 'http://127.0.0.1:3' };
  assert.is(resolveEndpoint('http://127.0.0.1:1', environment).port, '1');
  assert.is(resolveEndpoint(undefined, environment).port, '2');
  assert.is(resolveEndpoint(undefined, { AWS_ENDPOINT_URL_LAMBDA: 'http://127.0.0.1:3' }).port, '3');
  assert.is(resolveEndpoint(undefined, {}).href, `${ENDPOINT_DEFAULT}/`);
});

test('an empty variable counts as none', () => {
  assert.is(resolveEndpoint(undefined, { RIK_ENDPOINT: '', AWS_ENDPOINT_URL_LAMBDA: 'http://127.0.0.1:3' }).port, '3');
});

for (const text of ['', 'localhost:3001', 'ftp://127.0.0.1', 'file:///etc/passwd', 'http://user:secret@127.0.0.1', 'http://127.0.0.1/?a=b', 'http://127.0.0.1/#a', 'http://127.0.0.1:99999', 'nonsense']) {
  test(`"${text}" is refused as an address`, () => {
    assert.throws(() => resolveEndpoint(text, {}), (error: unknown) => isCodedError(error) && error.code === 'cli/usage' && !error.message.includes('secret'));
  });
}

test.run();
