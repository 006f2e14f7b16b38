import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findWireFaults } from '../../../../tools/checks/wire-literals.ts';

const test = suite('tools/checks/wire-literals');

const CONSTANTS = new Map<string, string | number>([
  ['NEXT_PATH', '/2018-06-01/runtime/invocation/next'],
  ['INVOCATION_PATH_PREFIX', '/2018-06-01/runtime/invocation/'],
  ['INIT_ERROR_PATH', '/2018-06-01/runtime/init/error'],
  ['REQUEST_ID_HEADER', 'Lambda-Runtime-Aws-Request-Id'],
  ['DEADLINE_MS_HEADER', 'Lambda-Runtime-Deadline-Ms'],
  ['FUNCTION_ERROR_TYPE_HEADER', 'Lambda-Runtime-Function-Error-Type'],
  ['RESPONSE_BYTES_MAX', 6_291_556],
]);
const CLIENT = `
NEXT_PATH = "/2018-06-01/runtime/invocation/next"
PREFIX = "/2018-06-01/runtime/invocation/%s/response"
INIT = '/2018-06-01/runtime/init/error'
ID = headers["lambda-runtime-aws-request-id"]
DEADLINE = headers["Lambda-Runtime-Deadline-Ms"]
ERROR = b"Lambda-Runtime-Function-Error-Type: %b"
RESPONSE_BYTES_MAX = 6_291_556
`;

const faults = (source: string): string[] => findWireFaults('runtimes/x', [{ path: 'runtimes/x/a.py', source }], CONSTANTS);

test('a client that spells the wire as it is has no finding', () => assert.equal(faults(CLIENT), []));

const wrong: [title: string, change: [string, string], finding: RegExp][] = [
  ['a misspelt header', ['lambda-runtime-aws-request-id', 'lambda-runtime-request-id'], /header lambda-runtime-request-id is not/],
  ['a header that is never used', ['Lambda-Runtime-Deadline-Ms', 'x'], /nothing in it uses DEADLINE_MS_HEADER/],
  ['another path', ['/init/error', '/init/fault'], /path \/2018-06-01\/runtime\/init\/fault is not/],
  ['another version in a path', ['/2018-06-01/runtime/invocation/next', '/2018-06-02/runtime/invocation/next'], /2018-06-02/],
  ['another limit', ['6_291_556', '6291456'], /RESPONSE_BYTES_MAX is 6291456 and in runtime-api\/protocol it is 6291556/],
];
for (const [title, [from, to], finding] of wrong) test(`${title} is a finding`, () => assert.match(faults(CLIENT.replace(from, to)).join('\n'), finding));

test('constants of Java are compared as well', () => {
  assert.match(faults(`${CLIENT}static final long RESPONSE_BYTES_MAX = 6291455L;`).join('\n'), /6291455/);
  assert.match(faults(`${CLIENT}static final String NEXT_PATH = "/2018-06-01/next";`).join('\n'), /NEXT_PATH is \/2018-06-01\/next/);
});

test('a folder in which nothing was found is a finding and not a success', () => assert.is(faults('').length, 6));

test.run();
