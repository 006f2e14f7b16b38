import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findUnlistedCodes, renderErrorsPage, type ErrorTable } from '../../../../tools/checks/error-tables.ts';

const test = suite('tools/checks/error-tables');

const TABLES: ErrorTable[] = [
  { folder: 'layers', kind: 'coded', rows: [{ code: 'layers/bad-link', second: 'caller', summary: 'A link | leads out.' }] },
  { folder: 'platform/api', kind: 'api', rows: [{ code: 'ServiceException', second: '500', summary: '' }] },
];

test('the page has every code with its fault, and every API error with its status', () => {
  const page = renderErrorsPage(TABLES);
  assert.match(page, /\n## layers\n\n.*\n.*\n\| `layers\/bad-link` \| caller \| A link \\\| leads out\. \|\n/);
  assert.match(page, /\n## platform\/api\n\n.*\n.*\n\| `ServiceException` \| 500 \|\n/);
});

test('a code that is thrown and in no table is a finding', () => {
  const source = (code: string): { path: string; source: string }[] => [{ path: 'layers/a.ts', source: `throw new CodedError({ code: '${code}', fault: 'caller' })` }];
  assert.equal(findUnlistedCodes(TABLES, source('layers/bad-link')), []);
  assert.equal(findUnlistedCodes(TABLES, source('layers/forgotten')), ['layers/a.ts: the code layers/forgotten is in no errors.ts']);
  assert.equal(findUnlistedCodes(TABLES, source('text/plain')), []);
});

test.run();
